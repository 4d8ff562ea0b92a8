#include "tandem/strategy/import.h"

#include "tandem/strategy/tflite/tflite.h"

namespace tandem {

Result<ImportedNetwork> import_network(const std::string& path, const OnnxOptions& options) {
    if (path.ends_with(".tflite")) {
        if (!options.input_extents.empty()) {
            return bad_input(path, "--shape", "extents for a file that states its own", "no --shape");
        }
        QuantizedNetwork quantized = TANDEM_TRY(load_tflite(path));
        return ImportedNetwork{std::move(quantized.network), std::move(quantized.strategy)};
    }
    return ImportedNetwork{TANDEM_TRY(load_onnx(path, options)), std::nullopt};
}

} // namespace tandem
