// The fast engine must equal the plain one bit for bit, on every tensor of every program. CTest runs
// this program once more for each instruction set the library's kernels are written for.

#include <limits>

#include <gtest/gtest.h>

#include "random_program.h"
#include "random_rules.h"
#include "tandem/engine/calibration.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/network/topologies/topologies.h"

namespace tandem {
namespace {

constexpr std::uint64_t kPrograms = 400;

void expect_equal(const IntegerProgram& program, const IntegerValues& input, std::int64_t samples,
                  KernelRules rules) {
    const std::vector<IntegerValues> plain = execute_plain(program, input, samples);
    const std::vector<IntegerValues> fast = execute_fast(FastProgram(program, rules), input, samples);
    for (const Step& step : program.steps) {
        const TensorIndex tensor = output_of(step);
        if (plain[tensor] == fast[tensor]) continue;
        std::size_t place = 0;
        while (plain[tensor][place] == fast[tensor][place]) ++place;
        FAIL() << program.tensors[tensor].name << ", step of kind " << step.index() << ", element " << place
               << " of " << plain[tensor].size() << ": plain " << plain[tensor][place] << ", fast "
               << fast[tensor][place];
    }
}

void compare_random_programs(Spread spread, KernelRules rules) {
    for (std::uint64_t i = 0; i < kPrograms; ++i) {
        SCOPED_TRACE("program " + std::to_string(i));
        Random random = Random(1).fork("program", i);
        const IntegerProgram program = random_program(random, /*steps=*/3, spread);
        // Fewer than a batch, a batch and a rest.
        const std::int64_t samples =
            random.below(4) == 0 ? 19 : 1 + static_cast<std::int64_t>(random.below(4));
        const IntegerValues input = random_values(random, program.tensors[program.input], samples, spread);
        expect_equal(program, input, samples, rules);
        if (testing::Test::HasFatalFailure()) return;
    }
}

TEST(FastEngine, EqualsThePlainOne) {
    compare_random_programs(Spread::uniform, KernelRules::of_this_processor);
}

TEST(FastEngine, EqualsThePlainOneAtTheEndsOfEveryRange) {
    compare_random_programs(Spread::extreme, KernelRules::of_this_processor);
}

TEST(FastEngine, EqualsThePlainOneWithTheDigitsOfAnyProcessor) {
    compare_random_programs(Spread::uniform, KernelRules::of_any_processor);
}

TEST(FastEngine, EqualsThePlainOneWithTheDigitsOfAnyProcessorAtTheEndsOfEveryRange) {
    compare_random_programs(Spread::extreme, KernelRules::of_any_processor);
}

TEST(FastEngine, EqualsThePlainOneWithEveryRounding) {
    for (std::uint64_t i = 0; i < kPrograms; ++i) {
        SCOPED_TRACE("program " + std::to_string(i));
        Random random = Random(2).fork("program", i);
        const Spread spread = i % 2 == 0 ? Spread::uniform : Spread::extreme;
        const IntegerProgram program =
            with_random_roundings(random, random_program(random, /*steps=*/3, spread));
        const IntegerValues input = random_values(random, program.tensors[program.input], 3, spread);
        expect_equal(program, input, 3, KernelRules::of_this_processor);
        if (testing::Test::HasFatalFailure()) return;
    }
}

TEST(FastEngine, EqualsThePlainOneWithScales) {
    std::uint64_t compared = 0;
    for (std::uint64_t i = 0; compared < kPrograms; ++i) {
        SCOPED_TRACE("program " + std::to_string(i));
        Random random = Random(3).fork("program", i);
        const Spread spread = i % 2 == 0 ? Spread::uniform : Spread::extreme;
        const auto program = with_random_scales(random, random_program(random, /*steps=*/3, spread));
        if (!program) continue;
        ++compared;
        const std::int64_t samples = random.below(4) == 0 ? 19 : 2;
        const IntegerValues input = random_values(random, program->tensors[program->input], samples, spread);
        expect_equal(*program, input, samples,
                     i % 3 == 0 ? KernelRules::of_any_processor : KernelRules::of_this_processor);
        if (testing::Test::HasFatalFailure()) return;
    }
}

TEST(FastEngine, QuantizesInputsAsThePlainOne) {
    for (std::uint64_t i = 0; i < kPrograms; ++i) {
        Random random = Random(4).fork("program", i);
        const IntegerProgram program = random_program(random, /*steps=*/1, Spread::uniform);
        const IntegerTensor& tensor = program.tensors[program.input];
        const double unit = value_of(tensor, 1);
        std::vector<float> samples(3 * static_cast<std::size_t>(tensor.extents.elements()));
        for (float& sample : samples) {
            // Ties, what is between, and what is out of range; and values that are no numbers.
            const double halves = static_cast<double>(random.below(1 << 18)) - (1 << 17);
            sample = static_cast<float>(halves / 2.0 * unit);
            if (random.below(4) == 0) sample = static_cast<float>(random.normal() * unit);
            if (random.below(64) == 0) sample = std::numeric_limits<float>::infinity();
            if (random.below(64) == 0) sample = std::numeric_limits<float>::quiet_NaN();
            if (random.below(64) == 0) sample = -std::numeric_limits<float>::max();
            if (random.below(64) == 0) sample = std::numeric_limits<float>::denorm_min();
        }
        ASSERT_EQ(quantize_input_fast(program, samples), quantize_input(program, samples))
            << to_string(tensor.format) << ", program " << i;
    }
}

TEST(FastEngine, RunsManySamplesPartByPart) {
    constexpr std::int64_t kSamples = 37;
    for (std::uint64_t i = 0; i < 40; ++i) {
        Random random = Random(5).fork("program", i);
        const IntegerProgram program = random_program(random, /*steps=*/3, Spread::uniform);
        const IntegerTensor& tensor = program.tensors[program.input];
        std::vector<float> samples(kSamples * static_cast<std::size_t>(tensor.extents.elements()));
        for (float& sample : samples)
            sample = static_cast<float>(random.normal() * value_of(tensor, 1) * 40.0);
        const auto plain = execute_plain(program, quantize_input(program, samples), kSamples);
        ASSERT_EQ(run_fast(FastProgram(program), samples, kSamples), plain[program.output])
            << "program " << i;
    }
}

/// A layer of signs on an image of signs, whose sums become signs, bytes or words.
IntegerProgram sign_program(Random& random) {
    const auto between = [&](std::int64_t least, std::int64_t most) {
        return least + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(most - least + 1)));
    };
    const NumberFormat signs{1, 0, Signedness::is_signed, Levels::bipolar};
    const Extents in{between(1, 150), between(1, 9), between(1, 9)};
    Window window;
    Extents out{between(1, 40), 1, 1};
    for (std::size_t axis = 0; axis < 2; ++axis) {
        std::int64_t& places = axis == 0 ? out.rows : out.columns;
        const std::int64_t extent = axis == 0 ? in.rows : in.columns;
        do {
            window.kernel[axis] = between(1, 3);
            window.strides[axis] = between(1, 2);
            window.dilations[axis] = between(1, 2);
            window.pads_begin[axis] = between(0, 3);
            window.pads_end[axis] = between(0, 3);
            const std::int64_t span = (window.kernel[axis] - 1) * window.dilations[axis] + 1;
            const std::int64_t padded = extent + window.pads_begin[axis] + window.pads_end[axis];
            places = padded < span ? 0 : (padded - span) / window.strides[axis] + 1;
        } while (places <= 0);
    }
    const std::uint64_t kind = random.below(3); // signs by a threshold a channel, a table, a shift
    const NumberFormat written =
        kind == 0 ? signs : NumberFormat{kind == 1 ? 3 : 12, -1, Signedness::is_signed};
    LayerStep step;
    step.layer = "signs";
    step.output = 1;
    step.window = window;
    step.input_format = step.weight_format = signs;
    const std::int64_t reads = window.kernel[0] * window.kernel[1] * in.channels;
    for (std::int64_t i = 0; i < out.channels * reads; ++i) {
        step.weights.push_back(random.below(2) == 0 ? std::int16_t{-1} : std::int16_t{1});
    }
    ThresholdRequantization table{.lowest = minimum_integer(written), .thresholds = {}};
    for (std::int64_t channel = 0; channel < out.channels; ++channel) {
        step.bias.push_back(between(-20, 20));
        const std::int64_t threshold = between(-10, 10);
        table.thresholds.push_back(kind == 0
                                       ? std::vector<std::int64_t>{threshold, threshold}
                                       : std::vector<std::int64_t>{threshold, threshold + 3, threshold + 9});
    }
    if (kind < 2) step.requantization = table;
    step.clamp = {minimum_integer(written), maximum_integer(written)};
    IntegerProgram program;
    program.tensors = {{"input", in, signs}, {"output", out, written}};
    program.steps = {step};
    program.output = 1;
    return program;
}

