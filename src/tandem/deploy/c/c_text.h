// Pieces of C text: what network.c and weights.c are put together from.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/engine/integer_program.h"

namespace tandem {

/// A user's name, safe inside a comment: letters, digits and ._:/- stay, the rest becomes '_'.
std::string comment_name(std::string_view name);

/// A user's name as part of an identifier: lower-case letters and digits stay, the rest becomes '_'.
std::string c_identifier(std::string_view name);

/// An identifier as macros have it: in capitals.
std::string c_macro(std::string_view identifier);

/// An operating point in the C of a network called "network": "TANDEM_NETWORK_POINT_FAST".
std::string c_point(std::string_view name);

/// What the names of a network start with: "tandem_resnet8".
std::string c_prefix(const IntegerProgram& program);

/// "16x28x28 u8.5": channels x rows x columns, format; with a scale "s8.0 in steps of 0.02 from -3 on".
std::string tensor_description(const IntegerTensor& tensor);

/// The same behind the tensor's name.
std::string tensor_comment(const IntegerTensor& tensor);

/// The C element type of a stored tensor: "uint8_t".
std::string c_element_type(const NumberFormat& format);

/// "{1, 2,\n    3}": numbers in lines of about 100 columns.
std::string c_array(std::span<const std::int64_t> numbers);

/// What the steps are called in C: "layer_3", with 3 the index of the step.
std::string c_step_name(const IntegerProgram& program, std::size_t step);

} // namespace tandem
