#include "tandem/data/idx.h"

#include <gtest/gtest.h>

#include "idx_files.h"
#include "tandem/core/files.h"

namespace tandem {
namespace {

using testing::gzip;
using testing::idx_bytes;

/// The one line that parsing these bytes ends in.
std::string error_of(std::string_view bytes) {
    const Result<IdxArray> array = parse_idx(bytes, "images");
    return array ? "no error" : to_string(array.error());
}

const std::string kSix = idx_bytes({2, 3}, "abcdef");

TEST(Idx, ReadsExtentsAndValuesInOrder) {
    const Result<IdxArray> array = parse_idx(kSix, "images");
    ASSERT_TRUE(array);
    EXPECT_EQ(array->shape, (std::vector<std::int64_t>{2, 3}));
    EXPECT_EQ(array->values, (std::vector<std::uint8_t>{'a', 'b', 'c', 'd', 'e', 'f'}));
}

TEST(Idx, ReadsGzippedBytesLikePlainOnes) {
    const Result<IdxArray> array = parse_idx(gzip(kSix), "images");
    ASSERT_TRUE(array) << to_string(array.error());
    EXPECT_EQ(array->values, parse_idx(kSix, "images")->values);
}

TEST(Idx, ReadsGzipFilesOfSeveralMembers) {
    const std::string joined = gzip(kSix.substr(0, 5)) + gzip(kSix.substr(5));
    const Result<IdxArray> array = parse_idx(joined, "images");
    ASSERT_TRUE(array) << to_string(array.error());
    EXPECT_EQ(array->values, parse_idx(kSix, "images")->values);
}

TEST(Idx, ReadsArraysLargerThanOneInflationStep) {
    const std::string values(3'500'000, 'x');
    const Result<IdxArray> array = parse_idx(gzip(idx_bytes({3500, 1000}, values)), "images");
    ASSERT_TRUE(array) << to_string(array.error());
    EXPECT_EQ(array->values.size(), values.size());
}

TEST(Idx, ReadsAnEmptyArray) {
    const Result<IdxArray> array = parse_idx(idx_bytes({0, 28}, ""), "images");
    ASSERT_TRUE(array);
    EXPECT_TRUE(array->values.empty());
}

TEST(Idx, RefusesAnEmptyFile) {
    EXPECT_EQ(error_of(""),
              "images: found 0 bytes, expected an IDX file, which begins with 4 bytes of magic number");
}

TEST(Idx, RefusesAWrongMagicNumber) {
    EXPECT_EQ(error_of("PNG\x08 and more"),
              "images: byte 0: found 50 4e, expected 00 00, the start of an IDX file");
}

TEST(Idx, RefusesElementsOtherThanBytes) {
    EXPECT_EQ(error_of(idx_bytes({1}, "abcd", '\x0D')),
              "images: byte 2: found element type 0d, expected 08, unsigned bytes");
}

TEST(Idx, RefusesNoExtentsAndTooMany) {
    EXPECT_EQ(error_of(idx_bytes({}, "")), "images: byte 3: found 0 extents, expected 1 to 8");
    EXPECT_EQ(error_of(idx_bytes(std::vector<std::uint32_t>(9, 1), "a")),
              "images: byte 3: found 9 extents, expected 1 to 8");
}

TEST(Idx, RefusesAHeaderCutShort) {
    EXPECT_EQ(error_of(kSix.substr(0, 9)),
              "images: found 9 bytes, expected a header of 12 bytes for 2 extents");
}

TEST(Idx, RefusesAbsurdExtentsWithoutAllocatingThem) {
    const std::string bytes = idx_bytes({0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, "abc");
    const std::string expected = "images: byte 4: found extent 4294967295, "
                                 "expected at most 2147483648 elements in all";
    EXPECT_EQ(error_of(bytes), expected);
    EXPECT_EQ(error_of(gzip(bytes)), expected);
}

TEST(Idx, RefusesFewerBytesThanAnnounced) {
    const std::string expected = "images: byte 12: found 5 bytes, "
                                 "expected the 6 bytes that the header announces";
    EXPECT_EQ(error_of(kSix.substr(0, kSix.size() - 1)), expected);
    EXPECT_EQ(error_of(gzip(kSix.substr(0, kSix.size() - 1))), expected);
}

TEST(Idx, RefusesMoreBytesThanAnnounced) {
    const std::string expected = "images: byte 12: found more bytes than that, "
                                 "expected the 6 bytes that the header announces";
    EXPECT_EQ(error_of(kSix + "g"), expected);
    // 64 MB of zeros behind a small header: refused after a few bytes of them.
    EXPECT_EQ(error_of(gzip(kSix + std::string(std::size_t{64} << 20U, '\0'))), expected);
}

TEST(Idx, RefusesAGzipStreamCutShortAtAnyByte) {
    const std::string whole = gzip(kSix);
    for (std::size_t length = 2; length < whole.size(); ++length) {
        EXPECT_EQ(error_of(whole.substr(0, length)),
                  "images: byte " + std::to_string(length) +
                      ": found the end of the file inside a gzip stream, "
                      "expected a whole gzip file; copy or download it again");
    }
}

TEST(Idx, RefusesAGzipStreamWhoseCheckSumIsWrong) {
    std::string damaged = gzip(kSix);
    damaged[damaged.size() - 8] = static_cast<char>(damaged[damaged.size() - 8] ^ 1);
    EXPECT_NE(error_of(damaged).find("found corrupt gzip (incorrect data check)"), std::string::npos)
        << error_of(damaged);
}

TEST(Idx, RefusesBytesAfterTheGzipStream) {
    const std::string whole = gzip(kSix);
    EXPECT_EQ(error_of(whole + "tail"), "images: byte " + std::to_string(whole.size()) +
                                            ": found 4 bytes after the gzip stream, "
                                            "expected the end of the file");
}

TEST(Idx, NamesAFileThatIsMissing) {
    const Result<TemporaryDirectory> directory = TemporaryDirectory::create();
    ASSERT_TRUE(directory);
    const std::string path = (directory->path() / "absent").string();
    const Result<IdxArray> array = load_idx(path);
    ASSERT_FALSE(array);
    EXPECT_EQ(to_string(array.error()), path + ": found no such file, expected an existing file");
}

} // namespace
} // namespace tandem
