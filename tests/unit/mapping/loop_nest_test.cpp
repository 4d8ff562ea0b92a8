#include <gtest/gtest.h>

#include "tandem/mapping/mapper.h"

namespace tandem {
namespace {

using enum Dimension;

Mapping example() {
    Mapping mapping;
    mapping.unrolled = {std::vector<Loop>{{fy, 3, 1}}, std::vector<Loop>{{oy, 14, 1}}};
    mapping.lanes = {c, 2, 1};
    mapping.temporal = {{{k, 2, 32}}, {{ox, 28, 1}}, {{fx, 3, 1}, {c, 4, 2}}};
    return mapping;
}

TEST(LoopNest, IsWrittenForPeople) {
    MappingSpace space;
    space.levels = {"dram", "buffer", "registers"};
    EXPECT_EQ(to_loop_nest(example(), space), R"(dram
  for K in 2 steps of 32
buffer
    for OX in 28 steps of 1
array
      columns over OY in 14 steps of 1
        rows over FY in 3 steps of 1
registers
          for FX in 3 steps of 1
            for C in 4 steps of 2
              lanes over C in 2 steps of 1
)");
}

TEST(LoopNest, IsWrittenAsADocument) {
    EXPECT_EQ(to_json(to_document(example()), JsonLayout::compact),
              R"({"temporal":[[{"dimension":"K","iterations":2,"step":32}],)"
              R"([{"dimension":"OX","iterations":28,"step":1}],)"
              R"([{"dimension":"FX","iterations":3,"step":1},{"dimension":"C","iterations":4,"step":2}]],)"
              R"("rows":[{"dimension":"FY","iterations":3,"step":1}],)"
              R"("columns":[{"dimension":"OY","iterations":14,"step":1}],)"
              R"("lanes":{"dimension":"C","iterations":2,"step":1}})");
}

} // namespace
} // namespace tandem
