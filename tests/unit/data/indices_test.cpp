#include <gtest/gtest.h>

#include "tandem/data/indices.h"

namespace tandem {
namespace {

std::string refusal(std::string_view text) {
    const auto indices = parse_indices(text, "list.txt", 100);
    return indices ? "" : to_string(indices.error());
}

TEST(Indices, AreReadInTheirOrder) {
    EXPECT_EQ(parse_indices(" 7\n0\t99\r\n7", "list.txt", 100).value(),
              (std::vector<std::int64_t>{7, 0, 99, 7}));
}

TEST(Indices, RefuseWhatIsNoSample) {
    EXPECT_EQ(refusal("1 2 100"), "list.txt: number 2: found 100, expected an image, 0 to 99");
    EXPECT_EQ(refusal("-1"), "list.txt: number 0: found -1, expected an image, 0 to 99");
    EXPECT_EQ(refusal("1 2x"), "list.txt: number 1: found 2x, expected an image, 0 to 99");
    EXPECT_EQ(refusal("99999999999999999999999"),
              "list.txt: number 0: found 99999999999999999999, expected an image, 0 to 99");
}

TEST(Indices, RefuseAnEmptyList) {
    EXPECT_EQ(refusal(" \n"), "list.txt: found no numbers, expected indices of test images");
}

} // namespace
} // namespace tandem