TEST(FastEngine, CountsSigns) {
    for (std::uint64_t i = 0; i < kPrograms; ++i) {
        SCOPED_TRACE("program " + std::to_string(i));
        Random random = Random(6).fork("program", i);
        const IntegerProgram program = sign_program(random);
        const std::int64_t samples = random.below(4) == 0 ? 17 : 1;
        IntegerValues input(program.tensors[0].format,
                            static_cast<std::size_t>(samples * program.tensors[0].extents.elements()));
        for (std::size_t k = 0; k < input.size(); ++k) input.set(k, random.below(2) == 0 ? -1 : 1);
        expect_equal(program, input, samples, KernelRules::of_this_processor);
        if (testing::Test::HasFatalFailure()) return;
    }
}

/// What a layer of long sums is made of.
struct LongSum {
    Window window;
    Extents output;
    int bits;
    Signedness signedness; ///< of the input
    bool is_negative;      ///< all weights and signed inputs near the lower end of their formats
};

constexpr std::int64_t kLongSumInputs = 256;

/// An integer at an end of a format, or next to it.
std::int32_t near_end(Random& random, const NumberFormat& format, bool is_negative) {
    const auto off = static_cast<std::int32_t>(random.below(2));
    return is_negative ? minimum_integer(format) + off : maximum_integer(format) - off;
}

