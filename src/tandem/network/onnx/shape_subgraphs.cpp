// One walk over the nodes in order. What is constant is kept aside; a node that stays gets the constants it
// reads as parameters, and its output's shape is inferred, so that a later Shape can be answered.
#include "tandem/network/onnx/shape_subgraphs.h"

#include <algorithm>
#include <array>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "tandem/network/onnx/batch_places.h"
#include "tandem/network/onnx/constant_folding.h"
#include "tandem/network/operators/axes.h"
#include "tandem/network/operators/rule_support.h"
#include "tandem/network/quoted.h"

namespace tandem {

namespace {

using operators::Judged;
using operators::wrong;
using Integers = std::vector<std::int64_t>;

class Walk {
  public:
    Walk(Network network, std::string file, std::vector<Problem>& problems)
        : network_(std::move(network)), file_(std::move(file)), problems_(problems) {
        for (const std::string& input : network_.inputs) {
            const auto shape = network_.shapes.find(input);
            // Rules reckon with shapes of a sane size; others are refused when the network is validated.
            const bool is_known =
                shape != network_.shapes.end() && operators::bounded_elements(shape->second);
            if (is_known) shapes_.insert(*shape);
        }
        for (const Node& node : network_.nodes) read_.insert(node.inputs.begin(), node.inputs.end());
        read_.insert(network_.outputs.begin(), network_.outputs.end());
    }

    Network run() {
        std::vector<Node> nodes = std::move(network_.nodes);
        network_.nodes.clear();
        for (Node& node : nodes) {
            const Judged<void> done = take(node);
            if (done) continue;
            problems_.push_back(
                {file_, "node " + quoted_name(node.name), done.error().found, done.error().expected});
        }
        for (const std::string& output : network_.outputs) {
            if (batch_.of(output) == 0) continue;
            problems_.push_back({file_, "output " + quoted_name(output),
                                 fmt::format("the batch in dimension {}", batch_.of(output)),
                                 "the batch in front"});
        }
        batch_.remove_moves(network_);
        drop_unread();
        return std::move(network_);
    }

  private:
    Judged<void> take(Node& node);
    Judged<void> take_shape(const Node& node);
    Judged<void> take_split(const Node& node);
    Judged<void> take_moved(const Node& node);
    Judged<void> keep(Node node);
    Judged<void> store(const std::string& name, Parameter value);
    Judged<void> materialize(const Node& reader, std::size_t input);
    void infer(const Node& node);

    const Parameter* constant(const std::string& tensor) const {
        const auto folded = folded_.find(tensor);
        return folded != folded_.end() ? &folded->second : network_.parameter(tensor);
    }

    /// Parameters that only folded nodes read.
    void drop_unread() {
        std::set<std::string> read;
        for (const Node& node : network_.nodes) read.insert(node.inputs.begin(), node.inputs.end());
        std::erase_if(network_.parameters, [&](const auto& entry) { return !read.contains(entry.first); });
    }

