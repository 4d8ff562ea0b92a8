#include "tandem/deploy/c/c_writer.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "c_warnings.h"
#include "random_program.h"
#include "tandem/core/check.h"
#include "tandem/core/files.h"
#include "tandem/core/process.h"
#include "tandem/deploy/c/c_runtime.h"
#include "tandem/deploy/c/c_text.h"
#include "tandem/engine/integer_executor.h"
#include "tiny_program.h"

namespace tandem {
namespace {

const std::filesystem::path kSource = TANDEM_SOURCE_DIR;

std::string contents_of(const IntegerProgram& program, const std::string& name) {
    for (const EmittedFile& file : emit_c(program)) {
        if (file.name == name) return file.contents;
    }
    return "no file " + name;
}

TEST(EmitC, WritesTheGoldenTextOfATinyNetwork) {
    // Made by this test with TANDEM_UPDATE_GOLDENS=1; the kernels are sources and have no golden.
    const std::filesystem::path folder = kSource / "tests/golden/c/tiny";
    for (const EmittedFile& file : emit_c_project(tiny_program())) {
        const bool is_source =
            file.name == "kernels.c" ||
            std::any_of(c_kernel_headers().begin(), c_kernel_headers().end(),
                        [&](const CRuntimeFile& header) { return header.name == file.name; });
        if (is_source) continue;
        if (std::getenv("TANDEM_UPDATE_GOLDENS") != nullptr) {
            ASSERT_TRUE(write_file(folder / file.name, file.contents, Existing::replace).has_value());
        }
        const Result<std::string> golden = read_file(folder / file.name);
        ASSERT_TRUE(golden.has_value()) << to_string(golden.error());
        EXPECT_EQ(file.contents, *golden) << file.name << ": TANDEM_UPDATE_GOLDENS=1 rewrites it";
    }
}

TEST(EmitC, WritesTheSameBytesAgain) {
    const IntegerProgram program = RandomProgram(7).draw(12);
    EXPECT_EQ(emit_c(program), emit_c(program));
}

TEST(EmitC, DeliversTheKernelsThatTheNetworkNeeds) {
    const std::filesystem::path runtime = kSource / "src/tandem/deploy/c/runtime";
    for (const CRuntimeFile& header : c_kernel_headers()) {
        EXPECT_EQ(header.source, read_file(runtime / header.name).value()) << header.name;
    }
    const std::string kernels = contents_of(tiny_program(), "kernels.c");
    for (const CRuntimeFile& kernel : c_kernels()) {
        const std::string source = read_file(runtime / (std::string(kernel.name) + ".c")).value();
        EXPECT_EQ(kernel.source, source) << kernel.name;
        const bool is_needed =
            contents_of(tiny_program(), "network.c").find("tandem_run_" + std::string(kernel.name) + "(") !=
            std::string::npos;
        EXPECT_EQ(kernels.find(source) != std::string::npos, is_needed || kernel.name == "quantize")
            << kernel.name;
    }
}

TEST(EmitC, NeedsAStep) {
    IntegerProgram empty = tiny_program();
    empty.steps.clear();
    EXPECT_THROW(emit_c(empty), InternalError);
}

TEST(EmitC, CompilesWithoutWarnings) { expect_no_warnings(RandomProgram(9).draw(16)); }

TEST(EmitCProject, BuildsAProgramThatClassifiesAsTheEngineDoes) {
    if (find_program("cmake").empty()) GTEST_SKIP() << "cmake is not installed";
    const Result<TemporaryDirectory> folder = TemporaryDirectory::create();
    ASSERT_TRUE(folder.has_value());
    const IntegerProgram program = tiny_program();
    for (const EmittedFile& file : emit_c_project(program)) {
        ASSERT_TRUE(write_file(folder->path() / file.name, file.contents, Existing::refuse).has_value());
    }
    const std::string source = folder->path().string();
    const std::string build = source + "/build";
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{"cmake", "-S", source, "-B", build}, {"cmake", "--build", build}}) {
        const Result<FinishedProcess> finished = run_process(command);
        ASSERT_TRUE(finished.has_value());
        ASSERT_EQ(finished->status, 0) << finished->output;
    }
    const std::vector<float> samples = RandomProgram(1).samples(program, 5);
    const std::string_view bytes(reinterpret_cast<const char*>(samples.data()),
                                 samples.size() * sizeof(float));
    ASSERT_TRUE(write_file(folder->path() / "samples", bytes, Existing::refuse).has_value());
    const Result<FinishedProcess> found = run_process({build + "/example", source + "/samples"});
    ASSERT_TRUE(found.has_value());
    const IntegerValues outputs = execute_plain(program, quantize_input(program, samples), 5)[program.output];
    std::string expected;
    const std::size_t classes = outputs.size() / 5;
    for (std::size_t sample = 0; sample < 5; ++sample) {
        std::size_t best = 0;
        for (std::size_t i = 1; i < classes; ++i) {
            if (outputs[sample * classes + i] > outputs[sample * classes + best]) best = i;
        }
        expected += std::to_string(best) + "\n";
    }
    EXPECT_EQ(found->output, expected);
}

TEST(CText, KeepsUserNamesInsideTheirComments) {
    EXPECT_EQ(comment_name("stage1/conv.1:0"), "stage1/conv.1:0");
    EXPECT_EQ(comment_name("a*/ #include \"x\"\\"), "a_/__include__x__");
    EXPECT_TRUE(contents_of(tiny_program(), "network.c").starts_with("/* tiny__/_network: "));
}

TEST(CText, BreaksLongArrays) {
    const std::vector<std::int64_t> numbers(60, -128);
    const std::string text = c_array(numbers);
    EXPECT_EQ(std::count(text.begin(), text.end(), ','), 59);
    std::size_t start = 0;
    while (start < text.size()) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        EXPECT_LE(end - start, 101U);
        start = end + 1;
    }
    EXPECT_EQ(c_array(std::vector<std::int64_t>{7}), "{7}");
}

TEST(CText, MakesIdentifiersOfUserNames) {
    EXPECT_EQ(c_identifier("ResNet-8 (v1)"), "resnet_8__v1_");
    EXPECT_EQ(c_identifier("\xc3\xa9"), "__");
}

TEST(CWriter, RefusesOtherArithmeticInOneLine) {
    IntegerProgram program = tiny_program();
    EXPECT_TRUE(check_emittable_in_c(program));
    for (Step& step : program.steps) {
        if (auto* layer = std::get_if<LayerStep>(&step)) {
            layer->requantization = ShiftRequantization{.rounding = Rounding::half_up};
        }
    }
    const Result<void> refused = check_emittable_in_c(program);
    ASSERT_FALSE(refused);
    EXPECT_NE(to_string(refused.error()).find("half_even shifts"), std::string::npos);
}

} // namespace
} // namespace tandem
