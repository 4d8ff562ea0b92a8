#include "tandem/deploy/c/c_network_source.h"

#include <fmt/format.h>

#include "tandem/deploy/c/c_documents.h"
#include "tandem/deploy/c/c_step_table.h"
#include "tandem/deploy/c/c_text.h"
#include "tandem/deploy/c/c_writer.h"
#include "tandem/machine/microcontroller/c_layer.h"

namespace tandem {

namespace {

/// "FAST_TENSOR_3", or the argument for the network's input.
std::string tensor_expression(const PointFacts& point, TensorIndex tensor) {
    return tensor == point.facts.program.input ? "input" : point.own_macro(fmt::format("TENSOR_{}", tensor));
}

std::string rows_expression(const PointFacts& point, std::size_t step) {
    return point.own_macro(fmt::format("ROWS_{}", step));
}

/// What lies where, a line each.
std::string places_comment(const PointFacts& point) {
    const CFacts& facts = point.facts;
    std::string text;
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
    return text;
}

std::string place_macros(const PointFacts& point) {
    std::string text;
    for (const BufferPlace& place : point.facts.buffers.places) {
        text += fmt::format("#define {} (arena + {})\n", tensor_expression(point, place.tensor),
                            place.offset.value / 2);
    }
    for (const RowBuffer& rows : point.facts.buffers.row_buffers) {
        text += fmt::format("#define {} (arena + {})\n", rows_expression(point, rows.step),
                            rows.offset.value / 2);
    }
    return text;
}

/// The arena's comment and the names of its places.
std::string emit_arena(const ImageFacts& image) {
    std::string text =
        "/* The tensors between steps. A place is taken again once its tensor has been read for "
        "the last\n   time, or while it is.\n\n       bytes            steps    tensor\n";
    for (const PointFacts& point : image.points) {
        if (image.has_choice()) text += fmt::format("   {}:\n", point.name);
        text += places_comment(point);
    }
    text += "*/\nstatic TANDEM_ALIGNED int16_t arena[TANDEM_NETWORK_ARENA_BYTES / 2];\n\n";
    for (const PointFacts& point : image.points) text += place_macros(point);
    return text;
}

/// The tables of all steps of a point.
std::string emit_tables(const PointFacts& point) {
    const CFacts& facts = point.facts;
    std::string text;
    for (std::size_t step = 0; step < facts.program.steps.size(); ++step) {
        const StepTableNames names{.table = point.step_name(step),
                                   .weights = facts.is_encoded(step) ? "(const void *)decoded"
                                                                     : point.weights_name(step),
                                   .bias = point.bias_name(step)};
        const RowBuffer* rows = facts.buffers.row_buffer(step);
        text += c_step_table(facts.program, step, names, rows == nullptr ? 0 : rows->kept_rows) + "\n";
    }
    return text;
}

/// "    tandem_run_add(&add_3, TENSOR_1, TENSOR_2, TENSOR_4);\n", and the trace of its output.
std::string emit_call(const PointFacts& point, std::size_t index) {
    const CFacts& facts = point.facts;
    const Step& step = facts.program.steps[index];
    const std::string name = point.step_name(index);
    const auto* layer = std::get_if<LayerStep>(&step);
    const bool is_depthwise = kernel_name(facts.program, step) == c_name(LayerKernel::depthwise);
    const bool has_patch = layer != nullptr && !is_depthwise;
    std::string arguments = "&" + name;
    for (const TensorIndex input : inputs_of(step)) arguments += ", " + tensor_expression(point, input);
    if (has_patch && !layer->residual) arguments += ", 0";
    const std::string output = tensor_expression(point, output_of(step));
    arguments += ", " + output;
    if (has_patch) arguments += ", patch";
    if (is_depthwise) {
        arguments +=
            ", " + (facts.buffers.row_buffer(index) != nullptr ? rows_expression(point, index) : "0");
    }
    const IntegerTensor& tensor = facts.program.tensors[output_of(step)];
    std::string decoding;
    if (facts.is_encoded(index)) {
        decoding = fmt::format("    tandem_decode_lz4({0}, sizeof {0}, decoded, sizeof decoded);\n",
                               point.weights_name(index));
    }
    const std::string trace = fmt::format("    TRACE({}, {}, {});\n", index, output,
                                          (element_size(tensor.format) * tensor.extents.elements()).value);
    if (const auto* concat = std::get_if<ConcatStep>(&step)) {
        std::string calls;
        for (std::size_t part = 0; part < concat->inputs.size(); ++part) {
            calls += fmt::format("    tandem_run_{}(&{}[{}], {}, {});\n", kernel_name(facts.program, step),
                                 name, part, tensor_expression(point, concat->inputs[part]), output);
        }
        return calls + trace;
    }
    return fmt::format("{}    tandem_run_{}({});\n{}", decoding, kernel_name(facts.program, step), arguments,
                       trace);
}

/// The body of a function that runs a point: its steps, and the copy of its output.
std::string emit_run(const PointFacts& point) {
    const IntegerProgram& program = point.facts.program;
    std::string text = "    int32_t i;\n";
    for (std::size_t step = 0; step < program.steps.size(); ++step) text += emit_call(point, step);
    return text + fmt::format("    for (i = 0; i < TANDEM_NETWORK_OUTPUT_ELEMENTS; ++i) {{\n"
                              "        output[i] = ((const tandem_network_output *){})[i];\n"
                              "    }}\n",
                              tensor_expression(point, program.output));
}

constexpr std::string_view kRunArguments =
    "(const tandem_network_input *input, tandem_network_output *output)";

/// The functions that run the network.
std::string emit_runs(const ImageFacts& image) {
    if (!image.has_choice()) {
        return fmt::format("void tandem_network_run{} {{\n{}}}\n", kRunArguments,
                           emit_run(image.points.front()));
    }
    std::string text;
    std::string cases;
    for (const PointFacts& point : image.points) {
        text +=
            fmt::format("static void {}{} {{\n{}}}\n\n", point.own("run"), kRunArguments, emit_run(point));
        cases +=
            fmt::format("    case {}: {}(input, output); break;\n", c_point(point.name), point.own("run"));
    }
    return text +
           fmt::format(
               R"(void tandem_network_run_at(tandem_network_point point, const tandem_network_input *input,
                           tandem_network_output *output) {{
    switch (point) {{
{}    }}
}}

void tandem_network_run{} {{
    tandem_network_run_at({}, input, output);
}}
)",
               cases, kRunArguments, c_point(image.points.front().name));
}

