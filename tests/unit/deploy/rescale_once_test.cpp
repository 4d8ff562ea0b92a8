#include "rescale_cases.h"

#define TANDEM_HAS_SCALES
#define TANDEM_C_SOURCE "tandem/deploy/c/runtime/scales.h"
#include "c_source.h"

namespace tandem {
namespace {

TEST(RescaledInC, RoundsOnceAsTheEngineDoes) {
    expect_as_engine(MultiplierRounding::once,
                     [](std::int32_t sum, const tandem_factor& by) { return rescale_by(by, sum); });
}

} // namespace
} // namespace tandem
