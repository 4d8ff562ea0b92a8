// Mappings as text.
#include <algorithm>

#include <fmt/format.h>

#include "tandem/core/fields.h"
#include "tandem/mapping/mapper.h"

namespace tandem {

namespace {

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

namespace {

constexpr IntegerRange kIterations{.minimum = 1, .maximum = std::int64_t{1} << 40};
constexpr IntegerRange kHeld{.minimum = kBypassed, .maximum = 64};

void describe(Fields& fields, Loop& loop) {
    std::vector<std::string> words;
    words.reserve(kDimensions);
    for (const Dimension dimension : kAllDimensions) words.emplace_back(to_string(dimension));
    std::string word(to_string(loop.dimension));
    fields.choice({.name = "dimension", .meaning = "what it runs over", .presence = Presence::required}, word,
                  words);
    for (const Dimension dimension : kAllDimensions) {
        if (to_string(dimension) == word) loop.dimension = dimension;
    }
    fields.integer({.name = "iterations", .meaning = "how often it runs", .presence = Presence::required},
                   loop.iterations, kIterations);
    fields.integer({.name = "step", .meaning = "what one iteration covers", .presence = Presence::required},
                   loop.step, kIterations);
}

void describe(Fields& fields, std::string_view name, std::string_view meaning, std::vector<Loop>& loops) {
    fields.sections(
        {.name = name, .meaning = meaning}, loops.size(), [&](std::size_t count) { loops.resize(count); },
        [&](Fields& inner, std::size_t i) { describe(inner, loops[i]); });
}

void describe(Fields& fields, Mapping& mapping) {
    fields.sections(
        {.name = "temporal",
         .meaning = "blocks of loops in time, outermost first; the last runs in the registers",
         .presence = Presence::required},
        mapping.temporal.size(), [&](std::size_t count) { mapping.temporal.resize(count); },
        [&](Fields& inner, std::size_t i) {
            describe(inner, "loops", "outermost first", mapping.temporal[i]);
        });
    describe(fields, "rows", "unrolled down a column of the array", mapping.unrolled[0]);
    describe(fields, "columns", "unrolled along a row of the array", mapping.unrolled[1]);
    fields.section({.name = "lanes", .meaning = "neighbours that share a word"},
                   [&](Fields& inner) { describe(inner, mapping.lanes); });
    fields.sections(
        {.name = "held", .meaning = "by memory: blocks outside its tile of each operand; -1: none"},
        mapping.held.size(), [&](std::size_t count) { mapping.held.resize(count); },
        [&](Fields& inner, std::size_t m) {
            for (const Operand operand : kAllOperands) {
                std::int64_t outside = mapping.held[m][index_of(operand)];
                inner.integer(
                    {.name = to_string(operand), .meaning = "blocks outside", .presence = Presence::required},
                    outside, kHeld);
                mapping.held[m][index_of(operand)] = static_cast<int>(outside);
            }
        });
}

} // namespace

Document to_document(const Mapping& mapping) {
    Mapping copy = mapping;
    return write_fields([&](Fields& fields) { describe(fields, copy); });
}

Result<Mapping> parse_mapping(const Document& document, const std::string& file) {
    Mapping mapping;
    TANDEM_TRY(read_fields(document, file, "", [&](Fields& fields) { describe(fields, mapping); }));
    return mapping;
}

Document to_document(const SearchRecord& search) {
    return Document::Map{{"space_size", search.space_size},
                         {"mappings_priced", search.mappings_priced},
                         {"best", search.best},
                         {"lower_bound", search.lower_bound},
                         {"gap", search.gap()},
                         {"complete", search.is_complete}};
}

std::string to_text(const SearchRecord& search) {
    const double pruned = std::max(0.0, search.space_size - static_cast<double>(search.mappings_priced));
    return fmt::format(
        "{} of {:.4g} mappings priced, {:.4g} ruled out by bounds; lower bound {:.6g}, gap {:.2f} %{}",
        search.mappings_priced, search.space_size, search.is_complete ? pruned : 0.0, search.lower_bound,
        100.0 * search.gap(), search.is_complete ? ": the optimum" : ", not proved to be the optimum");
}

std::string to_loop_nest(const Mapping& mapping, const MappingSpace& space) {

    NestWriter nest;
    for (std::size_t level = 0; level < mapping.temporal.size(); ++level) {
        if (level + 1 == mapping.temporal.size()) {
            nest.head("array");
            nest.loops(mapping.unrolled[1], "columns over");
            nest.loops(mapping.unrolled[0], "rows over");
        }
        if (level + 1 == mapping.temporal.size()) {
            nest.head(space.levels.back());
        } else {
            nest.head(level + 1 < space.levels.size() ? space.levels[level] : fmt::format("block {}", level));
        }
        nest.loops(mapping.temporal[level], "for");
    }
    if (mapping.lanes.iterations > 1) nest.loops({mapping.lanes}, "lanes over");
    return nest.take();
}

} // namespace tandem
