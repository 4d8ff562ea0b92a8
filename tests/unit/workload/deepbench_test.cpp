#include "tandem/workload/deepbench.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

const std::string kHeads =
    "suite,kind,index,N,K,C,H,W,FY,FX,pad_h,pad_w,stride_h,stride_w,OY,OX,M_gemm,N_gemm,K_gemm\n";

TEST(DeepBench, IsToldFromOtherTables) {
    EXPECT_TRUE(is_deepbench_table("# shapes\n" + kHeads));
    EXPECT_FALSE(is_deepbench_table("name,K,C\n"));
    EXPECT_FALSE(is_deepbench_table(""));
}

TEST(DeepBench, ReadsConvolutionsAndProducts) {
    const auto layers = parse_deepbench_table(kHeads + "server,conv,3,2,64,3,224,224,7,7,3,3,2,2,112,112,,,\n"
                                                       "server,rnn,0,,,,,,,,,,,,,,,,\n"
                                                       "device,gemm,1,,,,,,,,,,,,,,35,700,2048\n",
                                              "d.csv")
                            .value();
    ASSERT_EQ(layers.size(), 2U);
    EXPECT_EQ(layers[0].layer, "server conv 3");
    EXPECT_EQ(layers[0].work.extents, (std::array<std::int64_t, 7>{2, 64, 3, 112, 112, 7, 7}));
    EXPECT_EQ(layers[0].work.strides, (std::array<std::int64_t, 2>{2, 2}));
    EXPECT_EQ(layers[0].work.pads, (std::array<std::int64_t, 2>{5, 5})); // the last window ends at 229 of 230
    EXPECT_EQ(layers[1].layer, "device gemm 1");
    EXPECT_EQ(layers[1].work.extents, (std::array<std::int64_t, 7>{700, 35, 2048, 1, 1, 1, 1}));
}

TEST(DeepBench, NamesEveryLineItCannotRead) {
    const auto refused = [](const std::string& lines) {
        return to_string(parse_deepbench_table(kHeads + lines, "d.csv").error());
    };
    EXPECT_EQ(refused("a,gemm,0,,,,,,,,,,,,,,0,x,4\na,pool,1,,,,,,,,,,,,,,,,\n"),
              "d.csv: line 2: N_gemm: found 'x', expected an integer from 1 to 2147483647\n"
              "d.csv: line 2: M_gemm: found '0', expected an integer from 1 to 2147483647\n"
              "d.csv: line 3: kind: found 'pool', expected conv, gemm, sparse_gemm or rnn");
    EXPECT_EQ(refused("a,conv,0,1,1,1,4,4,3,3,0,0,1,1,3,2,,,\n"),
              "d.csv: line 2: OY: found windows over 5 positions, expected at most 4 and the pads");
    EXPECT_EQ(refused("a,gemm,0\n").substr(0, 45), "d.csv: line 2: cells: found 3, expected 19\nd.");
    EXPECT_EQ(refused("a,rnn,0,,,,,,,,,,,,,,,,\n"),
              "d.csv: found no layers, expected rows of kind conv or gemm");
}

} // namespace
} // namespace tandem
