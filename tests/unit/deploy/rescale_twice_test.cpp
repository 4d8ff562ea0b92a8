#include "rescale_cases.h"

#define TANDEM_HAS_SCALES
#define TANDEM_ROUNDS_TWICE
extern "C" {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wconversion"
#include "tandem/deploy/c/runtime/scales.h"
#pragma GCC diagnostic pop
}

namespace tandem {
namespace {

TEST(RescaledInC, RoundsTwiceAsTheEngineDoes) {
    expect_as_engine(MultiplierRounding::twice, [](std::int32_t sum, const FixedPointMultiplier& by) {
        return rescale_by({by.multiplier, by.shift}, sum);
    });
}

} // namespace
} // namespace tandem
