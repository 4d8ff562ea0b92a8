// The rules a Network keeps, and shape inference, which is most of them: one walk over the nodes in
// order, applying each operator's rule to what is known so far.
#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tandem/network/network.h"
#include "tandem/network/operators/operators.h"
#include "tandem/network/operators/rule_support.h"
#include "tandem/network/quoted.h"

namespace tandem {

namespace {

using operators::has_batch;
using operators::Judged;
using operators::wrong;

/// One walk over a network; afterwards `shapes` holds those of inputs and node outputs.
class Walk {
  public:
    Walk(const Network& network, std::string file) : network_(network), file_(std::move(file)) {}

    void check_header();
    void check_parameters();
    void check_inputs();
    void infer_nodes();
    void check_outputs();
    void check_all_read();
    void check_stored_shapes();

    std::vector<Problem>& problems() { return problems_; }
    std::map<std::string, Shape>& shapes() { return shapes_; }

  private:
    void add(std::string place, std::string found, std::string expected) {
        problems_.push_back({.file = file_,
                             .place = std::move(place),
                             .found = std::move(found),
                             .expected = std::move(expected)});
    }
    void count_constant(const std::string& place, const Shape& shape);
    Judged<OperatorCall> make_call(const Node& node) const;
    Judged<void> check_form(const OperatorRule& rule, const OperatorCall& call) const;
    Judged<Shape> infer(const Node& node);
    bool is_known(const std::string& tensor) const {
        return shapes_.contains(tensor) || network_.parameters.contains(tensor);
    }

