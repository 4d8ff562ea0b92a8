// A network as a document of its structure and the plain bytes of its parameters: what a program without
// ONNX's libraries reads.
#pragma once

#include <string>
#include <string_view>

#include "tandem/core/document.h"
#include "tandem/core/result.h"
#include "tandem/network/network.h"

namespace tandem {

/// Nodes with their attributes, shapes of inputs, and shapes and types of parameters. Numbers of attributes
/// are finite.
Document to_document(const Network& network);
/// The values of all parameters in order of name, little-endian: float32, or int64.
std::string parameter_bytes(const Network& network);

/// The reverse; other shapes are inferred. Errors: fields, shapes that the bytes do not fill, those of
/// validate.
[[nodiscard]] Result<Network> parse_network(const Document& document, std::string_view bytes,
                                            const std::string& file);

} // namespace tandem
