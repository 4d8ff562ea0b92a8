#include "tandem/engine/tensor_memory.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

SharedValues values(std::size_t size_bytes) {
    return std::make_shared<const IntegerValues>(NumberFormat{}, size_bytes);
}

TensorMemory::Key key(std::uint64_t identity, std::int64_t chunk = 0) { return {{0, identity}, chunk}; }

TEST(TensorMemory, FindsWhatWasInserted) {
    TensorMemory memory(Bytes{100});
    const SharedValues stored = values(10);
    memory.insert(key(1, 2), stored);
    EXPECT_EQ(memory.find(key(1, 2)), stored);
    EXPECT_EQ(memory.find(key(1, 3)), nullptr);
    EXPECT_EQ(memory.find(key(2, 2)), nullptr);
    EXPECT_EQ(memory.used(), Bytes{10});
}

TEST(TensorMemory, ForgetsWhatWasUsedLongestAgo) {
    TensorMemory memory(Bytes{30});
    for (const std::uint64_t i : {1U, 2U, 3U}) memory.insert(key(i), values(10));
    EXPECT_NE(memory.find(key(1)), nullptr);
    memory.insert(key(4), values(15));
    EXPECT_EQ(memory.find(key(2)), nullptr);
    EXPECT_EQ(memory.find(key(3)), nullptr);
    EXPECT_NE(memory.find(key(1)), nullptr);
    EXPECT_NE(memory.find(key(4)), nullptr);
    EXPECT_EQ(memory.used(), Bytes{25});
}

TEST(TensorMemory, KeepsTheFirstOfTwoEqualTensors) {
    TensorMemory memory(Bytes{30});
    const SharedValues first = values(10);
    memory.insert(key(1), first);
    memory.insert(key(1), values(10));
    EXPECT_EQ(memory.find(key(1)), first);
    EXPECT_EQ(memory.used(), Bytes{10});
}

TEST(TensorMemory, LeavesOutWhatExceedsTheBudget) {
    TensorMemory memory(Bytes{5});
    memory.insert(key(1), values(6));
    EXPECT_EQ(memory.find(key(1)), nullptr);
    EXPECT_EQ(memory.used(), Bytes{0});
}

TEST(TensorMemory, TellsWhatIsWantedAgain) {
    TensorMemory memory(Bytes{5});
    const std::vector<ContentHash> first{{0, 1}, {0, 2}};
    const std::vector<ContentHash> second{{0, 1}, {0, 3}};
    EXPECT_EQ(memory.note_wanted(first), (std::vector<bool>{false, false}));
    EXPECT_EQ(memory.note_wanted(second), (std::vector<bool>{true, false}));
}

} // namespace
} // namespace tandem