    Network network_;
    std::string file_;
    std::vector<Problem>& problems_;
    std::map<std::string, Shape> shapes_;     ///< of activations, where known
    std::map<std::string, Parameter> folded_; ///< values of nodes that are gone
    std::set<std::string> read_;              ///< every tensor some node or output reads
    BatchPlaces batch_;
    std::int64_t made_elements_ = 0; ///< by ConstantOfShape and Expand
    std::int64_t elements_left_ = kMaximumElements;
};

Judged<void> Walk::take(Node& node) {
    if (node.type == "Shape" || node.type == "Size") return take_shape(node);
    if (node.type == "Split") return take_split(node);
    const bool is_constant =
        !node.inputs.empty() && std::all_of(node.inputs.begin(), node.inputs.end(), [&](const auto& input) {
            return input.empty() || constant(input) != nullptr;
        });
    if (!folds_constants(node.type) || !is_constant || node.outputs.size() != 1) {
        if (is_folded_away(node.type)) {
            return wrong("", fmt::format("operator {} of activations", quoted_name(node.type)),
                         "constants and shapes alone as its inputs");
        }
        return batch_.concern(node) ? take_moved(node) : keep(std::move(node));
    }
    std::vector<const Parameter*> inputs;
    for (const std::string& input : node.inputs) inputs.push_back(input.empty() ? nullptr : constant(input));
    Parameter value = TANDEM_TRY(fold_constant(node, inputs));
    if (node.type == "ConstantOfShape" || node.type == "Expand") {
        made_elements_ += elements_per_sample(value.shape);
        if (made_elements_ > kMostMadeElements) {
            return wrong("", "one more constant of shape " + to_string(value.shape),
                         fmt::format("at most {} elements in all that are made", kMostMadeElements));
        }
    }
    return store(node.outputs.front(), std::move(value));
}

Judged<void> Walk::store(const std::string& name, Parameter value) {
    // Bounds the work of a small file whose nodes double a constant again and again.
    const auto elements = operators::bounded_elements(value.shape);
    if (!elements || *elements > elements_left_) {
        return wrong("", "a constant of shape " + to_string(value.shape),
                     fmt::format("at most {} elements in all", kMaximumElements));
    }
    elements_left_ -= *elements;
    folded_.insert_or_assign(name, std::move(value));
    return {};
}

Judged<void> Walk::take_shape(const Node& node) {
    if (node.inputs.empty() || node.outputs.size() != 1)
        return wrong("", "no input or output", "one of each");
    const Parameter* parameter = constant(node.inputs.front());
    const auto known = shapes_.find(batch_.name_of(node.inputs.front()));
    if (parameter == nullptr && known == shapes_.end()) return {}; // what stands before it has a problem
    Integers extents = parameter != nullptr ? parameter->shape : known->second;
    const std::size_t batch = batch_.of(node.inputs.front());
    if (batch > 0 && batch < extents.size()) { // as the file has them
        std::rotate(extents.begin(), extents.begin() + 1,
                    extents.begin() + 1 + static_cast<std::ptrdiff_t>(batch));
    }
    for (std::int64_t& extent : extents) {
        if (extent == kBatch) extent = kBatchSize;
    }
    if (node.type == "Size") {
        if (parameter == nullptr) return wrong("", "the size of an activation", "that of a constant");
        return store(node.outputs.front(), {.shape = {}, .values = Integers{elements_per_sample(extents)}});
    }
    const auto rank = std::ssize(extents);
    const auto place = [&](std::int64_t at) {
        return std::clamp<std::int64_t>(at < 0 && at >= -rank ? at + rank : at, 0, rank);
    };
    const auto start = place(TANDEM_TRY(operators::attribute_or<std::int64_t>(node, "start", 0)));
    const auto end = place(TANDEM_TRY(operators::attribute_or<std::int64_t>(node, "end", rank)));
    if (start >= end) return wrong("", "a shape without extents", "at least one");
    Integers part(extents.begin() + start, extents.begin() + end);
    const std::int64_t count = std::ssize(part);
    return store(node.outputs.front(), {.shape = {count}, .values = std::move(part)});
}

/// A node on tensors whose batch is not in front, or that moves it.
Judged<void> Walk::take_moved(const Node& node) {
    const KnownTensors known{.shape =
                                 [&](const std::string& tensor) {
                                     const auto found = shapes_.find(tensor);
                                     return found == shapes_.end() ? nullptr : &found->second;
                                 },
                             .constant = [&](const std::string& tensor) { return constant(tensor); },
                             .is_read = [&](const std::string& tensor) { return read_.contains(tensor); }};
    RewrittenNode rewritten = TANDEM_TRY(batch_.rewrite(node, known));
    for (auto& [name, value] : rewritten.parameters) {
        network_.parameters.insert_or_assign(name, std::move(value));
    }
    for (Node& each : rewritten.nodes) TANDEM_TRY(keep(std::move(each)));
    return {};
}

/// How long each output of a Split is.
Judged<Integers> split_sizes(const Node& node, const Parameter* listed, std::int64_t extent) {
    Integers sizes = TANDEM_TRY(operators::attribute_or<Integers>(node, "split", {}));
    if (listed != nullptr) {
        if (const auto* values = std::get_if<Integers>(&listed->values)) sizes = *values;
    }
    const auto parts = std::ssize(node.outputs);
    if (sizes.empty() && parts > 0) {
        // Equal parts; since opset 18 the last may be shorter.
        const std::int64_t part = (extent + parts - 1) / parts;
        sizes.assign(node.outputs.size(), part);
        sizes.back() = extent - (parts - 1) * part;
    }
    std::int64_t left = extent;
    for (const std::int64_t size : sizes) {
        if (size < 1 || size > left) left = -1;
        if (left >= 0) left -= size;
    }
    if (sizes.size() != node.outputs.size() || left != 0) {
        return wrong("", "parts " + operators::to_text(sizes),
                     fmt::format("{} that make up {}", node.outputs.size(), extent));
    }
    return sizes;
}

Judged<void> Walk::take_split(const Node& node) {
    if (node.inputs.empty()) return wrong("", "no input", "an activation");
    const auto known = shapes_.find(node.inputs.front());
    if (batch_.of(node.inputs.front()) != 0) {
        return wrong("", "a Split of a tensor with the batch behind other extents", "the batch in front");
    }
    if (known == shapes_.end()) return {}; // what stands before it has a problem
    const auto stated = TANDEM_TRY(operators::attribute_or<std::int64_t>(node, "axis", 0));
    const std::size_t axis = TANDEM_TRY(operators::checked_axis(stated, known->second.size(), "axis"));
    const Parameter* listed = node.inputs.size() > 1 ? constant(node.inputs[1]) : nullptr;
    if (node.inputs.size() > 1 && !node.inputs[1].empty() && listed == nullptr) {
        return wrong("", "parts that are computed", "constants");
    }
    const Integers sizes = TANDEM_TRY(split_sizes(node, listed, known->second[axis]));
    const std::string source = node.inputs.front();
    const auto along = static_cast<std::int64_t>(axis);
    std::int64_t start = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        const std::int64_t end = start + sizes[i];
        const std::string& output = node.outputs[i];
        Node slice{.name = fmt::format("{}.{}", node.name, i),
                   .type = "Slice",
                   .inputs = {source},
                   .outputs = {output},
                   .attributes = {}};
        if (network_.opset < 10) {
            slice.attributes = {
                {"starts", Integers{start}}, {"ends", Integers{end}}, {"axes", Integers{along}}};
        } else {
            for (const auto& [word, value] : {std::pair{"start", start}, {"end", end}, {"axis", along}}) {
                const std::string name = fmt::format("{}.{}", slice.name, word);
                network_.parameters.insert_or_assign(name,
                                                     Parameter{.shape = {1}, .values = Integers{value}});
                slice.inputs.push_back(name);
            }
        }
        start = end;
        if (!output.empty() && read_.contains(output)) TANDEM_TRY(keep(std::move(slice)));
    }
    return {};
}

/// Makes a parameter of a folded value that a node which stays reads. The batch becomes what that operator
/// writes for it.
Judged<void> Walk::materialize(const Node& reader, std::size_t input) {
    const auto folded = folded_.find(reader.inputs[input]);
    if (folded == folded_.end()) return {};
    Parameter value = folded->second;
    if (auto* integers = std::get_if<Integers>(&value.values)) {
        for (std::size_t i = 0; i < integers->size(); ++i) {
            if ((*integers)[i] != kBatchSize) continue;
            const bool is_first = i == 0 && input == 1;
            if (reader.type == "Reshape" && is_first) {
                (*integers)[i] = 0;
            } else if (reader.type == "Expand" && is_first) {
                (*integers)[i] = 1;
            } else if (reader.type == "Resize" && i == 0 && input == 3) {
                (*integers)[i] = 1;
            } else if (reader.type == "Slice" && input == 2) {
                (*integers)[i] = std::numeric_limits<std::int64_t>::max();
            } else {
                return wrong("", fmt::format("the size of the batch in input {}", input),
                             "constants, so that the batch is free");
            }
        }
    }
    network_.parameters.insert_or_assign(reader.inputs[input], std::move(value));
    return {};
}

Judged<void> Walk::keep(Node node) {
    for (std::size_t i = 0; i < node.inputs.size(); ++i) TANDEM_TRY(materialize(node, i));
    infer(node);
    network_.nodes.push_back(std::move(node));
    return {};
}

/// Notes the shape of a node's output; a node with a problem has none, and says so when the network is
/// validated.
void Walk::infer(const Node& node) {
    const OperatorRule* rule = find_operator(node.type);
    if (rule == nullptr || node.outputs.size() != 1) return;
    OperatorCall call{.node = node, .opset = network_.opset, .input_shapes = {}, .constants = {}};
    for (const std::string& input : node.inputs) {
        const auto shape = shapes_.find(input);
        const Parameter* parameter = network_.parameter(input);
        if (!input.empty() && shape == shapes_.end() && parameter == nullptr) return;
        call.input_shapes.push_back(shape != shapes_.end() ? shape->second
                                    : parameter != nullptr ? parameter->shape
                                                           : Shape{});
        call.constants.push_back(parameter == nullptr ? std::nullopt
                                                      : std::optional(operators::values_of(*parameter)));
    }
    if (!operators::check_inputs(*rule, call)) return;
    const Judged<Shape> shape = rule->infer_shape(call);
    if (shape && operators::bounded_elements(*shape)) shapes_.emplace(node.outputs.front(), *shape);
}

} // namespace

bool is_folded_away(std::string_view type) {
    static constexpr std::array<std::string_view, 9> kTypes{
        "Ceil", "ConstantOfShape", "Equal", "Range", "ReduceProd", "Shape", "Size", "Split", "Where"};
    return std::binary_search(kTypes.begin(), kTypes.end(), type);
}

Network fold_shape_subgraphs(Network network, const std::string& file, std::vector<Problem>& problems) {
    return Walk(std::move(network), file, problems).run();
}

} // namespace tandem
