// What an estimate of an image must keep, against the image that was linked.
#pragma once

#include <cmath>
#include <cstdlib>
#include <string_view>

#include <gtest/gtest.h>

#include "tandem/deploy/firmware/firmware.h"
#include "tandem/machine/image_cost.h"

namespace tandem {

inline void expect_estimate_of(const Image& image, const ImageCost& estimate, std::string_view name) {
    const ImageSize& size = image.size;
    EXPECT_EQ(estimate.weights, size.weights) << name;
    EXPECT_EQ(estimate.tables, size.tables) << name;
    EXPECT_EQ(estimate.arena, size.arena) << name;
    EXPECT_EQ(estimate.static_ram(), size.static_ram()) << name;
    const auto code = static_cast<double>((size.code + size.support).value);
    const auto estimated = static_cast<double>((estimate.code + estimate.support).value);
    EXPECT_LT(std::abs(estimated / code - 1.0), 0.02) << name << ": " << estimated << " for " << code;
    // Which registers a function keeps for its caller depends on how many steps it calls.
    EXPECT_LE(std::abs((estimate.stack - image.stack_bound).value), 64)
        << name << ": " << estimate.stack.value << " for " << image.stack_bound.value;
}

} // namespace tandem
