// The engine's own kernels against the plain engine, as a program without oneDNN or a test library, so that
// it can be built for another processor and run under QEMU (arm_kernels.py). Says how many steps it compared;
// exits with 1 at the first that differs.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "random_program.h"
#include "random_rules.h"
#include "tandem/engine/binary_convolution.h"
#include "tandem/engine/fast_concat.h"
#include "tandem/engine/fast_pool.h"
#include "tandem/engine/fast_sum.h"
#include "tandem/engine/headroom.h"
#include "tandem/engine/integer_executor.h"

// What the engine's buffers ask of oneTBB, which has no cross build beside it either.
extern "C" void* scalable_aligned_malloc(std::size_t bytes, std::size_t alignment) {
    return std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
}
extern "C" void scalable_aligned_free(void* memory) { std::free(memory); }

namespace {

using namespace tandem;

constexpr std::int64_t kSamples = 2;

struct Compared {
    std::size_t pools = 0;
    std::size_t joined = 0;
    std::size_t sums = 0;
    std::size_t signs = 0;
};

void expect_equal(const IntegerValues& plain, const IntegerValues& fast, const char* what,
                  std::uint64_t seed) {
    if (plain == fast) return;
    std::fprintf(stderr, "portable_kernels: program %llu: %s differs from the plain engine\n",
                 static_cast<unsigned long long>(seed), what);
    std::exit(1);
}

/// Runs the kernel of one step, if there is one here.
struct Kernel {
    const IntegerProgram& program;
    const std::vector<IntegerValues>& tensors; ///< of the plain engine
    std::uint64_t seed;
    Compared& compared;

    IntegerValues output(TensorIndex tensor) const {
        return {program.tensors[tensor].format, tensors[tensor].size()};
    }
    void operator()(const MaxPoolStep& step) const {
        if (program.tensors[step.input].scale || step.requantization != ShiftRequantization{}) return;
        IntegerValues fast = output(step.output);
        execute_fast_pool(program, step, tensors[step.input], fast, kSamples);
        expect_equal(tensors[step.output], fast, "a maximum", seed);
        ++compared.pools;
    }
    void operator()(const AveragePoolStep& step) const {
        if (!takes_fast_pool(program, step)) return;
        IntegerValues fast = output(step.output);
        execute_fast_pool(program, step, tensors[step.input], fast, kSamples);
        expect_equal(tensors[step.output], fast, "a mean", seed);
        ++compared.pools;
    }
    void operator()(const ConcatStep& step) const {
        if (!takes_fast_concat(program, step)) return;
        std::vector<const IntegerValues*> inputs;
        for (const TensorIndex input : step.inputs) inputs.push_back(&tensors[input]);
        IntegerValues fast = output(step.output);
        execute_fast_concat(program, step, inputs, fast, kSamples);
        expect_equal(tensors[step.output], fast, "a joined tensor", seed);
        ++compared.joined;
    }
    void operator()(const RequantizeStep& step) const {
        if (program.tensors[step.input].scale ||
            step.requantization != Requantization(ShiftRequantization{})) {
            return;
        }
        const int shift = program.tensors[step.input].format.fraction_bits -
                          program.tensors[step.output].format.fraction_bits;
        const RoundedSum sum({.bias = {},
                              .shift = shift,
                              .clamp = step.clamp,
                              .largest = largest_intermediate(program, step)});
        IntegerValues fast = output(step.output);
        const Term term = term_of(tensors[step.input], 0, 0);
        sum.run_into(fast, 0, std::span(&term, 1), fast.size());
        expect_equal(tensors[step.output], fast, "a rounded sum", seed);
        ++compared.sums;
    }
    void operator()(const LayerStep&) const {}
    void operator()(const AddStep&) const {}
    void operator()(const FlattenStep&) const {}
    void operator()(const SelectStep&) const {}
};

void compare_steps(const IntegerProgram& program, Random& random, std::uint64_t seed, Compared& compared) {
    const IntegerValues input =
        random_values(random, program.tensors[program.input], kSamples, Spread::uniform);
    const auto tensors = execute_plain(program, input, kSamples);
    for (const Step& step : program.steps) std::visit(Kernel{program, tensors, seed, compared}, step);
}

std::int64_t between(Random& random, std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(most - least + 1)));
}

