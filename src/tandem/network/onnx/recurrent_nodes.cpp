#include "tandem/network/onnx/recurrent_nodes.h"

#include <algorithm>

#include <fmt/format.h>

#include "tandem/network/operators/rule_support.h"
#include "tandem/network/quoted.h"

namespace tandem {

namespace {

using operators::Judged;
using operators::wrong;
using Integers = std::vector<std::int64_t>;

/// The inputs that hold the state before the first step: initial_h, and initial_c of an LSTM.
constexpr std::size_t kFirstState = 5;
std::size_t end_of_states(std::string_view type) {
    return type == "LSTM" ? kFirstState + 2 : kFirstState + 1;
}
const char* state_name(std::size_t input) { return input == kFirstState ? "initial_h" : "initial_c"; }

/// The nodes and constants that a node becomes, as they gather.
class Nodes {
  public:
    explicit Nodes(const Node& node) : name_(node.name) {}

    /// A node of the operator, and its output: named after both nodes unless it has a name.
    std::string add(const std::string& name, const std::string& type, std::vector<std::string> inputs,
                    std::map<std::string, Attribute> attributes = {}, std::string output = {}) {
        const std::string full = name_ + "." + name;
        if (output.empty()) output = full;
        result_.nodes.push_back({.name = full,
                                 .type = type,
                                 .inputs = std::move(inputs),
                                 .outputs = {output},
                                 .attributes = std::move(attributes)});
        return output;
    }
    std::string constant(const std::string& name, Shape shape, Integers values) {
        result_.parameters.insert_or_assign(
            name_ + "." + name, Parameter{.shape = std::move(shape), .values = std::move(values)});
        return name_ + "." + name;
    }
    RewrittenNode& result() { return result_; }

