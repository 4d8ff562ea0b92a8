// Random programs with scales, all of whose steps apply them alike.
#pragma once

#include <cmath>
#include <optional>
#include <vector>

#include "differential/random_rules.h"
#include "random_program.h"
#include "tandem/deploy/c/c_writer.h"
#include "typical_program.h"

namespace tandem {

/// A drawn program that generated C computes, with scales; none where no draw was one.
template <class Draw> std::optional<IntegerProgram>
with_emittable_scales(Random& random, ScaleArithmetic arithmetic, const Draw& draw) {
    for (int attempt = 0; attempt < 200; ++attempt) {
        const IntegerProgram drawn = draw(random.below(1'000'000));
        std::optional<IntegerProgram> program = with_random_scales(random, drawn, arithmetic);
        if (program && check_emittable_in_c(*program)) return program;
    }
    return std::nullopt;
}

/// One of `steps` steps.
inline std::optional<IntegerProgram> scaled_program(Random& random, ScaleArithmetic arithmetic, int steps) {
    return with_emittable_scales(random, arithmetic,
                                 [&](std::uint64_t seed) { return RandomProgram(seed).draw(steps); });
}

/// A small network of the usual kinds.
inline std::optional<IntegerProgram> scaled_typical_program(Random& random, ScaleArithmetic arithmetic) {
    return with_emittable_scales(random, arithmetic,
                                 [](std::uint64_t seed) { return TypicalProgram(seed).draw(); });
}

/// Values around every integer of the input, ties among them, and beyond both ends.
inline std::vector<float> scaled_samples(Random& random, const IntegerTensor& input, std::int64_t count) {
    const double reach = 1.2 * (maximum_integer(input.format) - minimum_integer(input.format) + 1);
    std::vector<float> values(static_cast<std::size_t>(count * input.extents.elements()));
    for (float& value : values) {
        double steps = (random.uniform() - 0.5) * 2.0 * reach;
        if (random.below(2) == 0) steps = std::floor(steps) + 0.5;
        value = static_cast<float>(steps * static_cast<double>(input.scale->scale));
    }
    return values;
}

} // namespace tandem
