#include "tandem/deploy/c/c_documents.h"

#include <fmt/format.h>

#include "tandem/deploy/c/c_text.h"

namespace tandem {

namespace {

/// "INPUT_FRACTION_BITS 5", or the scale and the zero point. `ending` is that of the macros: "_FAST".
std::string unit_macros(const IntegerTensor& tensor, std::string_view which, std::string_view ending = "") {
    if (!tensor.scale) {
        return fmt::format("#define TANDEM_NETWORK_{}_FRACTION_BITS{} {}\n", which, ending,
                           tensor.format.fraction_bits);
    }
    return fmt::format(
        "#define TANDEM_NETWORK_{0}_SCALE{1} {2:a}f\n#define TANDEM_NETWORK_{0}_ZERO_POINT{1} {3}\n", which,
        ending, tensor.scale->scale, tensor.scale->zero_point);
}

/// What an integer of the tensor stands for, in words of those macros.
std::string meaning_of(const IntegerTensor& tensor, std::string_view which, std::string_view ending = "") {
    if (!tensor.scale) return fmt::format("i * 2^-TANDEM_NETWORK_{}_FRACTION_BITS{}", which, ending);
    return fmt::format("(i - TANDEM_NETWORK_{0}_ZERO_POINT{1}) * TANDEM_NETWORK_{0}_SCALE{1}", which, ending);
}

/// Of several points each has its own unit of the output.
std::string output_macros(const ImageFacts& image) {
    if (!image.has_choice()) return unit_macros(image.first().output(), "OUTPUT");
    std::string text;
    for (const PointFacts& point : image.points) {
        text += unit_macros(point.facts.output(), "OUTPUT", "_" + c_macro(point.name));
    }
    return text;
}

constexpr std::string_view kShiftedNumbers =
    "An integer of a format such as `s8.5` (signed, 8 bits, 5 of them fraction) stands for itself times\n"
    "2^-5; `u` is unsigned. Rounding is to nearest, ties to even; results saturate.";
constexpr std::string_view kScaledNumbers = "An integer of `s8` (signed, 8 bits; `u` is unsigned) stands for "
                                            "its distance from the tensor's zero point\n"
                                            "in steps of the tensor's scale. Results saturate.";

/// What network.h says of a choice between operating points; nothing where there is none.
std::string declare_points(const ImageFacts& image) {
    if (!image.has_choice()) return "";
    std::string names;
    for (const PointFacts& point : image.points) {
        names += fmt::format("{}\n    {}", names.empty() ? "" : ",", c_point(point.name));
    }
    return fmt::format(R"(
/* The operating points: networks for one task, which take the same integers in and give as many out.
   tandem_network_run runs the first. They share the working memory, the kernels and equal parameters. */
typedef enum {{{}
}} tandem_network_point;
#define TANDEM_NETWORK_POINTS {}

void tandem_network_run_at(tandem_network_point point, const tandem_network_input *input,
                           tandem_network_output *output);
)",
                       names, image.points.size());
}

/// The table of a point's steps.
std::string step_rows(const CFacts& facts) {
    std::string text;
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

/// How README.md tells of the choice.
std::string explain_points(const ImageFacts& image) {
    if (!image.has_choice()) return "";
    std::string names;
    for (const PointFacts& point : image.points) {
        names += fmt::format("{}`{}`", names.empty() ? "" : ", ", c_point(point.name));
    }
    return fmt::format(
        "\nAt run time the application chooses an operating point with `tandem_network_run_at(point, "
        "input, output)`:\n{}.\n",
        names);
}

} // namespace

std::string file_comment(const ImageFacts& image, std::string_view purpose) {
    return fmt::format("/* {}: {}.\n   Written by Tandem; change the strategy, not this file. */\n",
                       comment_name(image.first().program.name), purpose);
}

std::string emit_network_header(const ImageFacts& image) {
    const IntegerTensor& input = image.first().input();
    const IntegerTensor& output = image.first().output();
    return file_comment(image, "the network's functions and its sizes") +
           fmt::format(
               R"(#ifndef TANDEM_NETWORK_H
#define TANDEM_NETWORK_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {{
#endif

/* One sample in: {0}. */
#define TANDEM_NETWORK_INPUT_CHANNELS {1}
#define TANDEM_NETWORK_INPUT_ROWS {2}
#define TANDEM_NETWORK_INPUT_COLUMNS {3}
#define TANDEM_NETWORK_INPUT_ELEMENTS {4}
{5}typedef {6} tandem_network_input;

/* One sample out: {7}. */
#define TANDEM_NETWORK_OUTPUT_ELEMENTS {8}
{9}typedef {10} tandem_network_output;

/* Memory: read-only parameters; static working memory, which is the arena of the tensors between
   steps, the patch, a few windows of an input, and the weights of one layer where they are decoded. The
   caller owns input and output. */
#define TANDEM_NETWORK_PARAMETER_BYTES {11}
#define TANDEM_NETWORK_ARENA_BYTES {12}
#define TANDEM_NETWORK_PATCH_BYTES {13}
#define TANDEM_NETWORK_DECODED_BYTES {14}

/* Runs the network on integers in the order (row, column, channel). An output integer i stands for
   {15}. Not reentrant: the working memory is static. */
void tandem_network_run(const tandem_network_input *input, tandem_network_output *output);
{17}
/* The predicted class: the index of the largest output, the first of equals. */
int tandem_network_class(const tandem_network_output *output);

/* Turns a float sample, ordered (channel, row, column), into the network's integers: the nearest
   {16}, ties to even, saturated; NaN becomes 0. Left out of
   code compiled with TANDEM_INTEGER_INPUT, for those who bring integers. */
void tandem_network_quantize_input(const float *sample, tandem_network_input *input);

/* Compiled with TANDEM_TRACE, the network tells of each step's output; whoever asks for it defines this. */
void tandem_network_trace(int step, const void *tensor, int32_t bytes);

#ifdef __cplusplus
}}
#endif

#endif
)",
               tensor_comment(input), input.extents.channels, input.extents.rows, input.extents.columns,
               input.extents.elements(), unit_macros(input, "INPUT"), c_element_type(input.format),
               image.has_choice() ? fmt::format("{} integers", output.extents.elements())
                                  : tensor_comment(output),
               output.extents.elements(), output_macros(image), c_element_type(output.format),
               image.parameter_bytes().value, image.arena_bytes().value, image.patch_bytes().value,
               image.decoded_bytes().value,
               meaning_of(output, "OUTPUT", image.has_choice() ? "_<point>" : ""),
               input.scale ? meaning_of(input, "INPUT") : "multiple of 2^-TANDEM_NETWORK_INPUT_FRACTION_BITS",
               declare_points(image));
}

