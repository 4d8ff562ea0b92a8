#include "tandem/data/cifar10.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <numeric>

#include <gtest/gtest.h>

#include "../../shared_data.h"
#include "tandem/core/files.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

/// A record whose pixels are all `pixel`, but for the first of the green plane.
std::string record(char label, char pixel) {
    std::string bytes(3073, pixel);
    bytes[0] = label;
    bytes[1 + 1024] = 'g';
    return bytes;
}

TEST(Cifar10, ReadsPlanesInOrder) {
    const Result<Images> images = parse_cifar10(record(3, 'a') + record(9, 'b'), "batch");
    ASSERT_TRUE(images) << to_string(images.error());
    EXPECT_EQ(images->count(), 2);
    EXPECT_EQ(images->labels, (std::vector<std::uint16_t>{3, 9}));
    EXPECT_EQ(images->pixels[1024], 'g');
    EXPECT_EQ(images->pixels[3072], 'b');
}

TEST(Cifar10, RefusesInOneLine) {
    const auto refusal = [](std::string bytes) {
        return to_string(parse_cifar10(std::move(bytes), "batch").error());
    };
    EXPECT_EQ(refusal(record(3, 'a').substr(1)),
              "batch: found 3072 bytes, expected 1 to 10000 records of 3073 bytes");
    EXPECT_EQ(refusal(record(3, 'a') + record(10, 'b')), "batch: record 1: found label 10, expected 0 to 9");
    EXPECT_EQ(to_string(load_cifar10("/no/such/folder").error()),
              "/no/such/folder: found no such folder, expected a folder with " + std::string(kCifar10Remedy));
}

TEST(Cifar10, WantsATestBatchAndATrainingBatch) {
    const TemporaryDirectory folder = TemporaryDirectory::create().value();
    const std::string place = folder.path().string();
    EXPECT_EQ(to_string(load_cifar10(place).error()),
              place + "/data_batch_1.bin: found no such file, nor one with .gz or .xz, expected " +
                  std::string(kCifar10Remedy) + "\n" + place +
                  "/test_batch.bin: found no such file, nor one with .gz or .xz, expected " +
                  std::string(kCifar10Remedy));
    ASSERT_TRUE(write_file(folder.path() / "test_batch.bin", record(1, 'a'), Existing::refuse));
    ASSERT_TRUE(
        write_file(folder.path() / "data_batch_3.bin", record(2, 'b') + record(4, 'c'), Existing::refuse));
    const Result<Dataset> dataset = load_cifar10(place);
    ASSERT_TRUE(dataset) << to_string(dataset.error());
    EXPECT_EQ(dataset->train.count(), 2);
    EXPECT_EQ(dataset->test.count(), 1);
}

TEST(Cifar10, ReadsTheRealTestBatch) {
    const fs::path folder = shared_data() / "cifar10";
    if (!fs::is_directory(folder))
        GTEST_SKIP() << "no CIFAR-10: set TANDEM_SHARED_DATA to the folder that holds it";
    const Result<Dataset> dataset = load_cifar10(folder.string());
    ASSERT_TRUE(dataset) << to_string(dataset.error());
    EXPECT_EQ(dataset->test.count(), 10000);
    for (std::uint16_t label = 0; label < 10; ++label) {
        EXPECT_EQ(std::count(dataset->test.labels.begin(), dataset->test.labels.end(), label), 1000);
    }
}

TEST(Normalization, ScalesThenSubtractsThenDivides) {
    const Images images{.channels = 2,
                        .rows = 1,
                        .columns = 1,
                        .pixels = {10, 20},
                        .labels = {0},
                        .normalization = {.scale = 0.1F, .mean = {0.5F, 1.0F}, .deviation = {0.25F}}};
    const std::vector<float> values = to_floats(images, std::vector<std::int64_t>{0});
    ASSERT_EQ(values.size(), 2U);
    EXPECT_FLOAT_EQ(values[0], (1.0F - 0.5F) / 0.25F);
    EXPECT_FLOAT_EQ(values[1], (2.0F - 1.0F) / 0.25F);
}

} // namespace
} // namespace tandem
