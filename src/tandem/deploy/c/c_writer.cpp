#include "tandem/deploy/c/c_writer.h"

#include <algorithm>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/deploy/c/buffer_plan.h"
#include "tandem/deploy/c/c_runtime.h"
#include "tandem/deploy/c/c_text.h"

namespace tandem {

namespace {

/// A layer of the program, with the index of its step and its parameters in C.
struct LayerFacts {
    std::size_t step = 0;
    const LayerStep* layer = nullptr;
    CLayerParameters parameters;
};

/// What the files need to know of a program, found once.
struct Facts {
    const IntegerProgram& program;
    BufferPlan buffers;
    std::vector<LayerFacts> layers;

    const IntegerTensor& input() const { return program.tensors[program.input]; }
    const IntegerTensor& output() const { return program.tensors[program.output]; }

    /// Of the largest window of a group; C has no empty arrays.
    std::int64_t patch_elements() const {
        std::int64_t largest = 1;
        for (const LayerFacts& facts : layers) {
            largest = std::max(largest, std::ssize(facts.layer->weights) / std::ssize(facts.layer->bias));
        }
        return largest;
    }

    Bytes parameter_bytes() const {
        Bits total(0);
        for (const LayerFacts& facts : layers) {
            total += Bits(std::ssize(facts.parameters.weights) * facts.parameters.weight_bits);
            total += Bits(std::ssize(facts.parameters.bias) * facts.parameters.bias_bits);
        }
        return bytes_holding(total);
    }
};

Facts find_facts(const IntegerProgram& program) {
    Facts facts{.program = program, .buffers = plan_buffers(program), .layers = {}};
    for (std::size_t step = 0; step < program.steps.size(); ++step) {
        if (const auto* layer = std::get_if<LayerStep>(&program.steps[step])) {
            facts.layers.push_back(
                {.step = step, .layer = layer, .parameters = c_layer_parameters(program, *layer)});
        }
    }
    return facts;
}

std::string file_comment(const Facts& facts, std::string_view purpose) {
    return fmt::format("/* {}: {}.\n   Written by Tandem; change the strategy, not this file. */\n",
                       comment_name(facts.program.name), purpose);
}

std::string emit_network_header(const Facts& facts) {
    const IntegerTensor& input = facts.input();
    const IntegerTensor& output = facts.output();
    return file_comment(facts, "the network's two functions and its sizes") +
           fmt::format(R"(#ifndef NETWORK_H
#define NETWORK_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {{
#endif

/* One sample in: {0}. */
#define NETWORK_INPUT_CHANNELS {1}
#define NETWORK_INPUT_ROWS {2}
#define NETWORK_INPUT_COLUMNS {3}
#define NETWORK_INPUT_ELEMENTS {4}
#define NETWORK_INPUT_FRACTION_BITS {5}
typedef {6} network_input;

/* One sample out: {7}. */
#define NETWORK_OUTPUT_ELEMENTS {8}
#define NETWORK_OUTPUT_FRACTION_BITS {9}

/* Memory: read-only parameters; static working memory, which is the arena of the tensors between
   steps and the patch, one window of the input. The caller owns input and output. */
#define NETWORK_PARAMETER_BYTES {10}
#define NETWORK_ARENA_BYTES {11}
#define NETWORK_PATCH_BYTES {12}

/* Turns a sample, ordered (channel, row, column), into the network's integers, ordered (row, column,
   channel): the nearest multiple of 2^-NETWORK_INPUT_FRACTION_BITS, ties to even, saturated; NaN
   becomes 0. */
void network_quantize_input(const float *sample, network_input *input);

/* Runs the network. An output integer i stands for i * 2^-NETWORK_OUTPUT_FRACTION_BITS; all outputs
   share that scale, so they compare as they are. Returns the index of the largest, the first of
   equals. Not reentrant: the working memory is static. */
int network_run(const network_input *input, int32_t *output);

#ifdef __cplusplus
}}
#endif

#endif
)",
                       tensor_comment(input), input.extents.channels, input.extents.rows,
                       input.extents.columns, input.extents.elements(), input.format.fraction_bits,
                       c_element_type(input.format), tensor_comment(output), output.extents.elements(),
                       output.format.fraction_bits, facts.parameter_bytes().value, facts.buffers.size.value,
                       facts.patch_elements() * 2);
}

