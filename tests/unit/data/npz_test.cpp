#include "tandem/data/npz.h"

#include <gtest/gtest.h>

#include "archive_files.h"
#include "tandem/data/npy.h"

namespace tandem {
namespace {

std::string array(std::vector<std::int64_t> shape, std::vector<float> values) {
    return emit_npy({.shape = std::move(shape), .values = std::move(values)});
}

using Arrays = std::map<std::string, std::string>;

Arrays two_images() {
    return {{"images.npy", array({2, 1, 2, 2}, {0, 1, 2, 3, 252, 253, 254, 255})},
            {"labels.npy", array({2}, {2, 0})}};
}

std::string refusal(const Arrays& arrays) {
    const Result<Dataset> dataset = parse_npz(zip_of(arrays), "a.npz");
    return dataset ? "accepted" : to_string(dataset.error());
}

TEST(Npz, HoldsTestImagesAndLabels) {
    const Result<Dataset> dataset = parse_npz(zip_of(two_images()), "a.npz");
    ASSERT_TRUE(dataset) << to_string(dataset.error());
    EXPECT_EQ(dataset->classes.size(), 3U);
    EXPECT_EQ(dataset->test.pixels, (std::vector<std::uint8_t>{0, 1, 2, 3, 252, 253, 254, 255}));
    EXPECT_EQ(dataset->test.labels, (std::vector<std::uint16_t>{2, 0}));
    EXPECT_EQ(dataset->test.rows, 2);
    EXPECT_EQ(dataset->train.count(), 0);
    EXPECT_FALSE(split_dataset(*dataset, 10, 10).has_value()) << "nothing to split";
}

TEST(Npz, HoldsTrainingImagesToo) {
    Arrays arrays = two_images();
    arrays["train_images.npy"] = array({3, 2, 2}, std::vector<float>(12, 7.0F));
    arrays["train_labels.npy"] = array({3}, {0, 1, 4});
    const Result<Dataset> dataset = parse_npz(zip_of(arrays), "a.npz");
    ASSERT_TRUE(dataset) << to_string(dataset.error());
    EXPECT_EQ(dataset->classes.size(), 5U);
    EXPECT_EQ(dataset->train.count(), 3);
    arrays["train_images.npy"] = array({3, 2, 1}, std::vector<float>(6, 7.0F));
    EXPECT_EQ(refusal(arrays), "a.npz: train_images: found images of another shape, expected that of images");
    arrays.erase("train_labels.npy");
    EXPECT_EQ(refusal(arrays), "a.npz: train_labels: found no such array, expected one");
}

TEST(Npz, RefusesOtherShapesAndValues) {
    EXPECT_EQ(refusal({}), "a.npz: images: found no such array, expected one\n"
                           "a.npz: labels: found no such array, expected one");
    Arrays arrays = two_images();
    arrays["images.npy"] = array({2, 4}, std::vector<float>(8));
    EXPECT_EQ(refusal(arrays),
              "a.npz: images: found shape 2x4, expected images, rows, columns; or images, channels, "
              "rows, columns");
    arrays["images.npy"] = array({2, 2, 2}, {0, 0, 0, 0, 0, 0, 0, 0.5F});
    EXPECT_EQ(refusal(arrays), "a.npz: images: found other values, expected whole numbers 0 to 255");
    arrays = two_images();
    arrays["labels.npy"] = array({2, 1}, {0, 0});
    EXPECT_EQ(refusal(arrays), "a.npz: labels: found shape 2x1, expected 2, one an image");
    arrays["labels.npy"] = array({2}, {0, -1});
    EXPECT_EQ(refusal(arrays), "a.npz: labels: found other values, expected whole numbers 0 to 65535");
    EXPECT_NE(to_string(parse_npz("no zip", "a.npz").error()).find("expected a zip file"), std::string::npos);
    EXPECT_EQ(to_string(load_npz("").error()), "npz: found no file, expected npz:FILE");
}

} // namespace
} // namespace tandem
