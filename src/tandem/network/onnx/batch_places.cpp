#include "tandem/network/onnx/batch_places.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "tandem/network/onnx/constant_folding.h"
#include "tandem/network/onnx/recurrent_nodes.h"
#include "tandem/network/operators/rule_support.h"
#include "tandem/network/quoted.h"

namespace tandem {

namespace {

using operators::attribute_or;
using operators::Judged;
using operators::wrong;
using Integers = std::vector<std::int64_t>;

/// Elementwise, so that they are the same wherever the batch is. Keep it sorted.
constexpr std::array<std::string_view, 30> kElementwise{
    "Abs",     "Add",  "Cast",        "Clip",      "Div",        "Elu",       "Erf",   "Exp",
    "Floor",   "Gelu", "HardSigmoid", "HardSwish", "Identity",   "LeakyRelu", "Log",   "Max",
    "Min",     "Mul",  "Neg",         "Pow",       "Reciprocal", "Relu",      "Round", "Selu",
    "Sigmoid", "Sign", "Softplus",    "Sqrt",      "Sub",        "Tanh"};

bool is_elementwise(std::string_view type) {
    return std::find(kElementwise.begin(), kElementwise.end(), type) != kElementwise.end();
}

std::string in_front(const std::string& tensor) { return tensor + ".by_sample"; }

/// One node on the way: its place in the file, the batch's in its inputs, and what is known.
class Rewrite {
  public:
    Rewrite(const Node& node, std::size_t batch, const Shape& input, const KnownTensors& known)
        : node_(node), batch_(batch), rank_(input.size()), known_(known), rewritten_(node) {
        extents_.assign(input.begin() + 1, input.end());
        extents_.insert(extents_.begin() + static_cast<std::ptrdiff_t>(batch), kBatch);
    }

    /// Where the output has the batch; `result` is then the node with the batch in front.
    Judged<std::size_t> place() {
        const std::string& type = node_.type;
        if (type == "Transpose") return transpose();
        if (type == "Squeeze") return squeeze();
        if (type == "Unsqueeze") return unsqueeze();
        if (type == "Reshape") return reshape();
        if (type == "Gather") return gather();
        if (type == "Slice") return slice();
        if (type == "Concat") return concat();
        if (type == "MatMul") return mat_mul();
        if (is_elementwise(type)) return elementwise();
        return wrong("", fmt::format("{} of a tensor with the batch in dimension {}", type, batch_),
                     "the batch in front");
    }

    Node& result() { return rewritten_; }
    std::map<std::string, Parameter>& parameters() { return parameters_; }

  private:
    /// An axis of the file, of a tensor of `rank` extents with the batch at `batch`, once that is in front.
    Judged<std::int64_t> moved_axis(std::int64_t stated, std::size_t rank, std::size_t batch) const {
        const std::int64_t axis = stated < 0 ? stated + static_cast<std::int64_t>(rank) : stated;
        if (axis < 0 || axis >= static_cast<std::int64_t>(rank)) {
            return wrong("", fmt::format("axis {}", stated), fmt::format("one of {}", rank));
        }
        if (axis == static_cast<std::int64_t>(batch)) {
            return wrong("", fmt::format("axis {}, the batch", stated), "another: samples stay apart");
        }
        return axis < static_cast<std::int64_t>(batch) ? axis + 1 : axis;
    }

    /// The integers of an attribute or, in newer opsets, of an input.
    Judged<Integers> listed(const char* name, std::size_t input) const {
        if (node_.attributes.contains(name)) return attribute_or<Integers>(node_, name, {});
        const Parameter* constant =
            input < node_.inputs.size() ? known_.constant(node_.inputs[input]) : nullptr;
        const auto* values = constant == nullptr ? nullptr : std::get_if<Integers>(&constant->values);
        if (values == nullptr) return wrong(name, "none that are constant", "a list of integers");
        return *values;
    }