/// The arena's comment and the names of its places.
std::string emit_arena(const Facts& facts) {
    std::string text =
        "/* The tensors between steps. A place is taken again once its tensor has been read for "
        "the last\n   time.\n\n       bytes            steps    tensor\n";
    for (const BufferPlace& place : facts.buffers.places) {
        text += fmt::format("     {:>7} - {:>7}  {:>3} - {:<3} {}\n", place.offset.value,
                            (place.offset + place.size).value - 1, place.first_step, place.last_step,
                            tensor_comment(facts.program.tensors[place.tensor]));
    }
    text += "*/\nstatic int16_t arena[NETWORK_ARENA_BYTES / 2];\n\n";
    for (const BufferPlace& place : facts.buffers.places) {
        text += fmt::format("#define TENSOR_{} (arena + {})\n", place.tensor, place.offset.value / 2);
    }
    return text;
}

std::string tensor_expression(const Facts& facts, TensorIndex tensor) {
    return tensor == facts.program.input ? "input" : fmt::format("TENSOR_{}", tensor);
}

/// "    tandem_run_add(&add_3, TENSOR_1, TENSOR_2, TENSOR_4);\n".
std::string emit_call(const Facts& facts, std::size_t index) {
    const Step& step = facts.program.steps[index];
    const std::string name = c_step_name(facts.program, index);
    const auto* layer = std::get_if<LayerStep>(&step);
    std::string arguments = "&" + name;
    for (const TensorIndex input : inputs_of(step)) arguments += ", " + tensor_expression(facts, input);
    if (layer != nullptr && !layer->residual) arguments += ", 0";
    arguments += ", " + tensor_expression(facts, output_of(step));
    if (layer != nullptr) arguments += ", patch";
    return fmt::format("    tandem_run_{}({});\n", name.substr(0, name.rfind('_')), arguments);
}

std::string emit_network_source(const Facts& facts) {
    const IntegerProgram& program = facts.program;
    std::string text = file_comment(facts, "its steps, their tables and their memory") +
                       "#include \"network.h\"\n\n#include \"kernels.h\"\n#include \"parameters.h\"\n\n" +
                       emit_arena(facts) +
                       fmt::format("\nstatic int16_t patch[NETWORK_PATCH_BYTES / 2];\n\n");
    for (std::size_t step = 0; step < program.steps.size(); ++step)
        text += c_step_table(program, step) + "\n";

    const NumberFormat& format = facts.input().format;
    text += fmt::format(R"(void network_quantize_input(const float *sample, network_input *input) {{
    static const tandem_range range = {{{}, {}}};
    const int32_t pixels = NETWORK_INPUT_ROWS * NETWORK_INPUT_COLUMNS;
    int32_t channel, pixel;
    for (channel = 0; channel < NETWORK_INPUT_CHANNELS; ++channel) {{
        for (pixel = 0; pixel < pixels; ++pixel) {{
            input[pixel * NETWORK_INPUT_CHANNELS + channel] =
                (network_input)tandem_quantize(sample[channel * pixels + pixel], 0x1p{:+}, range);
        }}
    }}
}}

int network_run(const network_input *input, int32_t *output) {{
    int32_t largest = 0;
    int32_t i;
)",
                        minimum_integer(format), maximum_integer(format), format.fraction_bits);
    for (std::size_t step = 0; step < program.steps.size(); ++step) text += emit_call(facts, step);
    text += fmt::format(R"(    for (i = 0; i < NETWORK_OUTPUT_ELEMENTS; ++i) {{
        output[i] = ((const {} *){})[i];
        if (output[i] > output[largest]) largest = i;
    }}
    return (int)largest;
}}
)",
                        c_element_type(facts.output().format), tensor_expression(facts, program.output));
    return text;
}

std::string emit_parameters_header(const Facts& facts) {
    std::string text = file_comment(facts, "weights and biases, layer by layer") +
                       "#ifndef NETWORK_PARAMETERS_H\n#define NETWORK_PARAMETERS_H\n\n#include <stdint.h>\n";
    for (const LayerFacts& layer : facts.layers) {
        const CLayerParameters& parameters = layer.parameters;
        text +=
            fmt::format("\n/* {} */\nextern const int{}_t network_weights_{}[{}];\n"
                        "extern const int{}_t network_bias_{}[{}];\n",
                        comment_name(layer.layer->layer), parameters.weight_bits, layer.step,
                        parameters.weights.size(), parameters.bias_bits, layer.step, parameters.bias.size());
    }
    return text + "\n#endif\n";
}

