// The published figures of the bit-serial arrays, and that their constants are those of the machine
// files.
#include <gtest/gtest.h>

#include "tandem/codesign/reproduction.h"
#include "tandem/machine/bitserial/bismo.h"
#include "tandem/machine/bitserial/bitserial.h"

namespace tandem {
namespace {

TEST(AnacongaModels, LieWithinTheirBars) {
    const Reproduction* reproduction = find_reproduction("anaconga-models");
    ASSERT_NE(reproduction, nullptr);
    const auto progress = make_progress(Verbosity::quiet);
    const auto figures = reproduction->reproduce({}, *progress);
    ASSERT_TRUE(figures.has_value());
    EXPECT_EQ(figures->size(), 4U * 3U + 3U * 2U);
    for (const ReproducedFigure& figure : *figures) {
        EXPECT_TRUE(figure.passes()) << figure.what << ": " << figure.ours << ", published "
                                     << figure.published;
    }
}

TEST(AnacongaModels, UseTheConstantsOfTheMachineFiles) {
    const auto shipped = [](const char* name) {
        return load_bitserial_description(std::string(TANDEM_SOURCE_DIR "/machines/bismo-") + name + ".yaml")
            .value();
    };
    EXPECT_EQ(shipped("8x8x256"), bitserial::bismo(8, 8, 256, 1024, 1024));
    EXPECT_EQ(shipped("8x16x64"), bitserial::bismo(8, 16, 64, 512, 256));
    EXPECT_EQ(shipped("4x32x64"), bitserial::bismo(4, 32, 64, 512, 256));
}

} // namespace
} // namespace tandem