/// A layer of signs by signs that writes signs.
IntegerProgram signs_program(Random& random) {
    const NumberFormat signs{1, 0, Signedness::is_signed, Levels::bipolar};
    LayerStep step{.layer = "signs", .input = 0, .output = 1, .residual = {}, .window = {}};
    const Extents in{between(random, 1, 130), between(random, 3, 7), between(random, 3, 7)};
    step.window = {.kernel = {between(random, 1, 3), between(random, 1, 3)},
                   .strides = {between(random, 1, 2), between(random, 1, 2)},
                   .pads_begin = {between(random, 0, 1), between(random, 0, 1)},
                   .pads_end = {between(random, 0, 1), between(random, 0, 1)}};
    const auto places = [&](std::size_t axis, std::int64_t extent) {
        return (extent + step.window.pads_begin[axis] + step.window.pads_end[axis] -
                step.window.kernel[axis]) /
                   step.window.strides[axis] +
               1;
    };
    const Extents out{between(random, 1, 40), places(0, in.rows), places(1, in.columns)};
    step.input_format = step.weight_format = signs;
    const std::int64_t reads = step.window.kernel[0] * step.window.kernel[1] * in.channels;
    for (std::int64_t i = 0; i < out.channels * reads; ++i) {
        step.weights.push_back(random.below(2) == 0 ? std::int16_t{-1} : std::int16_t{1});
    }
    step.bias.assign(static_cast<std::size_t>(out.channels), 0);
    step.clamp = {.minimum = -1, .maximum = 1};
    const std::int64_t threshold = between(random, -9, 9);
    step.requantization = ThresholdRequantization{.lowest = -1, .thresholds = {{threshold, threshold}}};
    IntegerProgram program;
    program.name = "signs";
    program.tensors = {{"in", in, signs}, {"out", out, signs}};
    program.steps = {step};
    program.output = 1;
    return program;
}

void compare_signs(Random& random, std::uint64_t seed, Compared& compared) {
    const IntegerProgram program = signs_program(random);
    const auto& step = std::get<LayerStep>(program.steps[0]);
    const IntegerValues input = random_values(random, program.tensors[0], kSamples, Spread::uniform);
    const auto tensors = execute_plain(program, input, kSamples);
    const std::int64_t threshold = std::get<ThresholdRequantization>(step.requantization).thresholds[0][0];
    const std::vector<std::int32_t> least(step.bias.size(), static_cast<std::int32_t>(threshold));
    IntegerValues fast(program.tensors[1].format, tensors[1].size());
    BinaryConvolution(program, step)
        .run_signs(input.as<std::int8_t>(), kSamples, least, fast.as<std::int8_t>());
    expect_equal(tensors[1], fast, "a layer of signs", seed);
    ++compared.signs;
}

} // namespace

int main() {
    constexpr std::uint64_t kPrograms = 150;
    Compared compared;
    for (std::uint64_t seed = 0; seed < kPrograms; ++seed) {
        Random random = Random(1).fork("program", seed);
        const IntegerProgram program = random_program(random, /*steps=*/4, Spread::uniform);
        compare_steps(program, random, seed, compared);
        if (const auto scaled = with_random_scales(random, program)) {
            compare_steps(*scaled, random, seed, compared);
        }
        compare_signs(random, seed, compared);
    }
    std::printf("portable_kernels: %zu pools, %zu joined tensors, %zu sums, %zu layers of signs\n",
                compared.pools, compared.joined, compared.sums, compared.signs);
    return compared.pools > 0 && compared.joined > 0 && compared.sums > 0 && compared.signs > 0 ? 0 : 1;
}
