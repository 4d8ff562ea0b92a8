#include "tandem/deploy/c/c_writer.h"

#include <array>
#include <set>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/deploy/c/c_documents.h"
#include "tandem/deploy/c/c_network_source.h"
#include "tandem/deploy/c/c_runtime.h"
#include "tandem/deploy/c/c_text.h"
#include "tandem/deploy/c/image_facts.h"

namespace tandem {

namespace {

/// "extern const int8_t tandem_network_weights_3[144];\n" of what this layer is the first to have.
std::string declare_parameters(const PointFacts& point, std::size_t index) {
    const LayerFacts& layer = point.facts.layers[index];
    const CLayerParameters& parameters = layer.parameters;
    std::string text;
    if (point.weights[index].is_first) {
        text += fmt::format("extern const {} {}[{}];\n", layer.array_type(), point.weights[index].name,
                            layer.array().size());
    }
    if (point.biases[index].is_first) {
        text += fmt::format("extern const int{}_t {}[{}];\n", parameters.bias_bits, point.biases[index].name,
                            parameters.bias.size());
    }
    return text;
}

std::string emit_weights_header(const ImageFacts& image) {
    std::string text = file_comment(image, "weights and biases, layer by layer") +
                       "#ifndef TANDEM_NETWORK_WEIGHTS_H\n#define TANDEM_NETWORK_WEIGHTS_H\n\n#include "
                       "\"kernels.h\"\n";
    for (const PointFacts& point : image.points) {
        for (std::size_t i = 0; i < point.facts.layers.size(); ++i) {
            const std::string declarations = declare_parameters(point, i);
            if (declarations.empty()) continue;
            text +=
                fmt::format("\n/* {} */\n{}", comment_name(point.facts.layers[i].layer->layer), declarations);
        }
    }
    return text + "\n#endif\n";
}

std::string order_of(const CLayerParameters& parameters) {
    if (parameters.kernel == LayerKernel::depthwise) return "(filter row, filter column, channel)";
    if (parameters.weight_shift == 0) return "(output channel, filter row, filter column, input channel)";
    return fmt::format("the same, packed into {} bits and taken times {}", parameters.weight_bits,
                       1 << parameters.weight_shift);
}

/// What a layer is the first to have, under a comment; nothing where earlier points have both arrays.
std::string define_parameters(const PointFacts& point, std::size_t index) {
    const ParameterArray& weights = point.weights[index];
    const ParameterArray& bias = point.biases[index];
    if (!weights.is_first && !bias.is_first) return "";
    const LayerFacts& facts = point.facts.layers[index];
    const LayerStep& layer = *facts.layer;
    const CLayerParameters& parameters = facts.parameters;
    std::string text = fmt::format(
        "\n/* {}: weights {}, {}; bias at {} fraction bits{} */\n", comment_name(layer.layer),
        to_string(layer.weight_format), order_of(parameters),
        layer.input_format.fraction_bits + layer.weight_format.fraction_bits + parameters.weight_shift,
        parameters.padding == 0 ? ""
                                : fmt::format(", with {} times the sum of the weights", -parameters.padding));
    if (weights.is_first) {
        if (facts.encoded) {
            text += fmt::format("/* as an LZ4 block of {} bytes */\n", facts.encoded->decoded.value);
        }
        text += fmt::format("TANDEM_ALIGNED const {} {}[{}] = {};\n", facts.array_type(), weights.name,
                            facts.array().size(), c_array(facts.array()));
    }
    if (bias.is_first) {
        text += fmt::format("const int{}_t {}[{}] = {};\n", parameters.bias_bits, bias.name,
                            parameters.bias.size(), c_array(parameters.bias));
    }
    return text;
}

std::string emit_weights_source(const ImageFacts& image) {
    std::string text = file_comment(image, "weights and biases") + "#include \"weights.h\"\n";
    for (const PointFacts& point : image.points) {
        for (std::size_t i = 0; i < point.facts.layers.size(); ++i) text += define_parameters(point, i);
    }
    return text;
}

/// The kernels that the programs' steps call, in the order of the library; the code of widths that no
/// layer has is left out.
std::string emit_kernels(const ImageFacts& image) {
    std::set<std::string> used{image.first().input().scale ? "quantize_scaled" : "quantize"};
    if (image.decoded_bytes() > Bytes(0)) used.insert("lz4");
    std::set<int> widths;
    for (const PointFacts& point : image.points) {
        const IntegerProgram& program = point.facts.program;
        for (const Step& step : program.steps) used.emplace(kernel_name(program, step));
        for (const LayerFacts& layer : point.facts.layers) {
            if (layer.parameters.kernel == LayerKernel::narrow) widths.insert(layer.parameters.weight_bits);
        }
    }
    std::string text = "/* The kernels that this network needs. */\n" +
                       std::string(arithmetic_macros(c_arithmetic(image.first().program)));
    for (const int width : widths) text += fmt::format("#define TANDEM_HAS_WEIGHTS_{}\n", width);
    for (const CRuntimeFile& kernel : c_kernels()) {
        if (used.contains(std::string(kernel.name))) text += fmt::format("\n{}", kernel.source);
    }
    return text;
}

} // namespace

std::string_view arithmetic_macros(CArithmetic arithmetic) {
    switch (arithmetic) {
    case CArithmetic::shifts: return "";
    case CArithmetic::factors: return "#define TANDEM_HAS_SCALES\n#define TANDEM_HAS_FACTORS\n";
    case CArithmetic::multiplied_once: return "#define TANDEM_HAS_SCALES\n";
    case CArithmetic::multiplied_twice: return "#define TANDEM_HAS_SCALES\n#define TANDEM_ROUNDS_TWICE\n";
    }
    return "";
}

std::string with_names_of(const IntegerProgram& program, std::string text) {
    const std::string prefix = c_prefix(program);
    const std::string upper = c_macro(prefix);
    const std::array<std::pair<std::string_view, const std::string*>, 2> names{
        {{"tandem_network", &prefix}, {"TANDEM_NETWORK", &upper}}};
    for (const auto& [old_name, new_name] : names) {
        std::size_t place = 0;
        while ((place = text.find(old_name, place)) != std::string::npos) {
            text.replace(place, old_name.size(), *new_name);
            place += new_name->size();
        }
    }
    return text;
}

Result<void> check_emittable_in_c(const IntegerProgram& program) {
    const std::string_view beyond = unemittable_arithmetic(program);
    if (beyond.empty()) return {};
    return bad_input(
        program.name, "strategy", std::string(beyond),
        "what generated C computes: signed or unsigned integers, half_even shifts of powers of two, or "
        "scales");
}

std::vector<EmittedFile> emit_c(const OperatingPoints& points, WeightStorage storage) {
    for (const OperatingPoint& point : points.all()) {
        TANDEM_CHECK(unemittable_arithmetic(point.program).empty(),
                     "a program that check_emittable_in_c took");
        TANDEM_CHECK(!point.program.steps.empty(), "a program that computes something");
    }
    const ImageFacts image = find_image_facts(points, storage);
    std::vector<EmittedFile> files{{.name = "README.md", .contents = emit_readme(image)},
                                   {.name = "kernels.c", .contents = emit_kernels(image)},
                                   {.name = "network.c", .contents = emit_network_source(image)},
                                   {.name = "network.h", .contents = emit_network_header(image)},
                                   {.name = "weights.c", .contents = emit_weights_source(image)},
                                   {.name = "weights.h", .contents = emit_weights_header(image)}};
    for (const CRuntimeFile& header : c_kernel_headers()) {
        files.push_back({.name = std::string(header.name), .contents = std::string(header.source)});
    }
    for (EmittedFile& file : files) file.contents = with_names_of(points.first(), std::move(file.contents));
    return files;
}

std::vector<EmittedFile> emit_c_project(const OperatingPoints& points, WeightStorage storage) {
    const IntegerProgram& program = points.first();
    std::vector<EmittedFile> files = emit_c(points, storage);
    files.push_back(
        {.name = "CMakeLists.txt",
         .contents = fmt::format("cmake_minimum_required(VERSION 3.10)\n"
                                 "project({0} C)\n"
                                 "if(NOT CMAKE_BUILD_TYPE)\n"
                                 "  set(CMAKE_BUILD_TYPE Release)\n"
                                 "endif()\n"
                                 "set(CMAKE_C_STANDARD 99)\n"
                                 "set(CMAKE_C_EXTENSIONS OFF)\n\n"
                                 "add_library({0} kernels.c network.c weights.c)\n"
                                 "target_include_directories({0} PUBLIC ${{CMAKE_CURRENT_SOURCE_DIR}})\n\n"
                                 "# Not for a target without files.\n"
                                 "add_executable(example main.c)\n"
                                 "target_link_libraries(example {0})\n",
                                 c_prefix(program))});
    files.push_back({.name = "main.c", .contents = with_names_of(program, std::string(c_example_source()))});
    return files;
}

} // namespace tandem
