#include "tandem/codesign/design_record.h"

#include <gtest/gtest.h>

#include "tandem/core/check.h"

namespace tandem {
namespace {

TEST(ConfusionMatrix, CountsLabelsByRowAndPredictionsByColumn) {
    // Three classes; the largest output of each row is the prediction: 0, 2, 2, 1.
    const std::vector<std::int32_t> outputs{9, 1, 2, 0, 1, 5, -3, -2, -1, 4, 7, 7};
    const std::vector<std::int32_t> labels{0, 2, 1, 1};
    EXPECT_EQ(confusion_matrix(outputs, labels), (std::vector<std::int64_t>{1, 0, 0, 0, 1, 1, 0, 0, 1}));
}

TEST(ConfusionMatrix, IsEmptyWithoutSamplesAndRefusesALabelThatIsNoClass) {
    EXPECT_TRUE(confusion_matrix({}, {}).empty());
    const std::vector<std::int32_t> outputs{1, 2};
    EXPECT_THROW(static_cast<void>(confusion_matrix(outputs, std::vector<std::int32_t>{2})), InternalError);
}

} // namespace
} // namespace tandem
