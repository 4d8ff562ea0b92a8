#include "tandem/machine/microcontroller/microcontroller.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

TEST(Microcontroller, IsTheBoardThatItsFileNames) {
    const Document document = parse_yaml("family: microcontroller\nboard: nucleo-f412zg\n", "m.yaml").value();
    const MachinePointer machine = parse_machine(document, "m.yaml").value();
    EXPECT_EQ(machine->name(), "nucleo-f412zg");
    EXPECT_EQ(board_of(*machine), find_board("nucleo-f412zg"));
    EXPECT_EQ(machine->maximum_bits(), 16);
}

TEST(Microcontroller, SuggestsTheNearestBoard) {
    const Document document = parse_yaml("family: microcontroller\nboard: nucleo-f412z\n", "m.yaml").value();
    const auto machine = parse_machine(document, "m.yaml");
    ASSERT_FALSE(machine.has_value());
    EXPECT_NE(to_string(machine.error()).find("nucleo-f412zg"), std::string::npos)
        << to_string(machine.error());
    EXPECT_NE(to_string(machine.error()).find("board"), std::string::npos);
}

TEST(Microcontroller, HasNoSchedulesAndSaysSo) {
    const MachinePointer machine =
        load_microcontroller(Document::Map{{"family", "microcontroller"}, {"board", "microbit"}}, "m.yaml")
            .value();
    const auto space = machine->mapping_space(LayerWork{});
    ASSERT_FALSE(space.has_value());
    EXPECT_NE(space.error().reason.find("microbit"), std::string::npos);
}

TEST(Microcontroller, EveryBoardHasAMachineFile) {
    for (const Board& board : known_boards()) {
        const std::string file =
            std::string(TANDEM_SOURCE_DIR) + "/machines/" + std::string(board.name) + ".yaml";
        const auto machine = load_machine(file);
        ASSERT_TRUE(machine.has_value()) << to_string(machine.error());
        EXPECT_EQ(board_of(**machine), &board);
    }
}

} // namespace
} // namespace tandem
