#include "tandem/deploy/c/c_writer.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/deploy/c/c_documents.h"
#include "tandem/deploy/c/c_runtime.h"
#include "tandem/deploy/c/c_step_table.h"
#include "tandem/deploy/c/c_text.h"
#include "tandem/machine/microcontroller/c_facts.h"

namespace tandem {

namespace {

/// The arena's comment and the names of its places.
std::string emit_arena(const CFacts& facts) {
    std::string text =
        "/* The tensors between steps. A place is taken again once its tensor has been read for "
        "the last\n   time, or while it is.\n\n       bytes            steps    tensor\n";
    for (const BufferPlace& place : facts.buffers.places) {
        text += fmt::format("     {:>7} - {:>7}  {:>3} - {:<3} {}\n", place.offset.value,
                            (place.offset + place.size).value - 1, place.first_step, place.last_step,
                            tensor_comment(facts.program.tensors[place.tensor]));
    }
    for (const RowBuffer& rows : facts.buffers.row_buffers) {
        text += fmt::format("     {:>7} - {:>7}  {:>3} - {:<3} rows of {}\n", rows.offset.value,
                            (rows.offset + rows.size).value - 1, rows.step, rows.step,
                            c_step_name(facts.program, rows.step));
    }
    text += "*/\nstatic TANDEM_ALIGNED int16_t arena[TANDEM_NETWORK_ARENA_BYTES / 2];\n\n";
    for (const BufferPlace& place : facts.buffers.places) {
        text += fmt::format("#define TENSOR_{} (arena + {})\n", place.tensor, place.offset.value / 2);
    }
    for (const RowBuffer& rows : facts.buffers.row_buffers) {
        text += fmt::format("#define ROWS_{} (arena + {})\n", rows.step, rows.offset.value / 2);
    }
    return text;
}

std::string tensor_expression(const CFacts& facts, TensorIndex tensor) {
    return tensor == facts.program.input ? "input" : fmt::format("TENSOR_{}", tensor);
}

/// "    tandem_run_add(&add_3, TENSOR_1, TENSOR_2, TENSOR_4);\n", and the trace of its output.
std::string emit_call(const CFacts& facts, std::size_t index) {
    const Step& step = facts.program.steps[index];
    const std::string name = c_step_name(facts.program, index);
    const auto* layer = std::get_if<LayerStep>(&step);
    const bool is_depthwise = kernel_name(facts.program, step) == c_name(LayerKernel::depthwise);
    const bool has_patch = layer != nullptr && !is_depthwise;
    std::string arguments = "&" + name;
    for (const TensorIndex input : inputs_of(step)) arguments += ", " + tensor_expression(facts, input);
    if (has_patch && !layer->residual) arguments += ", 0";
    const std::string output = tensor_expression(facts, output_of(step));
    arguments += ", " + output;
    if (has_patch) arguments += ", patch";
    if (is_depthwise) {
        arguments += facts.buffers.row_buffer(index) != nullptr ? fmt::format(", ROWS_{}", index) : ", 0";
    }
    const IntegerTensor& tensor = facts.program.tensors[output_of(step)];
    std::string decoding;
    if (facts.is_encoded(index)) {
        const std::string weights = c_weights_name(facts.program, index);
        decoding = fmt::format("    tandem_decode_lz4({0}, sizeof {0}, decoded, sizeof decoded);\n", weights);
    }
    const std::string trace = fmt::format("    TRACE({}, {}, {});\n", index, output,
                                          (element_size(tensor.format) * tensor.extents.elements()).value);
    if (const auto* concat = std::get_if<ConcatStep>(&step)) {
        std::string calls;
        for (std::size_t part = 0; part < concat->inputs.size(); ++part) {
            calls += fmt::format("    tandem_run_{}(&{}[{}], {}, {});\n", kernel_name(facts.program, step),
                                 name, part, tensor_expression(facts, concat->inputs[part]), output);
        }
        return calls + trace;
    }
    return fmt::format("{}    tandem_run_{}({});\n{}", decoding, kernel_name(facts.program, step), arguments,
                       trace);
}

std::string emit_network_source(const CFacts& facts) {
    const IntegerProgram& program = facts.program;
    std::string text = file_comment(facts, "its steps, their tables and their memory") +
                       "#include \"network.h\"\n\n" + std::string(arithmetic_macros(c_arithmetic(program))) +
                       "#include \"kernels.h\"\n#include \"weights.h\"\n\n" + emit_arena(facts) +
                       "\nstatic TANDEM_ALIGNED int16_t patch[TANDEM_NETWORK_PATCH_BYTES / 2];\n\n" +
                       (facts.decoded_bytes() == Bytes(0)
                            ? ""
                            : "/* The weights of one layer, decoded. */\n"
                              "static TANDEM_ALIGNED uint8_t decoded[TANDEM_NETWORK_DECODED_BYTES];\n\n") +
                       "#ifdef TANDEM_TRACE\n"
                       "#define TRACE(step, tensor, bytes) tandem_network_trace(step, tensor, bytes)\n"
                       "#else\n#define TRACE(step, tensor, bytes) ((void)0)\n#endif\n\n";
    for (std::size_t step = 0; step < program.steps.size(); ++step) {
        const std::string weights =
            facts.is_encoded(step) ? "(const void *)decoded" : c_weights_name(program, step);
        const RowBuffer* rows = facts.buffers.row_buffer(step);
        text += c_step_table(program, step, weights, rows == nullptr ? 0 : rows->kept_rows) + "\n";
    }

    const NumberFormat& format = facts.input().format;
    const bool is_scaled = facts.input().scale.has_value();
    text += "void tandem_network_run(const tandem_network_input *input, tandem_network_output *output) {\n"
            "    int32_t i;\n";
    for (std::size_t step = 0; step < program.steps.size(); ++step) text += emit_call(facts, step);
    text += fmt::format(R"(    for (i = 0; i < TANDEM_NETWORK_OUTPUT_ELEMENTS; ++i) {{
        output[i] = ((const tandem_network_output *){})[i];
    }}
}}

