#include "tandem/machine/bitserial/product.h"

#include <string_view>

#include <fmt/format.h>

namespace tandem::bitserial {

namespace {

std::optional<Infeasible> find_stripe_misfit(std::string_view side, std::int64_t stripe_bytes,
                                             std::int64_t buffer_bytes) {
    if (stripe_bytes > kMostStripeBytes) {
        return Infeasible{fmt::format("{} buffer: found a stripe of {} bytes, moves at most {} in one piece",
                                      side, stripe_bytes, kMostStripeBytes)};
    }
    if (kStripesInFlight * stripe_bytes > buffer_bytes) {
        return Infeasible{fmt::format("{} buffer: found {} stripes of {} bytes, holds {} bytes", side,
                                      kStripesInFlight, stripe_bytes, buffer_bytes)};
    }
    return std::nullopt;
}

} // namespace

Product product_of(const LayerWork& work, Left left) {
    using enum Dimension;
    const std::int64_t channels = work.extent(k);
    const std::int64_t pixels = work.extent(n) * work.extent(oy) * work.extent(ox);
    const std::int64_t window = work.extent(c) * work.extent(fy) * work.extent(fx);
    const bool has_weights_left = left == Left::weights;
    return {.m = has_weights_left ? channels : pixels,
            .k = window,
            .n = has_weights_left ? pixels : channels,
            .left_bits = has_weights_left ? work.weight_bits : work.input_bits,
            .right_bits = has_weights_left ? work.input_bits : work.weight_bits};
}

std::optional<Infeasible> find_misfit(const Product& product, const Description& machine) {
    const std::int64_t widest = std::max(product.left_bits, product.right_bits);
    if (widest > machine.array.maximum_bits) {
        return Infeasible{fmt::format("array: found {}-bit operands, multiplies up to {} bits", widest,
                                      machine.array.maximum_bits)};
    }
    if (auto left = find_stripe_misfit("left", left_stripe_bytes(product, machine.array),
                                       left_buffer_bytes(machine))) {
        return left;
    }
    return find_stripe_misfit("right", right_stripe_bytes(product, machine.array),
                              right_buffer_bytes(machine));
}

} // namespace tandem::bitserial
