#include "tandem/codesign/front_view.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

Document::Map design(std::int64_t id, double accuracy, std::int64_t latency) {
    return {{"id", id}, {"accuracy", accuracy}, {"latency", latency}};
}

/// Three designs on the front and one beside it; details in another order, as front.json may have them.
Document front() {
    return Document::Map{
        {"objectives", Document::List{Document::Map{{"key", "accuracy"}}, Document::Map{{"key", "latency"}}}},
        {"front", Document::List{4, 2, 3}},
        {"chosen", 2},
        {"details", Document::List{design(1, 0.5, 2000), design(2, 0.75, 110), design(3, 0.5, 100),
                                   design(4, 1.0, 1100)}}};
}

TEST(FrontView, ReadsThePointsAsTheSearchMinimisedThem) {
    EXPECT_EQ(front_points(front()), (std::vector<Objectives>{{0.0, 1100.0}, {0.25, 110.0}, {0.5, 100.0}}));
}

TEST(FrontView, FindsTheKnee) {
    EXPECT_EQ(find_knee(front()), 2); // 0.5 + 0.01 of the ranges, the ends have 1
}

TEST(FrontView, SamplesTheFrontAndKeepsTheRest) {
    const Document sampled = sample_front(front(), 0.5);
    // Boxes (0, 2), (1, 0) and (2, 0): the second covers the third.
    EXPECT_EQ(*sampled.find("front"), Document(Document::List{4, 2}));
    EXPECT_EQ(*sampled.find("details"), *front().find("details"));
    EXPECT_EQ(*sampled.find("chosen"), Document(2));
    EXPECT_EQ(sample_front(front(), 0.001), front()) << "a box each";
}

} // namespace
} // namespace tandem
