#include "tandem/data/pictures.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "archive_files.h"
#include "picture_files.h"
#include "tandem/data/image_archive.h"

namespace tandem {
namespace {

/// Each pixel another colour.
Picture colours(std::int64_t rows, std::int64_t columns) {
    Picture picture{.rows = rows, .columns = columns, .pixels = {}};
    for (std::int64_t i = 0; i < rows * columns * 3; ++i)
        picture.pixels.push_back(static_cast<std::uint8_t>(37 * i));
    return picture;
}

Picture grey(std::int64_t rows, std::int64_t columns, std::uint8_t level) {
    return {.rows = rows,
            .columns = columns,
            .pixels = std::vector<std::uint8_t>(static_cast<std::size_t>(rows * columns * 3), level)};
}

std::string refusal(const Result<Picture>& picture) {
    return picture ? "accepted" : to_string(picture.error());
}
std::string refusal(const Result<Dataset>& dataset) {
    return dataset ? "accepted" : to_string(dataset.error());
}

TEST(Pictures, PngIsExact) {
    const Picture picture = colours(3, 5);
    const Result<Picture> read = decode_png(png_of(picture), "a.png");
    ASSERT_TRUE(read) << to_string(read.error());
    EXPECT_EQ(*read, picture);
}

TEST(Pictures, JpegIsNear) {
    const Picture picture = grey(9, 17, 120);
    const Result<Picture> read = decode_jpeg(jpeg_of(picture), "a.jpg");
    ASSERT_TRUE(read) << to_string(read.error());
    ASSERT_EQ(read->rows, 9);
    ASSERT_EQ(read->columns, 17);
    for (const std::uint8_t level : read->pixels) EXPECT_LE(std::abs(int{level} - 120), 1);
}

TEST(Pictures, RefuseWhatIsDamaged) {
    const std::string png = png_of(colours(8, 8));
    const std::string jpeg = jpeg_of(colours(32, 32));
    EXPECT_NE(refusal(decode_png("", "a.png")), "accepted");
    EXPECT_NE(refusal(decode_png(png.substr(0, png.size() / 2), "a.png")), "accepted");
    EXPECT_NE(refusal(decode_jpeg("", "a.jpg")), "accepted");
    EXPECT_NE(refusal(decode_jpeg(jpeg.substr(0, jpeg.size() / 2), "a.jpg")), "accepted");
    EXPECT_NE(refusal(decode_jpeg(png, "a.jpg")), "accepted");
    EXPECT_TRUE(refusal(decode_jpeg(png, "a.jpg")).starts_with("a.jpg: found Not a JPEG file"));
}

TEST(Pictures, RefuseAbsurdSizesBeforeTakingMemory) {
    std::string jpeg = jpeg_of(colours(8, 8));
    const std::size_t frame = jpeg.find("\xFF\xC0"); // then length, precision, rows, columns
    ASSERT_NE(frame, std::string::npos);
    jpeg.replace(frame + 5, 4, "\xFF\xDC\xFF\xDC");
    EXPECT_EQ(refusal(decode_jpeg(jpeg, "a.jpg")),
              "a.jpg: found a picture of 65500x65500 pixels, expected 1 to 67108864 pixels");
}

TEST(ImageArchive, TakesClassesFromNumbers) {
    const std::string tar = tar_of({{"0002_cat.jpg", jpeg_of(grey(8, 8, 200))},
                                    {"0000_dog.JPEG", jpeg_of(grey(8, 8, 10))},
                                    {"readme.txt", "no picture"}});
    const Result<Dataset> dataset = parse_image_archive(tar, "a.tar");
    ASSERT_TRUE(dataset) << to_string(dataset.error());
    EXPECT_EQ(dataset->classes.size(), 3U); // 1 is a class without a picture
    EXPECT_EQ(dataset->test.labels, (std::vector<std::uint16_t>{0, 2}));
    EXPECT_EQ(dataset->test.elements(), 3 * 8 * 8);
    EXPECT_LE(std::abs(int{dataset->test.pixels.back()} - 200), 1);
    EXPECT_EQ(dataset->train.count(), 0);
}

TEST(ImageArchive, TakesClassesFromFolders) {
    const std::string one = jpeg_of(grey(8, 8, 10));
    const Result<Dataset> dataset =
        parse_image_archive(tar_of({{"set/dog/x.jpg", one}, {"set/cat/y.jpg", one}}), "a.tar");
    ASSERT_TRUE(dataset) << to_string(dataset.error());
    EXPECT_EQ(dataset->classes, (std::vector<std::string>{"cat", "dog"}));
    EXPECT_EQ(dataset->test.labels, (std::vector<std::uint16_t>{0, 1}));
}

TEST(ImageArchive, RefusesWhatIsNoSet) {
    const std::string one = jpeg_of(grey(8, 8, 10));
    EXPECT_EQ(refusal(parse_image_archive(tar_of({{"a.txt", "x"}}), "a.tar")),
              "a.tar: found no picture, expected files that end in .jpg or .jpeg");
    EXPECT_EQ(refusal(parse_image_archive(tar_of({{"a.jpg", one}}), "a.tar")),
              "a.tar: a.jpg: found no class in the name, expected a number below 65536 and an underscore, or "
              "a folder");
    EXPECT_EQ(refusal(parse_image_archive(tar_of({{"0_a.jpg", one}, {"0_b.jpg", jpeg_of(grey(8, 9, 10))}}),
                                          "a.tar")),
              "a.tar: 0_b.jpg: found 8x9 pixels, expected 8x8, as the first picture has");
    EXPECT_TRUE(
        refusal(parse_image_archive("neither", "a.tar")).ends_with("expected a tar file, plain, .gz or .xz"));
    EXPECT_EQ(refusal(load_image_archive("")), "imagenet-tar: found no file, expected imagenet-tar:FILE");
}

} // namespace
} // namespace tandem
