#include "tandem/deploy/firmware/firmware.h"

#include <algorithm>
#include <numeric>

#include <gtest/gtest.h>

#include "edge_programs.h"
#include "firmware_fixture.h"
#include "random_program.h"
#include "sections_of.h"
#include "sparse_program.h"
#include "tandem/core/files.h"
#include "tandem/core/process.h"
#include "tandem/deploy/firmware/deployment.h"
#include "tiny_program.h"

namespace tandem {
namespace {

TEST(Boards, AreSortedAndHaveAKnownProcessorAndTimer) {
    const std::vector<Board>& boards = known_boards();
    EXPECT_TRUE(std::is_sorted(boards.begin(), boards.end(),
                               [](const auto& left, const auto& right) { return left.name < right.name; }));
    for (const Board& board : boards) {
        EXPECT_NE(find_target(board.target), nullptr) << board.name;
        EXPECT_GT(board.emulator.ticks_per_instruction, 0.0) << board.name;
    }
    for (const Target& target : known_targets()) {
        const Board* board = find_board(target.default_board);
        ASSERT_NE(board, nullptr) << target.name;
        EXPECT_EQ(board->target, target.name);
    }
    EXPECT_EQ(find_board("arduino"), nullptr);
}

TEST(Deployment, FollowsFromATargetOrABoard) {
    EXPECT_EQ(make_deployment("", "", "-O3").value(), (Deployment{"host", "", "-O3"}));
    EXPECT_EQ(make_deployment("cortex-m4", "", "-Os").value(),
              (Deployment{"cortex-m4", "mps2-an386", "-Os"}));
    EXPECT_EQ(make_deployment("", "nucleo-f767zi", "-O3").value(),
              (Deployment{"cortex-m7", "nucleo-f767zi", "-O3"}));
}

TEST(Deployment, RefusesWhatItDoesNotKnow) {
    const auto refusal = [](const char* target, const char* board, const char* optimization) {
        const Result<Deployment> deployment = make_deployment(target, board, optimization);
        return deployment ? "" : to_string(deployment.error());
    };
    EXPECT_NE(refusal("cortex-m5", "", "-O3").find("'cortex-m"), std::string::npos);
    EXPECT_NE(refusal("", "nucleo-f412z", "-O3").find("'nucleo-f412zg'"), std::string::npos);
    EXPECT_NE(refusal("cortex-m7", "nucleo-f412zg", "-O3").find("the processor of"), std::string::npos);
    EXPECT_NE(refusal("", "", "-O9").find("-Os"), std::string::npos);
}

TEST(Deployment, ReadsWhatItWrites) {
    const TemporaryDirectory folder = TemporaryDirectory::create().value();
    Deployment deployment{"cortex-m4", "nucleo-f412zg", "-Os"};
    const std::string text = to_json(write_fields(fields_of(deployment)), JsonLayout::indented);
    ASSERT_TRUE(write_file(folder.path() / kDeploymentFile, text, Existing::refuse).has_value());
    EXPECT_EQ(load_deployment(folder.path()).value(), deployment);
    const std::string other = R"({"target": "cortex-m7", "board": "nucleo-f412zg"})";
    ASSERT_TRUE(write_file(folder.path() / kDeploymentFile, other, Existing::replace).has_value());
    EXPECT_EQ(load_deployment(folder.path()).error().kind, ErrorKind::bad_input);
}

class FirmwareOf : public Firmware, public testing::WithParamInterface<const Board*> {};

TEST_P(FirmwareOf, EqualsTheEngineStepByStep) {
    // On every board: random widths and kinds of step, the extremes of each kernel among them.
    const Board& board = *GetParam();
    need(board);
    if (IsSkipped()) return;
    RandomProgram random(11);
    const IntegerProgram program = random.draw(/*steps=*/12);
    std::vector<float> samples = random.samples(program, 6);
    const auto elements = static_cast<std::size_t>(program.tensors[0].extents.elements());
    samples.insert(samples.end(), elements, 1e9F);
    samples.insert(samples.end(), elements, -1e9F);
    write(program, board);
    const Result<FirmwareProof> proof = prove(program, board, "-O3", samples);
    ASSERT_TRUE(proof.has_value()) << to_string(proof.error());
    ASSERT_FALSE(proof->image.overflow.has_value()) << proof->image.overflow->memory;
    EXPECT_EQ(proof->samples, 8);
    EXPECT_EQ(proof->differing_samples, 0) << proof->first_difference;
    EXPECT_GT(proof->points.front().least, 0);
    EXPECT_GE(proof->points.front().most, proof->points.front().least);
    // The steps take what the whole takes, but for the call and the copied output.
    ASSERT_EQ(proof->points.front().steps.size(), program.steps.size());
    EXPECT_GT(*std::ranges::min_element(proof->points.front().steps), 0.0);
    const double steps =
        std::accumulate(proof->points.front().steps.begin(), proof->points.front().steps.end(), 0.0);
    const auto outputs = static_cast<double>(program.tensors[program.output].extents.elements());
    EXPECT_NEAR(steps, proof->points.front().mean, 100.0 + 10.0 * outputs + 0.01 * steps);
    EXPECT_GT(proof->stack, Bytes(0));
    EXPECT_LE(proof->stack, proof->image.stack_bound);
    EXPECT_LE(proof->image.stack_bound, proof->stack + Bytes(128));
    EXPECT_LT(proof->image.stack_bound, kStackBytes);
}

std::vector<const Board*> all_boards() {
    std::vector<const Board*> boards;
    for (const Board& board : known_boards()) boards.push_back(&board);
    return boards;
}

std::vector<std::string> target_names() {
    std::vector<std::string> names;
    for (const Target& target : known_targets()) names.emplace_back(target.name);
    return names;
}

std::string board_name(const testing::TestParamInfo<const Board*>& info) {
    std::string name(info.param->name);
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(Boards, FirmwareOf, testing::ValuesIn(all_boards()), board_name);

/// A processor, and a level of optimisation of its compiler.
using Build = std::tuple<std::string, std::string>;

class ImageOf : public Firmware, public testing::WithParamInterface<Build> {};

TEST_P(ImageOf, HasTheSectionsThatWereForetold) {
    const auto& [target, optimization] = GetParam();
    const Board& board = *find_board(find_target(target)->default_board);
    need(board);
    if (IsSkipped()) return;
    for (const WeightStorage storage : {WeightStorage::plain, WeightStorage::lz4}) {
        write(sparse_program(RandomProgram(11).draw(/*steps=*/12)), board, storage);
        const TemporaryDirectory workplace = TemporaryDirectory::create().value();
        const Result<Image> image =
            build_firmware(folder_.path(), board, optimization, Tracing::none, workplace.path());
        ASSERT_TRUE(image.has_value()) << to_string(image.error());
        ASSERT_FALSE(image->overflow.has_value());
        EXPECT_EQ(sections_of(*image, board), image->size.layout);
    }
}

INSTANTIATE_TEST_SUITE_P(Targets, ImageOf,
                         testing::Combine(testing::ValuesIn(target_names()),
                                          testing::Values("-Os", "-O2", "-O3")),
                         build_name);

class FirmwareThat : public Firmware, public testing::WithParamInterface<const char*> {};

TEST_P(FirmwareThat, WatchesOverTheWorkingMemory) {
    const Board& board = *find_board(GetParam());
    need(board);
    if (IsSkipped()) return;
    const IntegerProgram program = tiny_program();
    const std::vector<float> samples = RandomProgram(3).samples(program, 1);
    const auto said_of = [&](const std::string& misdeed) {
        write(program, board);
        std::string network = read_file(folder_.path() / "network.c").value();
        const std::size_t body = network.find("{\n", network.find("_run(const"));
        network.insert(body + 1,
                       "\n#ifdef TANDEM_TRACE\nextern char image_arena_start[], image_arena_end[];\n" +
                           misdeed + "\n#endif\n");
        EXPECT_TRUE(write_file(folder_.path() / "network.c", network, Existing::replace).has_value());
        const Result<FirmwareProof> proof = prove(program, board, "-O3", samples);
        return proof ? "nothing" : to_string(proof.error());
    };
    const auto expect_said = [&](const std::string& misdeed, const std::string& said) {
        const std::string found = said_of(misdeed);
        EXPECT_NE(found.find(said), std::string::npos) << found;
    };
    expect_said("*(volatile char*)(image_arena_start - 1) = 1;",
                "exit status 4 written beside the working memory");
    expect_said("*(volatile char*)image_arena_end = 1;", "exit status");
    if (board.target == "cortex-m0") return; // without memory protection reads leave no trace
    expect_said("(void)*(volatile char*)image_arena_end;", "exit status 70 fault");
}

INSTANTIATE_TEST_SUITE_P(Architectures, FirmwareThat,
                         testing::Values("microbit", "mps2-an386", "mps2-an505", "virt-rv32"),
                         [](const auto& board) {
                             std::string name = board.param;
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

class FirmwareOfEdges : public Firmware, public testing::WithParamInterface<EdgeProgram> {};

TEST_P(FirmwareOfEdges, EqualsTheEngineStepByStep) {
    const IntegerProgram& program = GetParam().program;
    const auto elements = static_cast<std::size_t>(program.tensors[0].extents.elements());
    std::vector<float> samples = RandomProgram(1).samples(program, 4);
    samples.insert(samples.end(), elements, 1e9F);
    samples.insert(samples.end(), elements, -1e9F);
    const Board& board = *find_board("mps2-an386");
    write(program, board);
    const Result<FirmwareProof> proof = prove(program, board, "-Os", samples);
    ASSERT_TRUE(proof.has_value()) << to_string(proof.error());
    EXPECT_EQ(proof->differing_samples, 0) << proof->first_difference;
}

INSTANTIATE_TEST_SUITE_P(Programs, FirmwareOfEdges, testing::ValuesIn(edge_programs()),
                         [](const auto& edge) { return edge.param.name; });

TEST_F(Firmware, KeepsEncodedWeightsInLessFlash) {
    RandomProgram random(11);
    const IntegerProgram program = sparse_program(random.draw(/*steps=*/12));
    const std::vector<float> samples = random.samples(program, 3);
    const Board& board = *find_board("mps2-an386");
    std::vector<ImageSize> sizes;
    for (const WeightStorage storage : {WeightStorage::plain, WeightStorage::lz4}) {
        write(program, board, storage);
        const Result<FirmwareProof> proof = prove(program, board, "-O3", samples);
        ASSERT_TRUE(proof.has_value()) << to_string(proof.error());
        EXPECT_EQ(proof->differing_samples, 0) << proof->first_difference;
        sizes.push_back(proof->image.size);
    }
    const WeightBytes weights = weight_bytes(program);
    EXPECT_LT(weights.encoded, weights.plain);
    EXPECT_LE(weights.encoded, weights.standard);
    EXPECT_LT(sizes[1].weights, sizes[0].weights);
    EXPECT_GT(sizes[1].arena, sizes[0].arena);
}

TEST_F(Firmware, CountsTheSameInstructionsAgain) {
    const IntegerProgram program = tiny_program();
    const Board& board = *find_board("mps2-an386");
    const std::vector<float> samples = RandomProgram(3).samples(program, 3);
    write(program, board);
    const FirmwareProof first = prove(program, board, "-O3", samples).value();
    const FirmwareProof second = prove(program, board, "-O3", samples).value();
    EXPECT_EQ(first.points.front().mean, second.points.front().mean);
    EXPECT_EQ(first.image.size, second.image.size);

    // The header's promise is what the image takes, to the byte.
    const std::string header = read_file(folder_.path() / "network.h").value();
    const auto promised = [&](const std::string& name) {
        const std::size_t place = header.find("_" + name + "_BYTES ");
        return (std::stoll(header.substr(place + name.size() + 8)) + 3) / 4 * 4;
    };
    EXPECT_EQ(first.image.size.arena, Bytes(promised("ARENA") + promised("PATCH")));
}

TEST_F(Firmware, NamesTheTensorThatDiffers) {
    const IntegerProgram program = tiny_program();
    const Board& board = *find_board("mps2-an386");
    write(program, board);
    IntegerProgram other = program;
    std::get<LayerStep>(other.steps[1]).bias[0] += 64;
    const FirmwareProof proof = prove(other, board, "-O3", RandomProgram(3).samples(program, 5)).value();
    EXPECT_GT(proof.differing_samples, 0);
    EXPECT_NE(proof.first_difference.find("tensor sum"), std::string::npos) << proof.first_difference;
}

TEST_F(Firmware, SaysByHowMuchItIsTooLarge) {
    IntegerProgram program = tiny_program();
    Board board = *find_board("mps2-an386");
    write(program, board);
    const FirmwareProof whole = prove(program, board, "-O3", RandomProgram(3).samples(program, 1)).value();
    const Bytes flash = whole.image.size.flash();
    board.flash.size = flash - Bytes(4);
    write(program, board);
    const Result<FirmwareProof> proof = prove(program, board, "-O3", {});
    ASSERT_TRUE(proof.has_value()) << to_string(proof.error());
    ASSERT_TRUE(proof->image.overflow.has_value());
    EXPECT_EQ(proof->image.overflow->memory, "flash");
    EXPECT_EQ(proof->image.overflow->needed, flash);
    board.flash.size = flash;
    board.ram.size = whole.image.size.static_ram() + kStackBytes;
    write(program, board);
    EXPECT_FALSE(prove(program, board, "-O3", {}).value().image.overflow.has_value()) << "fits to the byte";
    board.ram.size = board.ram.size - Bytes(8);
    write(program, board);
    EXPECT_EQ(prove(program, board, "-O3", {}).value().image.overflow.value().memory, "RAM");
}

TEST_F(Firmware, ReportsAFault) {
    const IntegerProgram program = tiny_program();
    const Board& board = *find_board("mps2-an386");
    write(program, board);
    const std::string trap = "int main(void) { __builtin_trap(); }\n";
    ASSERT_TRUE(write_file(folder_.path() / "main.c", trap, Existing::replace).has_value());
    const Result<FirmwareProof> proof = prove(program, board, "-O3", {});
    ASSERT_FALSE(proof.has_value());
    EXPECT_NE(to_string(proof.error()).find("exit status 70 fault"), std::string::npos)
        << to_string(proof.error());
}

} // namespace
} // namespace tandem
