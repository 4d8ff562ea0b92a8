#include "tandem/network/onnx/onnx_checks.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <onnx/checker.h>
#include <onnx/shape_inference/implementation.h>

#include "tandem/network/quoted.h"

namespace tandem {

namespace {

/// What libonnx calls a shape, in our form; extents it does not know are kBatch.
Shape inferred_shape(const onnx::TypeProto& type) {
    Shape shape;
    for (const auto& dimension : type.tensor_type().shape().dim()) {
        shape.push_back(dimension.has_dim_value() ? dimension.dim_value() : kBatch);
    }
    return shape;
}

/// Whether two shapes agree where both are known; the batch, fixed to 1 in some files, is left out.
bool agree(const Shape& theirs, const Shape& ours) {
    if (theirs.size() != ours.size()) return false;
    for (std::size_t i = 1; i < ours.size(); ++i) {
        if (theirs[i] != kBatch && theirs[i] != ours[i]) return false;
    }
    return true;
}

template <class ValueInfos> void compare_shapes(const ValueInfos& values, const Network& network,
                                                const std::string& file, std::vector<Problem>& problems) {
    for (const onnx::ValueInfoProto& value : values) {
        const auto ours = network.shapes.find(value.name());
        if (ours == network.shapes.end() || !value.type().tensor_type().has_shape()) continue;
        const Shape theirs = inferred_shape(value.type());
        if (agree(theirs, ours->second)) continue;
        problems.push_back({.file = file,
                            .place = "tensor " + quoted_name(value.name()),
                            .found = "a declared shape of " + to_string(theirs),
                            .expected = to_string(ours->second)});
    }
}

} // namespace

Result<onnx::ModelProto> parse_model(std::string_view bytes, const std::string& file) {
    if (bytes.empty()) return bad_input(file, "", "an empty file", "an ONNX model");
    if (bytes.size() > std::numeric_limits<int>::max()) {
        return bad_input(file, "", fmt::format("{} bytes", bytes.size()), "at most 2 GiB");
    }
    onnx::ModelProto model;
    if (!model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
        return bad_input(file, "", "a truncated or malformed file", "a whole ONNX model");
    }
    // Protobuf accepts many byte strings as messages without known fields.
    if (!model.has_graph() || model.ir_version() < 3) {
        return bad_input(file, "", "no ONNX model of IR version 3 or later", "an ONNX model");
    }
    const std::int64_t opset = opset_of(model);
    if (opset < kMinimumOpset || opset > kMaximumOpset) {
        return bad_input(file, "", fmt::format("opset {}", opset),
                         fmt::format("{} to {}", kMinimumOpset, kMaximumOpset));
    }
    return model;
}

std::int64_t opset_of(const onnx::ModelProto& model) {
    for (const auto& import : model.opset_import()) {
        if (import.domain().empty() || import.domain() == "ai.onnx") return import.version();
    }
    return 0;
}

Result<void> check_with_libonnx(onnx::ModelProto model, const Network& network, const std::string& file) {
    // Of an opset younger than itself libonnx would judge by the older meaning of an operator.
    const auto& versions = onnx::OpSchemaRegistry::DomainToVersionRange::Instance().Map();
    if (opset_of(model) > versions.at(onnx::ONNX_DOMAIN).second) return {};
    // libonnx refuses IR versions younger than itself, though nothing we read changed with them.
    model.set_ir_version(std::min<std::int64_t>(model.ir_version(), onnx::IR_VERSION));
    try {
        onnx::checker::check_model(model);
    } catch (const std::exception& refusal) {
        return bad_input(file, "", one_line(refusal.what()), "a model that passes ONNX's checker");
    }
    try {
        // Element types are judged by our own rules; libonnx would refuse the int64 constants that
        // exporters wrote long before opset 9 allowed them.
        const onnx::ShapeInferenceOptions options(/*check_type_val=*/false, /*strict_mode_val=*/1);
        onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(), options);
    } catch (const std::exception& refusal) {
        return bad_input(file, "", one_line(refusal.what()), "shapes that agree with ONNX's rules");
    }
    std::vector<Problem> problems;
    compare_shapes(model.graph().value_info(), network, file, problems);
    compare_shapes(model.graph().output(), network, file, problems);
    if (!problems.empty()) return bad_input(std::move(problems));
    return {};
}

} // namespace tandem
