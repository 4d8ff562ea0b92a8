#include "tandem/mapping/timeloop_nest.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace tandem {

namespace {

constexpr std::int64_t kMost = std::int64_t{1} << 40;
/// More of either is no nest of one layer.
constexpr std::size_t kMostLevels = 64;
constexpr std::size_t kMostLoops = 256;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r";
    const std::size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

/// The text before the next blank; both are taken off `rest`.
std::string_view take_word(std::string_view& rest) {
    rest = trimmed(rest);
    const std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
    rest.remove_prefix(word.size());
    return word;
}

std::optional<std::int64_t> whole_number(std::string_view digits) {
    std::int64_t number = 0;
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (code != std::errc() || end != digits.data() + digits.size() || number < 0 || number > kMost) {
        return std::nullopt;
    }
    return number;
}

/// Timeloop's names, P and R along columns; and ours.
std::optional<Dimension> dimension_called(std::string_view name) {
    using enum Dimension;
    constexpr std::array<std::pair<std::string_view, Dimension>, 5> kTheirs{
        {{"M", k}, {"P", ox}, {"Q", oy}, {"R", fx}, {"S", fy}}};
    for (const auto& [theirs, dimension] : kTheirs) {
        if (theirs == name) return dimension;
    }
    for (const Dimension dimension : kAllDimensions) {
        if (to_string(dimension) == name) return dimension;
    }
    return std::nullopt;
}

bool is_blank(std::string_view line) {
    return line.empty() || line.find_first_not_of('-') == std::string_view::npos;
}

class NestReader {
  public:
    explicit NestReader(std::string file) : file_(std::move(file)) {}

    void take(std::string_view line, std::size_t number) {
        number_ = number;
        line = trimmed(line);
        if (is_blank(line)) return;
        if (line.front() == '|') {
            take_loop(trimmed(line.substr(1)));
        } else {
            take_level(line);
        }
    }

    Result<LoopNest> finish() {
        number_ = 0;
        if (nest_.levels.empty() && problems_.empty()) {
            add("no level", "a line NAME [ Weights:... Inputs:... Outputs:... ]");
        }
        if (!problems_.empty()) return bad_input(std::move(problems_));
        return std::move(nest_);
    }

  private:
    void add(std::string found, std::string expected) {
        constexpr std::size_t kMostProblems = 20;
        if (problems_.size() >= kMostProblems) return;
        problems_.push_back({.file = file_,
                             .place = number_ > 0 ? fmt::format("line {}", number_) : "",
                             .found = std::move(found),
                             .expected = std::move(expected)});
    }

    void take_level(std::string_view line) {
        const std::size_t open = line.find(" [");
        if (open == std::string_view::npos || line.back() != ']') {
            add(fmt::format("'{}'", line), "a level \"NAME [ ... ]\" or a loop \"| for K in [0:4)\"");
            return;
        }
        if (nest_.levels.size() == kMostLevels) {
            add("one more level", fmt::format("at most {}", kMostLevels));
            return;
        }
        NestLevel level{.name = std::string(trimmed(line.substr(0, open))), .keeps = {}, .loops = {}};
        std::string_view rest = line.substr(open + 2, line.size() - open - 3);
        for (std::string_view word = take_word(rest); !word.empty(); word = take_word(rest)) {
            if (word.front() == '(') continue; // the same figure, of all instances that share it
            take_operand(word, level);
        }
        nest_.levels.push_back(std::move(level));
    }

    void take_operand(std::string_view word, NestLevel& level) {
        const std::size_t colon = word.find(':');
        const std::string_view name = word.substr(0, colon);
        constexpr std::array<std::string_view, kOperands> kNames{"Weights", "Inputs", "Outputs"};
        const auto* const found = std::find(kNames.begin(), kNames.end(), name);
        const auto values =
            colon == std::string_view::npos ? std::nullopt : whole_number(word.substr(colon + 1));
        if (found == kNames.end() || !values) {
            add(fmt::format("'{}'", word), "Weights, Inputs or Outputs, a colon and a number of values");
            return;
        }
        level.keeps[static_cast<std::size_t>(found - kNames.begin())] = values;
    }

