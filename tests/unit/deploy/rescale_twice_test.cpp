#include "rescale_cases.h"

#define TANDEM_HAS_SCALES
#define TANDEM_ROUNDS_TWICE
#define TANDEM_C_SOURCE "tandem/deploy/c/runtime/scales.h"
#include "c_source.h"

namespace tandem {
namespace {

TEST(RescaledInC, RoundsTwiceAsTheEngineDoes) {
    expect_as_engine(MultiplierRounding::twice,
                     [](std::int32_t sum, const tandem_factor& by) { return rescale_by(by, sum); });
}

} // namespace
} // namespace tandem