/// What works on integers and samples alone, whatever the point.
std::string emit_conversions(const CFacts& facts) {
    const NumberFormat& format = facts.input().format;
    const bool is_scaled = facts.input().scale.has_value();
    return fmt::format(R"(
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
                       minimum_integer(format), maximum_integer(format),
                       is_scaled ? "tandem_quantize_scaled" : "tandem_quantize",
                       is_scaled ? "TANDEM_NETWORK_INPUT_SCALE, TANDEM_NETWORK_INPUT_ZERO_POINT"
                                 : fmt::format("0x1p{:+}", format.fraction_bits));
}

} // namespace

std::string emit_network_source(const ImageFacts& image) {
    std::string text = file_comment(image, "its steps, their tables and their memory") +
                       "#include \"network.h\"\n\n" +
                       std::string(arithmetic_macros(c_arithmetic(image.first().program))) +
                       "#include \"kernels.h\"\n#include \"weights.h\"\n\n" + emit_arena(image) +
                       "\nstatic TANDEM_ALIGNED int16_t patch[TANDEM_NETWORK_PATCH_BYTES / 2];\n\n" +
                       (image.decoded_bytes() == Bytes(0)
                            ? ""
                            : "/* The weights of one layer, decoded. */\n"
                              "static TANDEM_ALIGNED uint8_t decoded[TANDEM_NETWORK_DECODED_BYTES];\n\n") +
                       "#ifdef TANDEM_TRACE\n"
                       "#define TRACE(step, tensor, bytes) tandem_network_trace(step, tensor, bytes)\n"
                       "#else\n#define TRACE(step, tensor, bytes) ((void)0)\n#endif\n\n";
    for (const PointFacts& point : image.points) text += emit_tables(point);
    return text + emit_runs(image) + emit_conversions(image.first());
}

} // namespace tandem
