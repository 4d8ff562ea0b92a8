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
    Mapping mapping = example();
    mapping.held = {{0, 0, 0}, {1, kBypassed, 1}};
    EXPECT_EQ(parse_mapping(to_document(mapping), "m.json").value(), mapping);
    EXPECT_EQ(parse_mapping(to_document(example()), "m.json").value(), example());
    const std::string json = to_json(to_document(example()), JsonLayout::compact);
    EXPECT_TRUE(json.starts_with(R"({"temporal":[{"loops":[{"dimension":"K","iterations":2,"step":32}]},)"))
        << json;
}

TEST(LoopNest, NamesWhatIsWrongInADocument) {
    const Document bad =
        parse_json(R"({"temporal": [{"loops": [{"dimension": "Q", "iterations": 0, "step": 1}]}]})", "m.json")
            .value();
    const auto mapping = parse_mapping(bad, "m.json");
    ASSERT_FALSE(mapping.has_value());
    const std::string text = to_string(mapping.error());
    EXPECT_NE(text.find("temporal[0].loops[0].dimension: found 'Q'"), std::string::npos) << text;
    EXPECT_NE(text.find("temporal[0].loops[0].iterations: found 0"), std::string::npos) << text;
}

} // namespace
} // namespace tandem