  private:
    std::string name_;
    RewrittenNode result_;
};

/// The hidden state after the last step of each direction, (batch, directions, hidden), of Y.
void add_last_state(Nodes& nodes, const std::string& all, const std::string& output, bool is_reverse,
                    std::int64_t directions, std::int64_t times) {
    const auto at_time = [&](const std::string& source, bool is_backwards, const std::string& suffix,
                             const std::string& name) {
        const std::string time = nodes.constant("last_time" + suffix, {}, {is_backwards ? 0 : times - 1});
        return nodes.add("last" + suffix, "Gather", {source, time}, {{"axis", std::int64_t{1}}}, name);
    };
    if (directions == 1) {
        at_time(all, is_reverse, "", output);
        return;
    }
    std::vector<std::string> states;
    for (std::int64_t direction = 0; direction < directions; ++direction) {
        const std::string suffix = std::to_string(direction);
        const std::string chosen = nodes.constant("direction" + suffix + ".index", {1}, {direction});
        const std::string one =
            nodes.add("direction" + suffix, "Gather", {all, chosen}, {{"axis", std::int64_t{2}}});
        states.push_back(at_time(one, direction == 1, suffix, {}));
    }
    nodes.add("last", "Concat", states, {{"axis", std::int64_t{1}}}, output);
}

/// Puts a state's parameter in place, (1, directions, hidden), or nothing for zeros.
Judged<void> take_state(Node& node, std::size_t input, bool is_time_first, const KnownTensors& known,
                        RewrittenNode& result) {
    if (input >= node.inputs.size() || node.inputs[input].empty()) return {};
    const Parameter* given = known.constant(node.inputs[input]);
    const auto* values = given == nullptr ? nullptr : std::get_if<std::vector<float>>(&given->values);
    if (values == nullptr)
        return wrong("", fmt::format("{} that is computed", state_name(input)), "a constant");
    if (given->shape.size() != 3 || given->shape[is_time_first ? 1 : 0] != 1) {
        return wrong("", fmt::format("{} of shape {}", state_name(input), to_string(given->shape)),
                     "one for every sample");
    }
    node.inputs[input].clear();
    if (std::all_of(values->begin(), values->end(), [](float value) { return value == 0.0F; })) return {};
    node.inputs[input] = node.name + "." + state_name(input);
    const std::int64_t directions = given->shape[is_time_first ? 0 : 1];
    result.parameters.insert_or_assign(
        node.inputs[input], Parameter{.shape = {1, directions, given->shape[2]}, .values = *values});
    return {};
}

} // namespace

bool is_recurrent(std::string_view type) { return type == "LSTM" || type == "GRU"; }

bool are_default_activations(std::string_view type, const std::vector<std::string>& functions) {
    const std::vector<std::string> one = type == "LSTM" ? std::vector<std::string>{"Sigmoid", "Tanh", "Tanh"}
                                                        : std::vector<std::string>{"Sigmoid", "Tanh"};
    std::vector<std::string> both = one;
    both.insert(both.end(), one.begin(), one.end());
    return functions == one || functions == both;
}

tl::expected<RewrittenNode, Problem> batch_first_recurrent(const Node& node, std::size_t batch,
                                                           const Shape& input, const KnownTensors& known,
                                                           RecurrentOutputs& places) {
    const bool is_time_first = TANDEM_TRY(operators::one_of(node, "layout", 0, {0, 1})) == 0;
    if (batch != (is_time_first ? 1 : 0)) {
        return wrong("", fmt::format("an input with the batch in dimension {}", batch),
                     is_time_first ? "1, behind the time: a Transpose before it" : "0: layout is 1");
    }
    const Parameter* weights = node.inputs.size() > 1 ? known.constant(node.inputs[1]) : nullptr;
    if (input.size() != 3 || weights == nullptr || weights->shape.size() != 3) {
        return wrong("", "an input or weights of another form",
                     "(time, batch, features) and constant weights");
    }
    Nodes nodes(node);
    Node rewritten = node;
    rewritten.attributes.insert_or_assign("layout", std::int64_t{1});
    // ONNX lets a node leave it out, runtimes do not.
    rewritten.attributes.emplace("hidden_size", weights->shape[1] / (node.type == "LSTM" ? 4 : 3));
    for (std::size_t i = kFirstState; i < end_of_states(node.type); ++i) {
        TANDEM_TRY(take_state(rewritten, i, is_time_first, known, nodes.result()));
    }
    while (!rewritten.inputs.empty() && rewritten.inputs.back().empty()) rewritten.inputs.pop_back();
    const auto output = [&](std::size_t i) {
        return i < node.outputs.size() ? node.outputs[i] : std::string();
    };
    if (!output(2).empty() && known.is_read(output(2))) {
        return wrong("", "output Y_c, the state of the cells", "Y or Y_h");
    }
    rewritten.outputs = {output(0).empty() ? node.name + ".Y" : output(0)};
    if (is_time_first && !output(0).empty()) places.emplace(output(0), 2);
    nodes.result().nodes.push_back(rewritten);
    if (!output(1).empty() && known.is_read(output(1))) {
        if (is_time_first) places.emplace(output(1), 1);
        const auto direction = TANDEM_TRY(operators::attribute_or<std::string>(node, "direction", "forward"));
        add_last_state(nodes, rewritten.outputs.front(), output(1), direction == "reverse", weights->shape[0],
                       input[1]);
    }
    return std::move(nodes.result());
}

RewrittenNode time_first_recurrent(const Node& node) {
    Nodes nodes(node);
    Node written = node;
    written.attributes.erase("layout");
    written.inputs.front() =
        nodes.add("time_first", "Transpose", {node.inputs.front()}, {{"perm", Integers{1, 0, 2}}});
    for (std::size_t i = kFirstState; i < std::min(node.inputs.size(), end_of_states(node.type)); ++i) {
        if (node.inputs[i].empty()) continue;
        const std::string state = state_name(i);
        const std::string first = nodes.constant("first", {1}, {0});
        const std::string one = nodes.constant("one", {1}, {1});
        const std::string extents = nodes.add(state + ".extents", "Shape", {node.inputs.front()});
        const std::string samples = nodes.add(state + ".samples", "Gather", {extents, first});
        const std::string shape =
            nodes.add(state + ".shape", "Concat", {one, samples, one}, {{"axis", std::int64_t{0}}});
        const std::string turned =
            nodes.add(state + ".turned", "Transpose", {node.inputs[i]}, {{"perm", Integers{1, 0, 2}}});
        written.inputs[i] = nodes.add(state + ".of_each", "Expand", {turned, shape});
    }
    written.outputs = {node.name + ".Y"};
    nodes.result().nodes.push_back(written);
    nodes.add("batch_first", "Transpose", written.outputs, {{"perm", Integers{2, 0, 1, 3}}},
              node.outputs.front());
    return std::move(nodes.result());
}

} // namespace tandem
