// Mappings as text.
#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/mapping/mapper.h"

namespace tandem {

namespace {

Document to_document(const Loop& loop) {
    return Document::Map{
        {"dimension", to_string(loop.dimension)}, {"iterations", loop.iterations}, {"step", loop.step}};
}

Document to_document(const std::vector<Loop>& loops) {
    Document::List list;
    for (const Loop& loop : loops) list.push_back(to_document(loop));
    return list;
}

class NestWriter {
  public:
    void head(std::string_view text) { text_ += fmt::format("{}\n", text); }
    void loops(const std::vector<Loop>& loops, std::string_view keyword) {
        for (const Loop& loop : loops) {
            indent_ += "  ";
            text_ += fmt::format("{}{} {} in {} steps of {}\n", indent_, keyword, to_string(loop.dimension),
                                 loop.iterations, loop.step);
        }
    }
    std::string take() { return std::move(text_); }

  private:
    std::string text_;
    std::string indent_;
};

} // namespace

Document to_document(const Mapping& mapping) {
    Document::List temporal;
    for (const std::vector<Loop>& level : mapping.temporal) temporal.push_back(to_document(level));
    return Document::Map{{"temporal", std::move(temporal)},
                         {"rows", to_document(mapping.unrolled[0])},
                         {"columns", to_document(mapping.unrolled[1])},
                         {"lanes", to_document(mapping.lanes)}};
}

std::string to_loop_nest(const Mapping& mapping, const MappingSpace& space) {
    TANDEM_CHECK(mapping.temporal.size() == space.levels.size(), "a mapping for other levels");
    NestWriter nest;
    for (std::size_t level = 0; level < mapping.temporal.size(); ++level) {
        if (level + 1 == mapping.temporal.size()) {
            nest.head("array");
            nest.loops(mapping.unrolled[1], "columns over");
            nest.loops(mapping.unrolled[0], "rows over");
        }
        nest.head(space.levels[level]);
        nest.loops(mapping.temporal[level], "for");
    }
    if (mapping.lanes.iterations > 1) nest.loops({mapping.lanes}, "lanes over");
    return nest.take();
}

} // namespace tandem
