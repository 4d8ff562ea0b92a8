// What the operators' rules have in common: reading attributes with their default, and saying what
// is wrong with an input. Only the files of this folder and the validation include it.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/network/network.h"
#include "tandem/network/operators/operators.h"

namespace tandem::operators {

template <class T> using Judged = tl::expected<T, Problem>;

/// A rule's answer when something is wrong; `place` is an attribute, an input, or empty.
tl::unexpected<Problem> wrong(std::string place, std::string found, std::string expected);

/// "[1, 2, 3]".
std::string to_text(std::span<const std::int64_t> numbers);

/// The name of an attribute's type, for messages.
std::string_view type_name(const Attribute& attribute);

/// The attribute, or the default where the node has none; a Problem when its type is another.
template <class T> Judged<T> attribute_or(const Node& node, std::string_view name, T otherwise) {
    const auto found = node.attributes.find(std::string(name));
    if (found == node.attributes.end()) return otherwise;
    if (const T* value = std::get_if<T>(&found->second)) return *value;
    return wrong(std::string(name), std::string(type_name(found->second)),
                 std::string(type_name(Attribute(T{}))));
}

/// The integer attribute, which must be one of the values.
Judged<std::int64_t> one_of(const Node& node, std::string_view name, std::int64_t otherwise,
                            std::initializer_list<std::int64_t> values);

/// Whether the call has this input: neither beyond the list nor left out.
bool has_input(const OperatorCall& call, std::size_t input);

/// "input 1 ('conv1.weight')".
std::string input_place(const OperatorCall& call, std::size_t input);

/// Whether a shape belongs to an activation: it starts with the batch.
bool has_batch(const Shape& shape);

/// The shape of an input that must be an activation.
Judged<Shape> activation(const OperatorCall& call, std::size_t input);
/// The same of a given rank; `layout` says it in words: "(batch, channels, rows, columns)".
Judged<Shape> activation_of_rank(const OperatorCall& call, std::size_t input, std::size_t rank,
                                 std::string_view layout);

/// The values of an input that must be constant.
Judged<std::span<const float>> float_constant(const OperatorCall& call, std::size_t input);
Judged<std::span<const std::int64_t>> integer_constant(const OperatorCall& call, std::size_t input);
/// The values of a float constant that must have exactly this shape.
Judged<std::span<const float>> float_constant_of_shape(const OperatorCall& call, std::size_t input,
                                                       const Shape& shape);

/// The product of extents, or nothing when one is not positive or the product exceeds
/// kMaximumElements. A leading batch is left out.
std::optional<std::int64_t> bounded_elements(const Shape& shape);

/// The values a node computes when its inputs are constants; nothing for activations.
std::optional<ConstantValues> constant_result(const OperatorCall& call);

/// The values of a parameter.
ConstantValues values_of(const Parameter& parameter);

/// Checks the number of inputs, which must not be left out up to the rule's minimum.
Judged<void> check_inputs(const OperatorRule& rule, const OperatorCall& call);

/// The call of a node in a network whose shapes are known.
OperatorCall call_of(const Node& node, const Network& network);

/// The value of a judgement about a validated network.
template <class T> T trusted(Judged<T> judged) {
    TANDEM_CHECK(judged.has_value(), "the network was not validated: " + to_string(judged.error()));
    return std::move(judged).value();
}

} // namespace tandem::operators
