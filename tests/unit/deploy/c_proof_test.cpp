#include "tandem/deploy/c/c_proof.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "edge_programs.h"
#include "random_program.h"
#include "sparse_program.h"
#include "tandem/core/files.h"
#include "tandem/deploy/c/c_writer.h"
#include "tandem/engine/integer_executor.h"
#include "tiny_program.h"

namespace tandem {
namespace {

std::vector<std::int32_t> plain_outputs(const IntegerProgram& program, std::span<const float> samples) {
    const auto count =
        static_cast<std::int64_t>(samples.size()) / program.tensors[program.input].extents.elements();
    const IntegerValues output =
        execute_plain(program, quantize_input(program, samples), count)[program.output];
    std::vector<std::int32_t> integers;
    for (std::size_t i = 0; i < output.size(); ++i) integers.push_back(output[i]);
    return integers;
}

class ProveC : public testing::Test {
  protected:
    void SetUp() override { ASSERT_TRUE(folder_.has_value()) << to_string(folder_.error()); }

    void write(const IntegerProgram& program, WeightStorage storage = WeightStorage::plain) {
        for (const EmittedFile& file : emit_c(program, storage)) {
            ASSERT_TRUE(
                write_file(folder_->path() / file.name, file.contents, Existing::replace).has_value());
        }
    }
    void append(const char* name, const std::string& text) {
        const std::string contents = read_file(folder_->path() / name).value() + text;
        ASSERT_TRUE(write_file(folder_->path() / name, contents, Existing::replace).has_value());
    }

    Result<TemporaryDirectory> folder_ = TemporaryDirectory::create();
};

class ProveRandomC : public ProveC, public testing::WithParamInterface<int> {};

TEST_P(ProveRandomC, EqualsThePlainEngine) {
    RandomProgram random(static_cast<std::uint64_t>(GetParam()));
    const IntegerProgram program = random.draw(/*steps=*/14);
    const std::vector<float> samples = random.samples(program, 40);
    write(program);
    const Result<CProof> proof = prove_c(folder_->path(), program, samples, plain_outputs(program, samples));
    ASSERT_TRUE(proof.has_value()) << to_string(proof.error());
    EXPECT_EQ(proof->samples, 40);
    EXPECT_EQ(proof->differing_samples, 0);
    EXPECT_FALSE(proof->compiler.empty());
}

TEST_P(ProveRandomC, EqualsThePlainEngineWithEncodedWeights) {
    RandomProgram random(static_cast<std::uint64_t>(GetParam()));
    const IntegerProgram program = sparse_program(random.draw(/*steps=*/14));
    const std::vector<float> samples = random.samples(program, 10);
    write(program, WeightStorage::lz4);
    const Result<CProof> proof = prove_c(folder_->path(), program, samples, plain_outputs(program, samples));
    ASSERT_TRUE(proof.has_value()) << to_string(proof.error());
    EXPECT_EQ(proof->differing_samples, 0);
}

// The seed is the parameter: --gtest_filter='*EqualsThePlainEngine/3' repeats the failure of seed 3.
INSTANTIATE_TEST_SUITE_P(Seeds, ProveRandomC, testing::Range(0, 12));

class ProveEdgesOfC : public ProveC, public testing::WithParamInterface<EdgeProgram> {};

TEST_P(ProveEdgesOfC, EqualsThePlainEngine) {
    const IntegerProgram& program = GetParam().program;
    const auto elements = static_cast<std::size_t>(program.tensors[0].extents.elements());
    std::vector<float> samples = RandomProgram(1).samples(program, 8);
    samples.insert(samples.end(), elements, 1e9F);  // every input at its largest,
    samples.insert(samples.end(), elements, -1e9F); // and at its smallest
    write(program);
    const Result<CProof> proof = prove_c(folder_->path(), program, samples, plain_outputs(program, samples));
    ASSERT_TRUE(proof.has_value()) << to_string(proof.error());
    EXPECT_EQ(proof->samples, 10);
    EXPECT_EQ(proof->differing_samples, 0);
}

INSTANTIATE_TEST_SUITE_P(Programs, ProveEdgesOfC, testing::ValuesIn(edge_programs()),
                         [](const auto& edge) { return edge.param.name; });

TEST_F(ProveC, CountsSamplesThatDiffer) {
    const IntegerProgram program = tiny_program();
    RandomProgram random(1);
    const std::vector<float> samples = random.samples(program, 10);
    std::vector<std::int32_t> expected = plain_outputs(program, samples);
    write(program);
    expected[0] += 1;
    expected[2] -= 1; // the same sample
    expected[29] += 1;
    EXPECT_EQ(prove_c(folder_->path(), program, samples, expected)->differing_samples, 2);
}

TEST_F(ProveC, LeavesNothingBehind) {
    const IntegerProgram program = tiny_program();
    write(program);
    ASSERT_TRUE(prove_c(folder_->path(), program, {}, {}).has_value());
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_->path())) {
        if (entry.is_regular_file()) ++files;
    }
    EXPECT_EQ(files, emit_c(program).size());
}

TEST_F(ProveC, ShowsWhatTheCompilerSays) {
    const IntegerProgram program = tiny_program();
    write(program);
    append("network.c", "int broken(void) { return missing_name; }\n");
    const Result<CProof> proof = prove_c(folder_->path(), program, {}, {});
    ASSERT_FALSE(proof.has_value());
    EXPECT_EQ(proof.error().kind, ErrorKind::failed);
    EXPECT_NE(to_string(proof.error()).find("missing_name"), std::string::npos) << to_string(proof.error());
}

TEST_F(ProveC, ReportsACrash) {
    const IntegerProgram program = tiny_program();
    write(program);
    append("weights.c",
           "#include <stdlib.h>\n__attribute__((constructor)) static void crash(void) { abort(); }\n");
    const Result<CProof> proof = prove_c(folder_->path(), program, {}, {});
    ASSERT_FALSE(proof.has_value());
    EXPECT_NE(to_string(proof.error()).find("exit status 134"), std::string::npos)
        << to_string(proof.error());
}

TEST_F(ProveC, NeedsACompiler) {
    const IntegerProgram program = tiny_program();
    write(program);
    const char* before = std::getenv("CC");
    const std::string kept = before == nullptr ? "" : before;
    setenv("CC", "/nonexistent/compiler", 1);
    const Result<CProof> chosen = prove_c(folder_->path(), program, {}, {});
    unsetenv("CC");
    const std::string path = std::getenv("PATH");
    setenv("PATH", "/nonexistent", 1);
    const Result<CProof> none = prove_c(folder_->path(), program, {}, {});
    setenv("PATH", path.c_str(), 1);
    if (before != nullptr) setenv("CC", kept.c_str(), 1);
    ASSERT_FALSE(chosen.has_value());
    EXPECT_NE(to_string(chosen.error()).find("/nonexistent/compiler"), std::string::npos);
    ASSERT_FALSE(none.has_value());
    EXPECT_EQ(to_string(none.error()),
              "C compiler: found none of cc, gcc and clang on PATH, expected one of them "
              "(apt-get install gcc), or CC naming another");
}

} // namespace
} // namespace tandem
