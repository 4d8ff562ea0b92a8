#include "tandem/data/npy.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

/// A version 1 file with this header and these elements.
std::string npy(const std::string& header, const std::string& elements) {
    return std::string("\x93NUMPY\x01\0", 8) + static_cast<char>(header.size()) + '\0' + header + elements;
}

std::string refusal(const std::string& bytes) {
    const Result<NpyArray> array = parse_npy(bytes, "a.npy");
    return array ? "accepted" : to_string(array.error());
}

TEST(Npy, ReadsBackWhatItWrites) {
    for (const NpyArray& array :
         {NpyArray{{2, 3}, {1, -2, 3.5F, 4, 5, 6}}, NpyArray{{}, {7}}, NpyArray{{0, 4}, {}}}) {
        const std::string bytes = emit_npy(array);
        // NumPy wants the elements at a multiple of 64 bytes.
        EXPECT_EQ((bytes.size() - 4 * array.values.size()) % 64, 0U);
        const Result<NpyArray> read = parse_npy(bytes, "a.npy");
        ASSERT_TRUE(read) << to_string(read.error());
        EXPECT_EQ(*read, array);
    }
}

TEST(Npy, ReadsIntegersOfEitherSign) {
    const Result<NpyArray> bytes = parse_npy(
        npy("{'descr': '|i1', 'fortran_order': False, 'shape': (3,), }\n", "\x01\xff\x7f"), "a.npy");
    ASSERT_TRUE(bytes) << to_string(bytes.error());
    EXPECT_EQ(bytes->values, (std::vector<float>{1, -1, 127}));
    const Result<NpyArray> shorts = parse_npy(
        npy("{'descr': '<u2', 'fortran_order': False, 'shape': (2, 1)}", "\x01\x02\xff\xff"), "a.npy");
    ASSERT_TRUE(shorts) << to_string(shorts.error());
    EXPECT_EQ(shorts->values, (std::vector<float>{513, 65535}));
    EXPECT_EQ(shorts->shape, (std::vector<std::int64_t>{2, 1}));
}

TEST(Npy, RefusesInOneLine) {
    EXPECT_EQ(refusal("no array"),
              "a.npy: byte 0: found no NumPy array, expected a file that begins with \\x93NUMPY");
    EXPECT_EQ(refusal(npy("{'descr': '>f4', 'fortran_order': False, 'shape': (1,)}", "1234")),
              "a.npy: descr: found element type >f4, expected little-endian numbers of at most 64 bits");
    EXPECT_EQ(refusal(npy("{'descr': '<f4', 'fortran_order': True, 'shape': (1,)}", "1234")),
              "a.npy: fortran_order: found True, expected False");
    EXPECT_EQ(refusal(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", "1234")),
              "a.npy: elements: found 4 bytes, expected 8");
    EXPECT_EQ(
        refusal(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (999999999, 999999999)}", "")),
        "a.npy: shape: found (999999999, 999999999), expected at most 8 extents and 2147483648 elements");
    EXPECT_EQ(
        refusal(npy("{'descr': '<f4'}", "1234")),
        "a.npy: header: found no descr, fortran_order and shape, expected a dictionary with these keys");
}

} // namespace
} // namespace tandem
