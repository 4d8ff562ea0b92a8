#include "tandem/strategy/import.h"

#include <filesystem>

#include "tandem/core/files.h"
#include "tandem/strategy/onnx_form.h"
#include "tandem/strategy/tflite/tflite.h"

namespace tandem {

Result<ImportedNetwork> import_network(const std::string& path, const OnnxOptions& options) {
    if (path.ends_with(".tflite")) {
        if (!options.input_extents.empty()) {
            return bad_input(path, "--shape", "extents for a file that states its own", "no --shape");
        }
        return load_tflite(path);
    }
    const std::string bytes = TANDEM_TRY(read_file(path));
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    std::optional<QuantizedOnnx> quantized = TANDEM_TRY(parse_quantized_onnx(bytes, path, options, folder));
    if (!quantized)
        return ImportedNetwork{TANDEM_TRY(parse_onnx(bytes, path, options, folder)), std::nullopt};
    QuantizedNetwork read = TANDEM_TRY(from_onnx_form(*std::move(quantized), path));
    return ImportedNetwork{std::move(read.network), std::move(read.strategy)};
}

} // namespace tandem
