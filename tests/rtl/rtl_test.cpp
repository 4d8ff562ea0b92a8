// Arrays of many shapes, as a user would prove them: written to a folder, `make simulate` and `make
// synthesize` there. Results must be equal, cycles must be the model's, LUTs within a tenth of it.
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "tandem/core/files.h"
#include "tandem/core/process.h"
#include "tandem/deploy/rtl/rtl_writer.h"
#include "tandem/machine/bitserial/bismo.h"
#include "tandem/machine/bitserial/resources.h"

namespace tandem {
namespace {

struct ArrayCase {
    std::int64_t rows;
    std::int64_t columns;
    std::int64_t dot_product_bits;
    std::int64_t bubble_cycles;
    std::int64_t left_words;
    std::int64_t right_words;

    bitserial::Description machine() const {
        auto machine = bitserial::bismo(rows, columns, dot_product_bits, left_words, right_words);
        machine.array.bubble_cycles = bubble_cycles;
        return machine;
    }
};

void PrintTo(const ArrayCase& array, std::ostream* out) {
    *out << array.rows << "x" << array.columns << "x" << array.dot_product_bits << ", bubble "
         << array.bubble_cycles;
}

/// Small enough for Verilator's compiler; every shape has something of its own.
constexpr ArrayCase kArrays[] = {
    {1, 1, 32, 8, 32, 32},   {1, 4, 32, 0, 64, 32},   {5, 3, 32, 3, 64, 64},  {2, 2, 64, 8, 64, 64},
    {2, 2, 64, 0, 100, 24},  {4, 4, 64, 0, 256, 128}, {8, 4, 64, 8, 64, 32},  {3, 2, 96, 8, 64, 64},
    {2, 2, 128, 8, 128, 64}, {2, 3, 160, 0, 64, 64},  {1, 3, 256, 8, 64, 64}, {1, 1, 512, 0, 32, 32},
};

/// The published designs: too much C++ for a test, little for Yosys, as units are synthesised once.
constexpr ArrayCase kPublished[] = {
    {8, 8, 256, 8, 1024, 1024}, {8, 16, 64, 8, 512, 256}, {4, 32, 64, 8, 512, 256}};

class Rtl : public testing::TestWithParam<ArrayCase> {
  protected:
    void SetUp() override {
        ASSERT_TRUE(folder_.has_value()) << to_string(folder_.error());
        for (const EmittedFile& file : emit_rtl(GetParam().machine(), 1)) {
            ASSERT_TRUE(
                write_file(folder_->path() / file.name, file.contents, Existing::replace).has_value());
        }
    }

    std::string make(const std::string& target) const {
        const auto finished = run_process({"make", "-s", "-C", folder_->path().string(), target});
        EXPECT_TRUE(finished.has_value());
        EXPECT_EQ(finished->status, 0) << finished->output;
        return finished->output;
    }

    /// The number behind the last appearance of `words` in what Yosys counted.
    std::int64_t last_number(const std::string& text, const std::string& words) const {
        const std::size_t at = text.rfind(words);
        return at == std::string::npos ? 0 : std::atoll(text.c_str() + at + words.size());
    }

    void compare_luts() const {
        if (find_program("yosys").empty()) GTEST_SKIP() << "no yosys: apt-get install yosys";
        const std::string counted = make("synthesize");
        const std::int64_t luts = last_number(counted, "Estimated number of LCs:");
        const bitserial::Description machine = GetParam().machine();
        const std::int64_t model = bitserial::estimate_generated_luts(machine.array, machine.buffers);
        RecordProperty("luts", std::to_string(luts));
        EXPECT_NEAR(static_cast<double>(luts), static_cast<double>(model), 0.1 * static_cast<double>(model))
            << "published model: " << bitserial::estimate_luts(machine.array);
    }

    Result<TemporaryDirectory> folder_ = TemporaryDirectory::create();
};

class SmallRtl : public Rtl {};
class PublishedRtl : public Rtl {};

TEST_P(SmallRtl, MultipliesLikeTheEngineInTheModelsCycles) {
    if (find_program("verilator").empty()) GTEST_SKIP() << "no verilator: apt-get install verilator";
    const std::string said = make("simulate");
    EXPECT_NE(said.find(" 0 differ; "), std::string::npos) << said;
    EXPECT_NE(said.find(" 0 products differ from the model"), std::string::npos) << said;
}

TEST_P(SmallRtl, TakesTheModelsLuts) { compare_luts(); }
TEST_P(PublishedRtl, TakesTheModelsLuts) { compare_luts(); }

INSTANTIATE_TEST_SUITE_P(Arrays, SmallRtl, testing::ValuesIn(kArrays));
INSTANTIATE_TEST_SUITE_P(Arrays, PublishedRtl, testing::ValuesIn(kPublished));

/// A test that cannot fail proves nothing: a unit that counts one bit too few must be found out.
class BrokenRtl : public Rtl {};

TEST_P(BrokenRtl, IsFoundOut) {
    if (find_program("verilator").empty()) GTEST_SKIP() << "no verilator: apt-get install verilator";
    const auto path = folder_->path() / "unit.v";
    std::string verilog = read_file(path).value();
    const std::size_t at = verilog.find("right[7]");
    ASSERT_NE(at, std::string::npos);
    verilog.replace(at, 8, "1'b0");
    ASSERT_TRUE(write_file(path, verilog, Existing::replace).has_value());
    const auto finished = run_process({"make", "-s", "-C", folder_->path().string(), "simulate"});
    ASSERT_TRUE(finished.has_value());
    EXPECT_NE(finished->status, 0);
    EXPECT_EQ(finished->output.find(" 0 differ; "), std::string::npos) << finished->output;
    EXPECT_NE(finished->output.find(" 0 products differ from the model"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Arrays, BrokenRtl, testing::Values(ArrayCase{1, 1, 32, 8, 32, 32}));

} // namespace
} // namespace tandem