int tandem_network_class(const tandem_network_output *output) {{
    int largest = 0;
    int i;
    for (i = 1; i < TANDEM_NETWORK_OUTPUT_ELEMENTS; ++i) {{
        if (output[i] > output[largest]) largest = i;
    }}
    return largest;
}}

#ifndef TANDEM_INTEGER_INPUT
void tandem_network_quantize_input(const float *sample, tandem_network_input *input) {{
    static const tandem_range range = {{{}, {}}};
    const int32_t pixels = TANDEM_NETWORK_INPUT_ROWS * TANDEM_NETWORK_INPUT_COLUMNS;
    int32_t channel, pixel;
    for (channel = 0; channel < TANDEM_NETWORK_INPUT_CHANNELS; ++channel) {{
        for (pixel = 0; pixel < pixels; ++pixel) {{
            input[pixel * TANDEM_NETWORK_INPUT_CHANNELS + channel] = (tandem_network_input){}(
                sample[channel * pixels + pixel], {}, range);
        }}
    }}
}}
#endif
)",
                        tensor_expression(facts, program.output), minimum_integer(format),
                        maximum_integer(format), is_scaled ? "tandem_quantize_scaled" : "tandem_quantize",
                        is_scaled ? "TANDEM_NETWORK_INPUT_SCALE, TANDEM_NETWORK_INPUT_ZERO_POINT"
                                  : fmt::format("0x1p{:+}", format.fraction_bits));
    return text;
}

std::string emit_weights_header(const CFacts& facts) {
    std::string text = file_comment(facts, "weights and biases, layer by layer") +
                       "#ifndef TANDEM_NETWORK_WEIGHTS_H\n#define TANDEM_NETWORK_WEIGHTS_H\n\n#include "
                       "\"kernels.h\"\n";
    for (const LayerFacts& layer : facts.layers) {
        const CLayerParameters& parameters = layer.parameters;
        text += fmt::format("\n/* {} */\nextern const {} tandem_network_weights_{}[{}];\n"
                            "extern const int{}_t tandem_network_bias_{}[{}];\n",
                            comment_name(layer.layer->layer), layer.array_type(), layer.step,
                            layer.array().size(), parameters.bias_bits, layer.step, parameters.bias.size());
    }
    return text + "\n#endif\n";
}

