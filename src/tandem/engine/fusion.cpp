#include "tandem/engine/fusion.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "tandem/network/operators/operators.h"

namespace tandem {

namespace {

/// Walks the nodes in order and grows the plan.
class Planner {
  public:
    Planner(const Network& network, const std::set<std::string>& kept) : network_(network), kept_(kept) {}

    Result<FusionPlan> plan() {
        if (network_.inputs.size() != 1 || network_.outputs.size() != 1) {
            refuse("network",
                   fmt::format("{} inputs and {} outputs", network_.inputs.size(), network_.outputs.size()),
                   "one of each");
            return bad_input(std::move(problems_));
        }
        plan_.input = network_.inputs[0];
        const Shape& shape = network_.shape(plan_.input);
        if (shape.size() != 2 && shape.size() != 4) {
            refuse("input '" + plan_.input + "'", "shape " + to_string(shape),
                   "a vector, or channels, rows and columns");
        }
        // From here on every stored tensor is a vector or an image: the operators keep to these.
        for (const Node& node : network_.nodes) plan_node(node);
        if (plan_.steps.empty() && problems_.empty()) {
            refuse("network", "no operator that computes", "at least one");
        }
        plan_.output = stored(network_.outputs[0]);
        if (!problems_.empty()) return bad_input(std::move(problems_));
        return std::move(plan_);
    }

  private:
    void refuse(const std::string& place, std::string found, std::string expected) {
        problems_.push_back({.file = network_.name,
                             .place = place,
                             .found = std::move(found),
                             .expected = std::move(expected)});
    }

    void refuse_node(const Node& node, const std::string& trait, std::string expected) {
        refuse(fmt::format("node '{}'", node.name),
               fmt::format("{}{}, which has no integer form", node.type, trait), std::move(expected));
    }

    void plan_node(const Node& node) {
        const std::string& type = node.type;
        const bool flattens = type == "Flatten" || type == "Reshape";
        const auto is_sequence = [&](const std::string& tensor) {
            return network_.shape(tensor).size() == 3;
        };
        // Where sequences begin is told once, not at every node after.
        if (is_sequence(node.outputs[0]) && !flattens && !is_sequence(node.inputs[0])) {
            return refuse_node(node, " to " + to_string(network_.shape(node.outputs[0])),
                               "a vector a sample, or channels, rows and columns");
        }
        if (is_layer(node)) return append(StepKind::layer, &node, {stored(node.inputs[0])}, node);
        if (type == "Add") return plan_add(node);
        if (type == "Relu" || type == "Clip") return plan_clamp(node);
        if (type == "MaxPool") return append(StepKind::max_pool, &node, {stored(node.inputs[0])}, node);
        if (type == "AveragePool" || type == "GlobalAveragePool") {
            return append(StepKind::average_pool, &node, {stored(node.inputs[0])}, node);
        }
        if (flattens) return plan_flatten(node);
        if (type == "Slice" || type == "Pad") return plan_select(node);
        if (type == "Concat") return plan_concat(node);
        if (type == "Identity") return rename(node);
        if (type == "Softmax" && node.outputs[0] == network_.outputs[0]) return rename(node);
        refuse_node(node, "",
                    type == "Softmax" ? "a Softmax only as the last node"
                                      : "a network prepared for deployment");
    }

    void plan_add(const Node& node) {
        for (const std::string& input : node.inputs) {
            if (network_.parameter(input) == nullptr &&
                network_.shape(input) == network_.shape(node.outputs[0])) {
                continue;
            }
            return refuse_node(node, fmt::format(" that broadcasts '{}'", input),
                               "two activations of equal shape");
        }
        const std::string left = stored(node.inputs[0]);
        const std::string right = stored(node.inputs[1]);
        // The operand computed last takes the Add: the other one exists when it runs.
        const bool right_is_last = position_of(right) > position_of(left);
        const std::string& last = node.inputs[right_is_last ? 1 : 0];
        if (left != right && takes_residual(last)) {
            PlannedStep& step = *producer_of(last);
            step.residual = right_is_last ? left : right;
            step.output = node.outputs[0];
            return;
        }
        append(StepKind::add, &node, {left, right}, node);
    }

