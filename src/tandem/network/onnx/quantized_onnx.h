// Quantised ONNX models as the float networks that they stand for, with what they say of integers on the
// side. Three forms are read: float operators between QuantizeLinear and DequantizeLinear (QDQ), operators on
// integers (QLinearConv, QLinearMatMul, and ONNX Runtime's QLinearAdd and QLinearGlobalAveragePool), and
// float operators between the nodes of QONNX (qonnx_nodes.h).
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/network/onnx/onnx.h"

namespace tandem {

/// Which integers of its range a tensor uses; QONNX says more than all.
enum class StoredLevels {
    all,
    ternary, ///< -1, 0 and 1
    bipolar, ///< -1 and 1
};

/// How a file stores an activation: value = scale * (integer - zero point). Fewer than 8 bits are 8 with a
/// Clip to the narrower range before QuantizeLinear; more are float: Mul, Round, Clip, Mul.
struct StoredActivation {
    int bits = 8;
    bool is_signed = true;
    float scale = 1.0F;
    std::int64_t zero_point = 0;
    StoredLevels levels = StoredLevels::all;

    bool operator==(const StoredActivation&) const = default;
};

/// The ends of its range, as integers and as values.
std::int64_t smallest_integer(const StoredActivation& stored);
std::int64_t largest_integer(const StoredActivation& stored);
float smallest_value(const StoredActivation& stored);
float largest_value(const StoredActivation& stored);

/// How a file stores a constant: integers less their zero points, and their scales, one or one an element of
/// `axis`.
struct StoredConstant {
    std::vector<float> scales;
    std::int64_t axis = 0;
    std::vector<std::int64_t> integers;
    int bits = 0; ///< that the file says; 0: none
    StoredLevels levels = StoredLevels::all;

    bool operator==(const StoredConstant&) const = default;
};

struct QuantizedOnnx {
    Network network; ///< float; a constant is the integers times their scales
    std::map<std::string, StoredActivation> activations; ///< by tensor: those that the file quantises
    std::map<std::string, StoredConstant> constants;     ///< by parameter
};

/// Reads a quantised model; nothing where no node of the file quantises. Errors: those of parse_onnx; a
/// tensor that is quantised in two ways, scales and zero points that are no constants, integer operators that
/// have no reading.
[[nodiscard]] Result<std::optional<QuantizedOnnx>>
parse_quantized_onnx(std::string_view bytes, const std::string& file, const OnnxOptions& options = {},
                     const std::optional<std::filesystem::path>& folder = std::nullopt);

/// The form of a file. QDQ is what runtimes run; QONNX says any width, and few levels.
enum class QuantizedOnnxForm { qdq, qonnx };

/// The bytes of a model (IR version 8) that reads back equal. As QDQ each activation stands between
/// QuantizeLinear and DequantizeLinear where it is written, or is rounded as floats, constants of up to 8
/// bits are int8, wider ones int32, each behind its DequantizeLinear. As QONNX each is float, behind its
/// Quant or BipolarQuant. QDQ has no few levels. Deterministic.
std::string emit_quantized_onnx(const QuantizedOnnx& quantized,
                                QuantizedOnnxForm form = QuantizedOnnxForm::qdq);

} // namespace tandem