std::string emit_parameters_source(const Facts& facts) {
    std::string text =
        file_comment(facts, "weights (output channel, filter row, filter column, input channel) "
                            "and biases") +
        "#include \"parameters.h\"\n";
    for (const LayerFacts& facts_of_layer : facts.layers) {
        const LayerStep& layer = *facts_of_layer.layer;
        const CLayerParameters& parameters = facts_of_layer.parameters;
        text +=
            fmt::format("\n/* {}: weights {}; bias at {} fraction bits{} */\n", comment_name(layer.layer),
                        to_string(layer.weight_format),
                        layer.input_format.fraction_bits + layer.weight_format.fraction_bits,
                        parameters.input_offset == 0
                            ? ""
                            : fmt::format(", with {} times the sum of the weights", parameters.input_offset));
        text += fmt::format("const int{}_t network_weights_{}[{}] = {};\n", parameters.weight_bits,
                            facts_of_layer.step, parameters.weights.size(), c_array(parameters.weights));
        text += fmt::format("const int{}_t network_bias_{}[{}] = {};\n", parameters.bias_bits,
                            facts_of_layer.step, parameters.bias.size(), c_array(parameters.bias));
    }
    return text;
}

std::string emit_readme(const Facts& facts) {
    std::string text = fmt::format(R"(# {0} in C

A quantised network as plain C99. It needs no library, allocates nothing, and computes the same
integers on every machine.

| file | what is in it |
| --- | --- |
| `network.h` | the two functions and the sizes |
| `network.c` | the steps in order, their tables, the working memory |
| `kernels.h`, `kernels.c` | the arithmetic, the same for every network |
| `parameters.h`, `parameters.c` | weights and biases |

```c
#include "network.h"

static float sample[NETWORK_INPUT_ELEMENTS]; /* (channel, row, column) */
static network_input input[NETWORK_INPUT_ELEMENTS];
static int32_t output[NETWORK_OUTPUT_ELEMENTS];

network_quantize_input(sample, input);
int predicted_class = network_run(input, output);
```

Build: `cc -std=c99 -O2 -c kernels.c network.c parameters.c`. Right shifts of negative integers
must be arithmetic, as they are with every common compiler; `kernels.c` does not compile elsewhere.

| memory | bytes |
| --- | ---: |
| parameters (read only) | {1} |
| arena of the tensors between steps | {2} |
| patch (one window) | {3} |

An integer of a format such as `s8.5` (signed, 8 bits, 5 of them fraction) stands for itself times
2^-5; `u` is unsigned. Rounding is to nearest, ties to even; results saturate.

| step | inputs | output | weights | reads |
| --- | --- | --- | --- | --- |
)",
                                   comment_name(facts.program.name), facts.parameter_bytes().value,
                                   facts.buffers.size.value, facts.patch_elements() * 2);
    for (std::size_t index = 0; index < facts.program.steps.size(); ++index) {
        const Step& step = facts.program.steps[index];
        const auto* layer = std::get_if<LayerStep>(&step);
        std::string inputs;
        for (const TensorIndex input : inputs_of(step)) {
            inputs += (inputs.empty() ? "" : ", ") + tensor_comment(facts.program.tensors[input]);
        }
        text += fmt::format("| {} | {} | {} | {} | {} |\n",
                            layer == nullptr ? c_step_name(facts.program, index) : comment_name(layer->layer),
                            inputs, tensor_comment(facts.program.tensors[output_of(step)]),
                            layer == nullptr ? "" : to_string(layer->weight_format),
                            layer == nullptr ? "" : to_string(layer->input_format));
    }
    return text;
}

} // namespace

std::vector<EmittedFile> emit_c(const IntegerProgram& program) {
    TANDEM_CHECK(!program.steps.empty(), "a program that computes something");
    const Facts facts = find_facts(program);
    return {{.name = "README.md", .contents = emit_readme(facts)},
            {.name = "kernels.c", .contents = std::string(c_kernels_source())},
            {.name = "kernels.h", .contents = std::string(c_kernels_header())},
            {.name = "network.c", .contents = emit_network_source(facts)},
            {.name = "network.h", .contents = emit_network_header(facts)},
            {.name = "parameters.c", .contents = emit_parameters_source(facts)},
            {.name = "parameters.h", .contents = emit_parameters_header(facts)}};
}

} // namespace tandem