    const Network& network_;
    std::string file_;
    std::vector<Problem> problems_;
    std::map<std::string, Shape> shapes_;
    std::map<std::string, ConstantValues> constants_; ///< parameters, and what nodes make of them
    std::set<std::string> failed_; ///< outputs of nodes with a problem: what reads them has none of its own
    std::set<std::string> read_;
    std::int64_t constant_elements_ = 0;
};

void Walk::check_header() {
    if (network_.name.empty()) add("", "a network without a name", "a name");
    if (network_.opset < kMinimumOpset || network_.opset > kMaximumOpset) {
        add("", fmt::format("opset {}", network_.opset),
            fmt::format("{} to {}", kMinimumOpset, kMaximumOpset));
    }
}

/// Adds up the elements of all constants, so that folding cannot make us hold more than the bound.
void Walk::count_constant(const std::string& place, const Shape& shape) {
    const std::optional<std::int64_t> elements = operators::bounded_elements(shape);
    if (!elements || *elements > kMaximumElements - constant_elements_) {
        add(place, "shape " + to_string(shape),
            fmt::format("positive extents and at most {} elements in all constants", kMaximumElements));
        return;
    }
    constant_elements_ += *elements;
}

void Walk::check_parameters() {
    for (const auto& [name, parameter] : network_.parameters) {
        const std::string place = "parameter " + quoted_name(name);
        if (name.empty()) add(place, "no name", "a name");
        count_constant(place, parameter.shape);
        const std::size_t count = std::visit([](const auto& list) { return list.size(); }, parameter.values);
        if (operators::bounded_elements(parameter.shape) != static_cast<std::int64_t>(count)) {
            add(place, fmt::format("{} values", count), "as many as shape " + to_string(parameter.shape));
        }
        if (const auto* floats = std::get_if<std::vector<float>>(&parameter.values)) {
            const auto bad = std::find_if(floats->begin(), floats->end(), [&](float value) {
                return floats->size() == 1 ? std::isnan(value) : !std::isfinite(value);
            });
            if (bad != floats->end()) {
                add(place, fmt::format("{} at element {}", *bad, bad - floats->begin()), "finite numbers");
            }
        }
        constants_.emplace(name, operators::values_of(parameter));
    }
}

void Walk::check_inputs() {
    if (network_.inputs.empty()) add("", "no inputs", "at least one");
    for (const std::string& input : network_.inputs) {
        const std::string place = "input " + quoted_name(input);
        if (input.empty() || is_known(input)) {
            add(place, "a name that is empty or taken", "a name of its own");
            continue;
        }
        const auto shape = network_.shapes.find(input);
        if (shape == network_.shapes.end() || shape->second.size() < 2 || !has_batch(shape->second) ||
            !operators::bounded_elements(shape->second)) {
            add(place, shape == network_.shapes.end() ? "no shape" : "shape " + to_string(shape->second),
                fmt::format("a batch, then positive extents of at most {} elements", kMaximumElements));
            failed_.insert(input);
            continue;
        }
        shapes_.emplace(input, shape->second);
    }
}

Judged<OperatorCall> Walk::make_call(const Node& node) const {
    OperatorCall call{.node = node, .opset = network_.opset, .input_shapes = {}, .constants = {}};
    for (const std::string& input : node.inputs) {
        const auto activation = shapes_.find(input);
        const auto constant = constants_.find(input);
        const Parameter* parameter = network_.parameter(input);
        if (!input.empty() && activation == shapes_.end() && parameter == nullptr) {
            const bool comes_later = network_.producer(input) != nullptr;
            return wrong(quoted_name(input), comes_later ? "a tensor computed later" : "no such tensor",
                         "an input, a parameter or the output of an earlier node");
        }
        call.input_shapes.push_back(activation != shapes_.end() ? activation->second
                                    : parameter != nullptr      ? parameter->shape
                                                                : Shape{});
        call.constants.push_back(constant == constants_.end() ? std::nullopt
                                                              : std::optional(constant->second));
    }
    return call;
}

Judged<void> Walk::check_form(const OperatorRule& rule, const OperatorCall& call) const {
    const Node& node = call.node;
    TANDEM_TRY(operators::check_inputs(rule, call));
    if (node.outputs.size() != 1) return wrong("", fmt::format("{} outputs", node.outputs.size()), "one");
    if (node.outputs.front().empty() || is_known(node.outputs.front())) {
        return wrong("", "output " + quoted_name(node.outputs.front()), "a name of its own");
    }
    for (const auto& [name, value] : node.attributes) {
        if (std::find(rule.attributes.begin(), rule.attributes.end(), name) == rule.attributes.end()) {
            return wrong("", "attribute " + quoted_name(name),
                         rule.attributes.empty() ? "no attributes"
                                                 : fmt::format("{}", fmt::join(rule.attributes, ", ")));
        }
        const auto* number = std::get_if<float>(&value);
        const auto* list = std::get_if<std::vector<float>>(&value);
        const auto is_nan = [](float each) { return std::isnan(each); };
        if ((number != nullptr && is_nan(*number)) ||
            (list != nullptr && std::any_of(list->begin(), list->end(), is_nan))) {
            return wrong(name, "NaN", "a number");
        }
    }
    return {};
}

Judged<Shape> Walk::infer(const Node& node) {
    const OperatorRule* rule = find_operator(node.type);
    if (rule == nullptr) return wrong("", "operator " + quoted_name(node.type), "one Tandem knows");
    const OperatorCall call = TANDEM_TRY(make_call(node));
    TANDEM_TRY(check_form(*rule, call));
    Shape shape = TANDEM_TRY(rule->infer_shape(call));
    if (!operators::bounded_elements(shape)) {
        return wrong("", "an output of shape " + to_string(shape),
                     fmt::format("at most {} elements a sample", kMaximumElements));
    }
    if (const auto values = operators::constant_result(call)) {
        constants_.emplace(node.outputs.front(), *values);
        count_constant("node " + quoted_name(node.name), shape);
    }
    return shape;
}

void Walk::infer_nodes() {
    std::set<std::string> names;
    for (const Node& node : network_.nodes) {
        const std::string place = "node " + quoted_name(node.name);
        if (node.name.empty() || !names.insert(node.name).second) {
            add(place, "a name that is empty or taken", "a name of its own");
        }
        read_.insert(node.inputs.begin(), node.inputs.end());
        const bool follows_failure = std::any_of(node.inputs.begin(), node.inputs.end(),
                                                 [&](const auto& input) { return failed_.contains(input); });
        if (follows_failure) {
            failed_.insert(node.outputs.begin(), node.outputs.end());
            continue;
        }
        Judged<Shape> shape = infer(node);
        if (shape) {
            shapes_.emplace(node.outputs.front(), std::move(*shape));
            continue;
        }
        failed_.insert(node.outputs.begin(), node.outputs.end());
        const Problem& problem = shape.error();
        add(problem.place.empty() ? place : place + ", " + problem.place, problem.found, problem.expected);
    }
}

void Walk::check_outputs() {
    if (network_.outputs.empty()) add("", "no outputs", "at least one");
    std::set<std::string> seen;
    for (const std::string& output : network_.outputs) {
        if (failed_.contains(output)) continue;
        const auto shape = shapes_.find(output);
        if (shape == shapes_.end() || !has_batch(shape->second)) {
            add("output " + quoted_name(output), "no activation of that name", "the output of a node");
        } else if (!seen.insert(output).second) {
            add("output " + quoted_name(output), "the same output twice", "each once");
        }
    }
}

void Walk::check_all_read() {
    for (const auto& [name, parameter] : network_.parameters) {
        if (!read_.contains(name))
            add("parameter " + quoted_name(name), "no node that reads it", "at least one");
    }
}

void Walk::check_stored_shapes() {
    for (const auto& [name, shape] : shapes_) {
        const auto stored = network_.shapes.find(name);
        if (stored == network_.shapes.end() || stored->second != shape) {
            add("tensor " + quoted_name(name),
                stored == network_.shapes.end() ? "no shape" : "shape " + to_string(stored->second),
                to_string(shape));
        }
    }
    for (const auto& [name, shape] : network_.shapes) {
        if (!shapes_.contains(name) && !failed_.contains(name)) {
            add("tensor " + quoted_name(name), "a shape of no activation", "none");
        }
    }
}

} // namespace

Result<void> validate(const Network& network, const std::string& file) {
    Walk walk(network, file);
    walk.check_header();
    walk.check_parameters();
    walk.check_inputs();
    walk.infer_nodes();
    walk.check_outputs();
    walk.check_all_read();
    // Shapes are compared only where they could all be inferred.
    if (walk.problems().empty()) walk.check_stored_shapes();
    if (!walk.problems().empty()) return bad_input(std::move(walk.problems()));
    return {};
}

Result<Network> infer_shapes(Network network, const std::string& file) {
    Walk walk(network, file);
    walk.check_header();
    walk.check_parameters();
    walk.check_inputs();
    walk.infer_nodes();
    if (!walk.problems().empty()) return bad_input(std::move(walk.problems()));
    network.shapes = std::move(walk.shapes());
    return network;
}

} // namespace tandem