std::string order_of(const CLayerParameters& parameters) {
    if (parameters.kernel == LayerKernel::depthwise) return "(filter row, filter column, channel)";
    if (parameters.weight_shift == 0) return "(output channel, filter row, filter column, input channel)";
    return fmt::format("the same, packed into {} bits and taken times {}", parameters.weight_bits,
                       1 << parameters.weight_shift);
}

std::string emit_weights_source(const CFacts& facts) {
    std::string text = file_comment(facts, "weights and biases") + "#include \"weights.h\"\n";
    for (const LayerFacts& facts_of_layer : facts.layers) {
        const LayerStep& layer = *facts_of_layer.layer;
        const CLayerParameters& parameters = facts_of_layer.parameters;
        text += fmt::format("\n/* {}: weights {}, {}; bias at {} fraction bits{} */\n",
                            comment_name(layer.layer), to_string(layer.weight_format), order_of(parameters),
                            layer.input_format.fraction_bits + layer.weight_format.fraction_bits +
                                parameters.weight_shift,
                            parameters.padding == 0
                                ? ""
                                : fmt::format(", with {} times the sum of the weights", -parameters.padding));
        if (facts_of_layer.encoded) {
            text += fmt::format("/* as an LZ4 block of {} bytes */\n", facts_of_layer.encoded->decoded.value);
        }
        text += fmt::format("TANDEM_ALIGNED const {} tandem_network_weights_{}[{}] = {};\n",
                            facts_of_layer.array_type(), facts_of_layer.step, facts_of_layer.array().size(),
                            c_array(facts_of_layer.array()));
        text += fmt::format("const int{}_t tandem_network_bias_{}[{}] = {};\n", parameters.bias_bits,
                            facts_of_layer.step, parameters.bias.size(), c_array(parameters.bias));
    }
    return text;
}

/// The kernels that the program's steps call, in the order of the library; the code of widths that no
/// layer has is left out.
std::string emit_kernels(const CFacts& facts) {
    std::set<std::string> used{facts.input().scale ? "quantize_scaled" : "quantize"};
    if (facts.decoded_bytes() > Bytes(0)) used.insert("lz4");
    std::set<int> widths;
    for (std::size_t step = 0; step < facts.program.steps.size(); ++step) {
        used.emplace(kernel_name(facts.program, facts.program.steps[step]));
    }
    for (const LayerFacts& layer : facts.layers) {
        if (layer.parameters.kernel == LayerKernel::narrow) widths.insert(layer.parameters.weight_bits);
    }
    std::string text = "/* The kernels that this network needs. */\n" +
                       std::string(arithmetic_macros(c_arithmetic(facts.program)));
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
    std::string upper = prefix;
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
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

std::vector<EmittedFile> emit_c(const IntegerProgram& program, WeightStorage storage) {
    TANDEM_CHECK(unemittable_arithmetic(program).empty(), "a program that check_emittable_in_c took");
    TANDEM_CHECK(!program.steps.empty(), "a program that computes something");
    const CFacts facts = find_c_facts(program, storage);
    std::vector<EmittedFile> files{{.name = "README.md", .contents = emit_readme(facts)},
                                   {.name = "kernels.c", .contents = emit_kernels(facts)},
                                   {.name = "network.c", .contents = emit_network_source(facts)},
                                   {.name = "network.h", .contents = emit_network_header(facts)},
                                   {.name = "weights.c", .contents = emit_weights_source(facts)},
                                   {.name = "weights.h", .contents = emit_weights_header(facts)}};
    for (const CRuntimeFile& header : c_kernel_headers()) {
        files.push_back({.name = std::string(header.name), .contents = std::string(header.source)});
    }
    for (EmittedFile& file : files) file.contents = with_names_of(program, std::move(file.contents));
    return files;
}

std::vector<EmittedFile> emit_c_project(const IntegerProgram& program, WeightStorage storage) {
    std::vector<EmittedFile> files = emit_c(program, storage);
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
