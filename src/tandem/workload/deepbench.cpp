#include "tandem/workload/deepbench.h"

#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>

#include "tandem/workload/table.h"

namespace tandem {

namespace {

constexpr std::int64_t kLargest = (std::int64_t{1} << 31) - 1;

/// The next line that is neither empty nor a comment, and its number; empty at the end.
class Lines {
  public:
    explicit Lines(std::string_view text) : text_(text) {}

    std::string_view next() {
        while (!text_.empty()) {
            const std::size_t end = text_.find('\n');
            const std::string_view line = trimmed(text_.substr(0, end));
            text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
            ++number_;
            if (!line.empty() && line.front() != '#') return line;
        }
        return {};
    }
    std::size_t number() const { return number_; }

  private:
    std::string_view text_;
    std::size_t number_ = 0;
};

bool has(const std::vector<std::string>& heads, std::string_view name) {
    return std::find(heads.begin(), heads.end(), name) != heads.end();
}

/// One row by column name.
class Row {
  public:
    Row(const std::vector<std::string>& heads, std::vector<std::string> cells, std::string file,
        std::size_t line)
        : file_(std::move(file)), line_(line) {
        if (cells.size() != heads.size()) {
            add("cells", std::to_string(cells.size()), std::to_string(heads.size()));
        }
        cells.resize(heads.size());
        for (std::size_t i = 0; i < heads.size(); ++i) cells_[heads[i]] = std::move(cells[i]);
    }

    const std::string& text(const std::string& column) { return cells_[column]; }

    std::int64_t number(const std::string& column, std::int64_t least) {
        const std::string& cell = cells_[column];
        std::int64_t value = least;
        const auto [end, code] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
        if (code == std::errc() && end == cell.data() + cell.size() && value >= least && value <= kLargest) {
            return value;
        }
        add(column, fmt::format("'{}'", cell), fmt::format("an integer from {} to {}", least, kLargest));
        return least;
    }

    void add(std::string_view column, std::string found, std::string expected) {
        problems_.push_back({.file = file_,
                             .place = fmt::format("line {}: {}", line_, column),
                             .found = std::move(found),
                             .expected = std::move(expected)});
    }

    const std::vector<Problem>& problems() const { return problems_; }

  private:
    std::string file_;
    std::size_t line_;
    std::map<std::string, std::string> cells_;
    std::vector<Problem> problems_;
};

LayerWork convolution(Row& row) {
    LayerWork work;
    work.extents = {row.number("N", 1),  row.number("K", 1),  row.number("C", 1), row.number("OY", 1),
                    row.number("OX", 1), row.number("FY", 1), row.number("FX", 1)};
    work.strides = {row.number("stride_h", 1), row.number("stride_w", 1)};
    const std::array<std::int64_t, 2> image{row.number("H", 1), row.number("W", 1)};
    const std::array<std::int64_t, 2> pads{row.number("pad_h", 0), row.number("pad_w", 0)};
    constexpr std::array<std::array<Dimension, 2>, 2> kAxes{
        {{Dimension::oy, Dimension::fy}, {Dimension::ox, Dimension::fx}}};
    for (std::size_t axis = 0; axis < 2; ++axis) {
        // Of the pads on both sides only what the last window reaches.
        const std::int64_t reached =
            input_extent(work, axis, work.extent(kAxes[axis][0]), work.extent(kAxes[axis][1]));
        work.pads[axis] = std::clamp<std::int64_t>(reached - image[axis], 0, 2 * pads[axis]);
        if (reached - work.pads[axis] > image[axis]) {
            row.add(axis == 0 ? "OY" : "OX", fmt::format("windows over {} positions", reached),
                    fmt::format("at most {} and the pads", image[axis]));
        }
    }
    return work;
}

LayerWork product(Row& row) {
    LayerWork work;
    work.extents = {row.number("N_gemm", 1), row.number("M_gemm", 1), row.number("K_gemm", 1), 1, 1, 1, 1};
    return work;
}

} // namespace

bool is_deepbench_table(std::string_view text) {
    const std::vector<std::string> heads = cells_of(Lines(text).next());
    return has(heads, "suite") && has(heads, "kind") && has(heads, "index");
}

Result<std::vector<NamedLayerWork>> parse_deepbench_table(std::string_view text, const std::string& file) {
    Lines lines(text);
    const std::vector<std::string> heads = cells_of(lines.next());
    std::vector<NamedLayerWork> layers;
    std::vector<Problem> problems;
    for (std::string_view line = lines.next(); !line.empty(); line = lines.next()) {
        Row row(heads, cells_of(line), file, lines.number());
        const std::string kind = row.text("kind");
        const std::string name = fmt::format("{} {} {}", row.text("suite"), kind, row.text("index"));
        if (kind == "conv") {
            layers.push_back({.layer = name, .work = convolution(row)});
        } else if (kind == "gemm" || kind == "sparse_gemm") {
            layers.push_back({.layer = name, .work = product(row)});
        } else if (kind != "rnn") {
            row.add("kind", fmt::format("'{}'", kind), "conv, gemm, sparse_gemm or rnn");
        }
        problems.insert(problems.end(), row.problems().begin(), row.problems().end());
    }
    if (!problems.empty()) return bad_input(std::move(problems));
    if (layers.empty()) return bad_input(file, "", "no layers", "rows of kind conv or gemm");
    return layers;
}

} // namespace tandem
