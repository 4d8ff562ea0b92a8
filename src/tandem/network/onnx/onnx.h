// ONNX files in and out. The folder is the only place that sees protobuf.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tandem/network/network.h"

namespace tandem {

/// What a reader is told beside the file.
struct OnnxOptions {
    /// By input, its extents without the batch, where the file leaves them open. The name may be empty where
    /// the network has one input.
    std::map<std::string, Shape> input_extents;
};

/// Reads an ONNX file (opset 7 to 21; tensors in the file or in others of its folder): judged by our own
/// rules, then, up to the opset that libonnx knows, by its checker and shape inference, whose shapes must be
/// ours. Errors, all at once: truncated or malformed file, every unsupported operator with its node,
/// unsupported tensor types, dynamic extents other than the batch that `options` do not give.
///
/// The first extent of every input is the batch: a name, nothing, 0 or 1 in the file. Float types become
/// float32, integer types int64. Constant nodes, nodes on constants and what is computed of shapes become
/// parameters, Dropout becomes Identity, Split one Slice an output, initializers that no node reads are left
/// out, and nodes without a name (or with one that is taken) get one.
[[nodiscard]] Result<Network> load_onnx(const std::string& path, const OnnxOptions& options = {});

/// The same from bytes; `file` names them in errors. `folder` is where data in other files lie, if anywhere.
[[nodiscard]] Result<Network> parse_onnx(std::string_view bytes, const std::string& file,
                                         const OnnxOptions& options = {},
                                         const std::optional<std::filesystem::path>& folder = std::nullopt);

/// "[NAME=][N x]CHANNELSxROWSxCOLUMNS", as a command line gives the extents of an input.
[[nodiscard]] Result<std::pair<std::string, Shape>> parse_input_extents(const std::string& text);

/// The bytes of an ONNX model (IR version 8) that reads back equal, but for Constant nodes, which come
/// back as parameters. Deterministic. The network must be valid.
std::string emit_onnx(const Network& network);

} // namespace tandem