    void take_loop(std::string_view line) {
        if (line == "<< Compute >>" || line.empty()) return;
        std::string_view rest = line;
        const std::string_view keyword = take_word(rest);
        const std::string_view name = take_word(rest);
        const std::string_view in = take_word(rest);
        const std::string_view range = take_word(rest);
        const std::string_view where = trimmed(rest);
        if (keyword != "for" || in != "in" || range.substr(0, 3) != "[0:" || range.back() != ')') {
            add(fmt::format("'{}'", line), "for K in [0:4)");
            return;
        }
        const auto dimension = dimension_called(name);
        if (!dimension) add(fmt::format("a loop of '{}'", name), "N, K or M, C, P, Q, R, S or G");
        const std::string_view bounds = range.substr(3, range.size() - 4);
        const std::size_t mark = bounds.find_first_of(",/"); // earlier releases print a slash
        const bool has_remainder = mark != std::string_view::npos;
        const auto iterations = whole_number(bounds.substr(0, mark));
        const auto remainder = has_remainder ? whole_number(bounds.substr(mark + 1)) : iterations;
        if (!iterations || *iterations < 1) {
            add(fmt::format("'{}'", range), "[0:N), N a positive integer");
        } else if (!remainder || *remainder < 1 || *remainder > *iterations) {
            add(fmt::format("'{}'", range), "[0:N,R), R the iterations of the last turn, 1 to N");
        }
        NestLoop loop{.dimension = dimension.value_or(Dimension::k), .iterations = iterations.value_or(1)};
        if (has_remainder) loop.remainder = remainder.value_or(0);
        if (where == "(Spatial-X)") {
            loop.axis = NestAxis::columns;
        } else if (where == "(Spatial-Y)") {
            loop.axis = NestAxis::rows;
        } else if (!where.empty()) {
            add(fmt::format("'{}'", where), "(Spatial-X), (Spatial-Y) or nothing");
        }
        if (nest_.levels.empty()) {
            add("a loop before the first level", "a line NAME [ ... ]");
        } else if (++loops_ > kMostLoops) {
            add("one more loop", fmt::format("at most {}", kMostLoops));
        } else {
            nest_.levels.back().loops.push_back(loop);
        }
    }

    std::string file_;
    std::size_t number_ = 0;
    std::size_t loops_ = 0;
    LoopNest nest_;
    std::vector<Problem> problems_;
};

Dimension turned(Dimension dimension) {
    using enum Dimension;
    switch (dimension) {
    case oy: return ox;
    case ox: return oy;
    case fy: return fx;
    case fx: return fy;
    case n:
    case k:
    case c:
    case g: return dimension;
    }
    return dimension;
}

/// Whether the loops of each dimension give the layer's extent.
bool covers(const LoopNest& nest, const LayerWork& work) {
    std::array<double, kDimensions> extents;
    std::array<double, kDimensions> steps;
    extents.fill(1.0);
    steps.fill(1.0);
    for (auto level = nest.levels.rbegin(); level != nest.levels.rend(); ++level) {
        for (auto loop = level->loops.rbegin(); loop != level->loops.rend(); ++loop) {
            const std::size_t d = index_of(loop->dimension);
            extents[d] += static_cast<double>(loop->last_iterations() - 1) * steps[d];
            steps[d] *= static_cast<double>(loop->iterations);
        }
    }
    return std::all_of(kAllDimensions.begin(), kAllDimensions.end(), [&](Dimension dimension) {
        return extents[index_of(dimension)] == static_cast<double>(work.extent(dimension));
    });
}

} // namespace

bool is_timeloop_nest(std::string_view text) {
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::string_view line = trimmed(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (is_blank(line)) continue;
        const std::size_t open = line.find(" [");
        return open != std::string_view::npos && line.front() != '{' && line[open - 1] != ':' &&
               line.back() == ']';
    }
    return false;
}

Result<LoopNest> parse_timeloop_nest(std::string_view text, const std::string& file, const LayerWork& work) {
    NestReader reader(file);
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = text.find('\n');
        reader.take(text.substr(0, end), number);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    LoopNest nest = TANDEM_TRY(reader.finish());
    if (covers(nest, work)) return nest;
    LoopNest other = nest;
    for (NestLevel& level : other.levels) {
        for (NestLoop& loop : level.loops) loop.dimension = turned(loop.dimension);
    }
    return covers(other, work) ? other : nest;
}

} // namespace tandem