    /// Gives the node other integers where it had those of listed().
    void set_list(const char* name, std::size_t input, Integers values) {
        if (node_.attributes.contains(name)) {
            rewritten_.attributes.insert_or_assign(name, std::move(values));
            return;
        }
        rewritten_.inputs[input] = fmt::format("{}.{}", node_.name, name);
        const auto count = std::ssize(values);
        parameters_.insert_or_assign(rewritten_.inputs[input],
                                     Parameter{.shape = {count}, .values = std::move(values)});
    }

    Judged<std::size_t> transpose() {
        const auto order = TANDEM_TRY(attribute_or<Integers>(node_, "perm", {}));
        Integers sorted = order;
        std::sort(sorted.begin(), sorted.end());
        bool is_order = order.size() == rank_;
        for (std::size_t i = 0; i < sorted.size() && is_order; ++i) {
            is_order = sorted[i] == static_cast<std::int64_t>(i);
        }
        if (!is_order) return wrong("perm", operators::to_text(order), "an order of the extents");
        const auto batch = static_cast<std::int64_t>(batch_);
        Integers moved{0};
        for (const std::int64_t axis : order) {
            if (axis != batch) moved.push_back(axis < batch ? axis + 1 : axis);
        }
        if (std::is_sorted(moved.begin(), moved.end())) {
            rewritten_.type = "Identity";
            rewritten_.attributes.clear();
        } else {
            rewritten_.attributes.insert_or_assign("perm", std::move(moved));
        }
        return static_cast<std::size_t>(std::find(order.begin(), order.end(), batch) - order.begin());
    }

    Judged<std::size_t> squeeze() {
        const Integers axes = TANDEM_TRY(listed("axes", 1));
        Integers moved;
        std::size_t place = batch_;
        for (const std::int64_t axis : axes) {
            moved.push_back(TANDEM_TRY(moved_axis(axis, rank_, batch_)));
            if (moved.back() <= static_cast<std::int64_t>(batch_)) --place;
        }
        set_list("axes", 1, std::move(moved));
        return place;
    }

    Judged<std::size_t> unsqueeze() {
        const Integers axes = TANDEM_TRY(listed("axes", 1));
        const std::size_t rank = rank_ + axes.size();
        std::set<std::int64_t> added;
        for (const std::int64_t axis : axes) {
            added.insert(axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis);
        }
        std::size_t place = 0;
        for (std::size_t kept = 0; added.contains(static_cast<std::int64_t>(place)) || kept < batch_;
             ++place) {
            if (place >= rank) return wrong("axes", operators::to_text(axes), "axes of the output");
            if (!added.contains(static_cast<std::int64_t>(place))) ++kept;
        }
        Integers moved;
        for (const std::int64_t axis : axes) moved.push_back(TANDEM_TRY(moved_axis(axis, rank, place)));
        set_list("axes", 1, std::move(moved));
        return place;
    }

    /// Extents before the batch stay before it, and those behind it behind it, or samples would mix.
    Judged<std::size_t> reshape() {
        Integers target = TANDEM_TRY(listed("shape", 1));
        const auto wanted = [&] {
            return wrong("", "a Reshape to " + operators::to_text(target), "one that keeps samples apart");
        };
        std::optional<std::size_t> place;
        for (std::size_t i = 0; i < target.size(); ++i) {
            if (target[i] == kBatchSize || (i == batch_ && target[i] >= 0 && target[i] < 2)) place = i;
            if (target[i] == 0 && i < rank_) target[i] = extents_[i];
        }
        if (!place) return wanted();
        target[*place] = 1;
        const auto gap = std::find(target.begin(), target.end(), std::int64_t{-1});
        const auto product = [](auto begin, auto end) {
            return operators::bounded_elements(Shape(begin, end)).value_or(0);
        };
        Shape input = extents_;
        input[batch_] = 1;
        if (gap != target.end()) {
            *gap = 1;
            const std::int64_t others = product(target.begin(), target.end());
            if (others < 1) return wanted();
            *gap = product(input.begin(), input.end()) / others;
        }
        const auto batch = static_cast<std::ptrdiff_t>(batch_);
        const auto at = static_cast<std::ptrdiff_t>(*place);
        if (product(input.begin(), input.begin() + batch) != product(target.begin(), target.begin() + at) ||
            product(input.begin() + batch, input.end()) != product(target.begin() + at, target.end())) {
            return wanted();
        }
        target.erase(target.begin() + at);
        target.insert(target.begin(), 0);
        rewritten_.attributes.erase("allowzero");
        set_list("shape", 1, std::move(target));
        return *place;
    }