/// A layer whose every product is close to the largest; the bias brings the sums of whole windows
/// back, so that their lowest bits show in the output.
IntegerProgram long_sum_program(Random& random, const LongSum& what) {
    IntegerProgram program;
    const NumberFormat input{what.bits, 0, what.signedness};
    // Whole windows differ by about 2^13 (8 bits) and 2^21 (16 bits).
    const NumberFormat output{16, what.bits == 8 ? 0 : -7, Signedness::is_signed};
    program.tensors = {{"input", {kLongSumInputs, 7, 7}, input}, {"output", what.output, output}};
    LayerStep step;
    step.layer = "long";
    step.output = 1;
    step.window = what.window;
    step.input_format = input;
    step.weight_format = {what.bits, 0, Signedness::is_signed};
    const std::int64_t end = what.is_negative ? minimum_integer(input) : maximum_integer(input);
    for (std::int64_t channel = 0; channel < what.output.channels; ++channel) {
        std::int64_t sum = 0;
        for (std::int64_t i = 0; i < 9 * kLongSumInputs; ++i) {
            step.weights.push_back(
                static_cast<std::int16_t>(near_end(random, step.weight_format, what.is_negative)));
            sum += step.weights.back();
        }
        // Inputs are `end` or next to it.
        step.bias.push_back(-sum * end + (what.is_negative ? -sum : sum) / 2);
    }
    step.clamp = {minimum_integer(output), maximum_integer(output)};
    program.steps = {step};
    program.output = 1;
    return program;
}

// Sums beyond 2^24, which kernels that pass through a float round; sums beyond 2^31; 16-bit weights
// whose upper byte would be 128.
TEST(FastEngine, SumsMoreThanAFloatHolds) {
    const Window square{.kernel = {3, 3}, .pads_begin = {1, 1}, .pads_end = {1, 1}};
    Window dilated{.kernel = {3, 3}, .strides = {2, 2}, .dilations = {2, 2}};
    dilated.pads_begin = dilated.pads_end = {2, 2};
    const std::vector<std::pair<Window, Extents>> shapes{{square, {16, 7, 7}}, {dilated, {16, 4, 4}}};
    // Unsigned inputs have their large products at the upper end alone.
    const std::vector<std::pair<Signedness, bool>> ends{
        {Signedness::is_unsigned, false}, {Signedness::is_signed, false}, {Signedness::is_signed, true}};
    for (const auto& [window, output] : shapes) {
        for (const auto& [signedness, is_negative] : ends) {
            for (const int bits : {8, 16}) {
                Random random(7);
                const IntegerProgram program =
                    long_sum_program(random, {window, output, bits, signedness, is_negative});
                const IntegerTensor& tensor = program.tensors[0];
                SCOPED_TRACE("dilation " + std::to_string(window.dilations[0]) + ", input " +
                             to_string(tensor.format) + (is_negative ? ", lower end" : ", upper end"));
                IntegerValues input(tensor.format, 2 * static_cast<std::size_t>(tensor.extents.elements()));
                for (std::size_t i = 0; i < input.size(); ++i) {
                    input.set(i, near_end(random, tensor.format, is_negative));
                }
                expect_equal(program, input, 2, KernelRules::of_this_processor);
                expect_equal(program, input, 2, KernelRules::of_any_processor);
            }
        }
    }
}

TEST(FastEngine, EqualsThePlainOneOnResNet8) {
    constexpr std::int64_t kPixels = 28 * 28;
    const std::vector<int> widths{2, 4, 6, 8, 16};
    const Network network = prepare_for_deployment(
        find_topology("resnet8")->build({.input_shape = {kBatch, 1, 28, 28}, .classes = 10, .seed = 1}));
    Random random(1);
    std::vector<float> images(4 * kPixels);
    for (float& pixel : images) pixel = static_cast<float>(random.uniform());
    const Calibration calibration = calibrate(network, images, widths).value();
    for (int i = 0; i < 3; ++i) {
        SCOPED_TRACE("strategy " + std::to_string(i));
        Strategy strategy = uniform_strategy(network, 16, 16);
        for (auto& layer : strategy.layers) {
            if (i == 0) break; // all 16 bits
            layer.weight_bits = widths[random.below(widths.size())];
            layer.activation_bits = widths[random.below(widths.size())];
        }
        const IntegerProgram program =
            lower_to_integers(network, apply_calibration(strategy, network, calibration)).value();
        const IntegerValues input = quantize_input(program, std::span(images).first(kPixels));
        expect_equal(program, input, 1, KernelRules::of_this_processor);
        expect_equal(program, input, 1, KernelRules::of_any_processor);
    }
}

TEST(FastEngine, ComputesNothingForNoSamples) {
    Random random(3);
    const IntegerProgram program = random_program(random, 3, Spread::uniform);
    const IntegerValues none(program.tensors[program.input].format, 0);
    const std::vector<IntegerValues> tensors = execute_fast(FastProgram(program), none, 0);
    EXPECT_EQ(tensors[program.output].size(), 0U);
}

} // namespace
} // namespace tandem