std::string emit_readme(const ImageFacts& image) {
    const bool is_scaled = image.first().input().scale.has_value();
    std::string text =
        fmt::format(R"(# {0} in C

A quantised network as plain C99. It needs no library, allocates nothing, and computes the same
integers on every machine.

| file | what is in it |
| --- | --- |
| `network.h` | the functions and the sizes |
| `network.c` | the steps in order, their tables, the working memory |
| `kernels.c`, `kernels.h`, `kernel_support.h`, `byte_patch.h`, `pool.h`, `quads.h`, `scales.h` | the arithmetic that this network needs |
| `weights.h`, `weights.c` | weights and biases |

```c
#include "network.h"

static float sample[TANDEM_NETWORK_INPUT_ELEMENTS]; /* (channel, row, column) */
static tandem_network_input input[TANDEM_NETWORK_INPUT_ELEMENTS];
static tandem_network_output output[TANDEM_NETWORK_OUTPUT_ELEMENTS];

tandem_network_quantize_input(sample, input);
tandem_network_run(input, output);
int predicted_class = tandem_network_class(output);
```
{7}
Build: `cc -std=c99 -O2 -c kernels.c network.c weights.c`{5}. Right shifts of negative integers
must be arithmetic, as they are with every common compiler; `kernels.c` does not compile elsewhere.

| memory | bytes |
| --- | ---: |
| parameters (read only) | {1} |
| arena of the tensors between steps | {2} |
| patch (windows being read) | {3} |
| decoded weights of one layer | {4} |

{6}
)",
                    comment_name(image.first().program.name), image.parameter_bytes().value,
                    image.arena_bytes().value, image.patch_bytes().value, image.decoded_bytes().value,
                    is_scaled ? " (elsewhere than in ISO mode with `-ffp-contract=off`)" : "",
                    is_scaled ? kScaledNumbers : kShiftedNumbers, explain_points(image));
    for (const PointFacts& point : image.points) {
        if (image.has_choice()) text += fmt::format("\n## {}\n", c_point(point.name));
        text += "\n| step | inputs | output | weights | reads |\n| --- | --- | --- | --- | --- |\n" +
                step_rows(point.facts);
    }
    return text;
}

} // namespace tandem