    Judged<std::size_t> gather() {
        const auto stated = TANDEM_TRY(attribute_or<std::int64_t>(node_, "axis", 0));
        const std::int64_t axis = TANDEM_TRY(moved_axis(stated, rank_, batch_));
        rewritten_.attributes.insert_or_assign("axis", axis);
        const Parameter* indices = node_.inputs.size() > 1 ? known_.constant(node_.inputs[1]) : nullptr;
        if (indices == nullptr) return wrong("", "indices that are computed", "constants");
        const bool is_before = axis <= static_cast<std::int64_t>(batch_);
        return is_before ? batch_ + indices->shape.size() - 1 : batch_;
    }

    Judged<std::size_t> slice() {
        constexpr std::size_t kAxes = 3;
        Integers moved;
        for (const std::int64_t axis : TANDEM_TRY(listed("axes", kAxes))) {
            moved.push_back(TANDEM_TRY(moved_axis(axis, rank_, batch_)));
        }
        set_list("axes", kAxes, std::move(moved));
        return batch_;
    }

    Judged<std::size_t> concat() {
        const auto stated = TANDEM_TRY(attribute_or<std::int64_t>(node_, "axis", 0));
        rewritten_.attributes.insert_or_assign("axis", TANDEM_TRY(moved_axis(stated, rank_, batch_)));
        return batch_;
    }

    Judged<std::size_t> mat_mul() {
        const Parameter* right = node_.inputs.size() == 2 ? known_.constant(node_.inputs[1]) : nullptr;
        if (right == nullptr || right->shape.size() != 2 || batch_ + 1 >= rank_) {
            return wrong("", fmt::format("a MatMul with the batch in dimension {}", batch_),
                         "features behind it, and a constant matrix");
        }
        return batch_;
    }

    Judged<std::size_t> elementwise() {
        for (const std::string& input : node_.inputs) {
            const Parameter* constant = input.empty() ? nullptr : known_.constant(input);
            if (constant != nullptr && constant->shape.size() + batch_ >= rank_ &&
                elements_per_sample(constant->shape) != 1) {
                return wrong("", fmt::format("a constant of shape {}", to_string(constant->shape)),
                             "extents that all lie behind the batch");
            }
        }
        return batch_;
    }