    void plan_clamp(const Node& node) {
        PlannedStep* producer = producer_of(node.inputs[0]);
        if (producer != nullptr && !rearranges(producer->kind) && may_vanish(node.inputs[0])) {
            producer->clamps.push_back(&node);
            producer->output = node.outputs[0];
            return;
        }
        append(StepKind::requantize, nullptr, {stored(node.inputs[0])}, node);
        plan_.steps.back().clamps.push_back(&node);
    }

    void plan_flatten(const Node& node) {
        const Shape& shape = network_.shape(node.inputs[0]);
        const Shape& flattened = network_.shape(node.outputs[0]);
        if (flattened == shape) return rename(node);
        if (flattened.size() != 2)
            return refuse_node(node, " to " + to_string(flattened), "a vector a sample");
        const bool has_one_pixel = std::all_of(shape.begin() + std::min<std::ptrdiff_t>(2, std::ssize(shape)),
                                               shape.end(), [](std::int64_t extent) { return extent == 1; });
        if (has_one_pixel) return rename(node);
        append(StepKind::flatten, &node, {stored(node.inputs[0])}, node);
    }

    void plan_select(const Node& node) {
        const std::size_t rank = network_.shape(node.outputs[0]).size();
        if (rank != 2 && rank != 4) return refuse_node(node, "", "a vector, or channels, rows and columns");
        if (node.type == "Pad" && pad_attributes(node, network_).mode != PadMode::constant) {
            return refuse_node(node, " that repeats what is there", "a Pad with a constant");
        }
        append(StepKind::select, &node, {stored(node.inputs[0])}, node);
    }

    void plan_concat(const Node& node) {
        const std::size_t rank = network_.shape(node.outputs[0]).size();
        if (rank != 2 && rank != 4) return refuse_node(node, "", "vectors, or channels, rows and columns");
        std::vector<std::string> inputs;
        for (const std::string& input : node.inputs) inputs.push_back(stored(input));
        append(StepKind::concat, &node, std::move(inputs), node);
    }

    /// The node's output is its input under another name.
    void rename(const Node& node) { renamed_[node.outputs[0]] = stored(node.inputs[0]); }

    void append(StepKind kind, const Node* node, std::vector<std::string> inputs, const Node& last) {
        plan_.steps.push_back({.kind = kind,
                               .node = node,
                               .inputs = std::move(inputs),
                               .residual = std::nullopt,
                               .clamps = {},
                               .output = last.outputs[0]});
    }

    /// The name under which a tensor is stored.
    const std::string& stored(const std::string& tensor) const {
        const auto found = renamed_.find(tensor);
        return found == renamed_.end() ? tensor : found->second;
    }

    /// The step that writes exactly this tensor, or null.
    PlannedStep* producer_of(const std::string& tensor) {
        const auto found = std::find_if(plan_.steps.begin(), plan_.steps.end(),
                                        [&](const PlannedStep& step) { return step.output == tensor; });
        return found == plan_.steps.end() ? nullptr : &*found;
    }

    /// When a stored tensor comes to be: 0 for the network's input.
    std::ptrdiff_t position_of(const std::string& tensor) {
        const PlannedStep* producer = producer_of(tensor);
        return producer == nullptr ? 0 : producer - plan_.steps.data() + 1;
    }

    /// Whether a tensor need not be stored once its one reader is fused.
    bool may_vanish(const std::string& tensor) const {
        return network_.consumers(tensor).size() == 1 && tensor != network_.outputs[0] &&
               !kept_.contains(tensor);
    }

    bool takes_residual(const std::string& tensor) {
        const PlannedStep* producer = producer_of(tensor);
        return producer != nullptr && producer->kind == StepKind::layer && !producer->residual &&
               producer->clamps.empty() && may_vanish(tensor);
    }

    const Network& network_;
    const std::set<std::string>& kept_;
    FusionPlan plan_;
    std::map<std::string, std::string> renamed_;
    std::vector<Problem> problems_;
};

} // namespace

const std::string& FusionPlan::format_source(const std::string& tensor) const {
    for (const PlannedStep& step : steps) {
        if (step.output == tensor && rearranges(step.kind)) return format_source(step.inputs[0]);
    }
    return tensor;
}

Result<FusionPlan> plan_fusion(const Network& network, const std::set<std::string>& kept) {
    return Planner(network, kept).plan();
}

} // namespace tandem
