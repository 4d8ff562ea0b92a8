#include "tandem/deploy/firmware/stack_bound.h"

#include <vector>

#include <gtest/gtest.h>

namespace tandem {
namespace {

constexpr LibraryStack kNoLibrary{};

std::string node(const std::string& name, const std::string& size) {
    return "node: { title: \"" + name + "\" label: \"" + name + "\\nfile.c:1:1\\n" + size + "\" }\n";
}
std::string edge(const std::string& from, const std::string& to) {
    return "edge: { sourcename: \"" + from + "\" targetname: \"" + to + "\" label: \"file.c:2:2\" }\n";
}

TEST(DeepestCalls, AddsTheFramesOfTheDeepestChain) {
    // start 8 -> main 16 -> run 24 -> layer 100; main -> print 120 is deeper by itself, but not as a chain.
    const std::vector<std::string> graphs{node("start", "8 bytes (static)") + edge("start", "main"),
                                          node("main", "16 bytes (static)") + edge("main", "run") +
                                              edge("main", "print") + node("print", "120 bytes (static)"),
                                          node("run", "24 bytes (static)") + edge("run", "layer") +
                                              node("layer", "100 bytes (static)")};
    EXPECT_EQ(deepest_calls(graphs, "start", kNoLibrary).value(), Bytes(8 + 16 + 24 + 100));
}

TEST(DeepestCalls, CountsWhatNoGraphDescribesAsTheLibrarys) {
    const std::string outside =
        "node: { title: \"__aeabi_ldivmod\" label: \"__aeabi_ldivmod\\n<built-in>\" shape : ellipse }\n";
    const std::vector<std::string> graphs{node("start", "8 bytes (static)") + outside +
                                          edge("start", "__aeabi_ldivmod")};
    const LibraryStack library{.floats = Bytes(8), .others = Bytes(96)};
    EXPECT_EQ(deepest_calls(graphs, "start", library).value(), Bytes(104));
    const std::vector<std::string> floats{node("start", "8 bytes (static)") + edge("start", "__aeabi_fmul")};
    EXPECT_EQ(deepest_calls(floats, "start", library).value(), Bytes(16));
}

TEST(DeepestCalls, RefusesWhatHasNoBound) {
    const std::vector<std::string> recursion{node("start", "8 bytes (static)") + edge("start", "again") +
                                             node("again", "8 bytes (static)") + edge("again", "start")};
    EXPECT_EQ(deepest_calls(recursion, "start", kNoLibrary).error().kind, ErrorKind::failed);
    const std::vector<std::string> dynamic{node("start", "8 bytes (dynamic)")};
    EXPECT_EQ(deepest_calls(dynamic, "start", kNoLibrary).error().kind, ErrorKind::failed);
    EXPECT_EQ(deepest_calls({}, "start", kNoLibrary).error().kind, ErrorKind::failed);
}

} // namespace
} // namespace tandem