    const Node& node_;
    std::size_t batch_;
    std::size_t rank_;
    Shape extents_; ///< as in the file, kBatch where the batch is
    const KnownTensors& known_;
    Node rewritten_;
    std::map<std::string, Parameter> parameters_;
};

/// Where the activations a node reads have their batch; they must agree.
Judged<std::size_t> common_place(const Node& node, const KnownTensors& known, const BatchPlaces& places) {
    std::optional<std::size_t> common;
    for (const std::string& input : node.inputs) {
        if (input.empty() || known.constant(input) != nullptr) continue;
        const std::size_t place = places.of(input);
        if (common && *common != place) {
            return wrong("", fmt::format("inputs with the batch in dimensions {} and {}", *common, place),
                         "the same");
        }
        common = place;
    }
    return common.value_or(0);
}

} // namespace

std::size_t BatchPlaces::of(const std::string& tensor) const {
    const auto found = places_.find(tensor);
    return found == places_.end() ? 0 : found->second;
}

std::string BatchPlaces::name_of(const std::string& tensor) const {
    return places_.contains(tensor) ? in_front(tensor) : tensor;
}

void BatchPlaces::note(const std::string& tensor, std::size_t place) {
    if (place != 0) places_.insert_or_assign(tensor, place);
}

bool BatchPlaces::concern(const Node& node) const {
    if (is_recurrent(node.type)) return true;
    if (node.type == "Transpose") {
        const auto order = node.attributes.find("perm");
        const auto* listed = order == node.attributes.end() ? nullptr : std::get_if<Integers>(&order->second);
        if (listed != nullptr && !listed->empty() && listed->front() != 0) return true;
    }
    return std::any_of(node.inputs.begin(), node.inputs.end(),
                       [&](const std::string& input) { return places_.contains(input); });
}

tl::expected<RewrittenNode, Problem> BatchPlaces::rewrite(const Node& node, const KnownTensors& known) {
    if (node.inputs.empty()) return wrong("", "no inputs", "an activation");
    const std::size_t batch = TANDEM_TRY(common_place(node, known, *this));
    const Shape* input = known.shape(name_of(node.inputs.front()));
    Node named = node;
    for (std::string& each : named.inputs) each = name_of(each);
    // What stands before it has a problem; the node is kept for what reads it in turn.
    if (input == nullptr) return RewrittenNode{.nodes = {std::move(named)}, .parameters = {}};
    if (is_recurrent(node.type)) {
        RecurrentOutputs places;
        RewrittenNode result = TANDEM_TRY(batch_first_recurrent(named, batch, *input, known, places));
        for (const auto& [tensor, place] : places) {
            note(tensor, place);
            const auto rename = [&, &own = tensor](std::string& name) {
                if (name == own) name = name_of(own);
            };
            for (Node& each : result.nodes) {
                std::for_each(each.inputs.begin(), each.inputs.end(), rename);
                std::for_each(each.outputs.begin(), each.outputs.end(), rename);
            }
        }
        return result;
    }
    if (node.outputs.size() != 1) return wrong("", fmt::format("{} outputs", node.outputs.size()), "one");
    Rewrite rewrite(named, batch, *input, known);
    const std::size_t place = TANDEM_TRY(rewrite.place());
    note(node.outputs.front(), place);
    rewrite.result().outputs = {name_of(node.outputs.front())};
    if (node.type == "Transpose" && rewrite.result().type == "Identity") moves_.push_back(node.name);
    return RewrittenNode{.nodes = {std::move(rewrite.result())},
                         .parameters = std::move(rewrite.parameters())};
}

void BatchPlaces::remove_moves(Network& network) const {
    const auto is_output = [&](const std::string& tensor) {
        return std::find(network.outputs.begin(), network.outputs.end(), tensor) != network.outputs.end();
    };
    const auto is_moved = [&](const std::string& tensor) {
        return std::any_of(places_.begin(), places_.end(),
                           [&](const auto& entry) { return in_front(entry.first) == tensor; });
    };
    const auto replace = [](std::vector<std::string>& names, const std::string& from, const std::string& to) {
        std::replace(names.begin(), names.end(), from, to);
    };
    for (const std::string& move : moves_) {
        const auto node = std::find_if(network.nodes.begin(), network.nodes.end(),
                                       [&](const Node& any) { return any.name == move; });
        if (node == network.nodes.end()) continue;
        const std::string from = node->inputs.front();
        const std::string to = node->outputs.front();
        const bool is_private =
            network.producer(from) != nullptr && !is_output(from) && network.consumers(from).size() == 1;
        // A tensor that has a name of its own in the file keeps it.
        if (!is_moved(to) && is_private) {
            network.nodes.erase(node);
            for (Node& each : network.nodes) replace(each.outputs, from, to);
        } else if (!is_output(to)) {
            network.nodes.erase(node);
            for (Node& each : network.nodes) replace(each.inputs, to, from);
        }
    }
}

} // namespace tandem
