#include "tandem/machine/microcontroller/memory_map.h"

#include <gtest/gtest.h>

#include "../../deploy/tiny_program.h"
#include "tandem/machine/microcontroller/buffer_plan.h"

namespace tandem {
namespace {

TEST(DescribeMemory, SaysOfEveryStoredTensorWhereAndHowLongItLies) {
    const IntegerProgram program = tiny_program();
    const Document memory = describe_memory(program);
    const BufferPlan plan = plan_buffers(program);
    EXPECT_EQ(*memory.find("size_bytes"), Document(plan.size.value));
    const auto& steps = *memory.find("steps")->get_if<Document::List>();
    ASSERT_EQ(steps.size(), program.steps.size());
    EXPECT_EQ(steps[0], Document("conv/1"));
    EXPECT_EQ(steps[2], Document(program.tensors[3].name)) << "a step without a name is called by its output";
    const auto& places = *memory.find("places")->get_if<Document::List>();
    ASSERT_EQ(places.size(), plan.places.size());
    // The first layer's output is a residual of the second, so it lives through both.
    EXPECT_EQ(*places[0].find("tensor"), Document(program.tensors[1].name));
    EXPECT_EQ(*places[0].find("first_step"), Document(0));
    EXPECT_EQ(*places[0].find("last_step"), Document(1));
}

} // namespace
} // namespace tandem
