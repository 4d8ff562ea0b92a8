#include "tandem/workload/shapes.h"

#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tandem/workload/table.h"

namespace tandem {

namespace {

constexpr std::int64_t kLargest = (std::int64_t{1} << 31) - 1;

const std::vector<std::string>& known_keys() {
    static const std::vector<std::string> kKeys{"N",  "K",  "C",  "OY", "OX", "FY", "FX", "G",
                                                "SY", "SX", "DY", "DX", "PT", "PB", "PL", "PR"};
    return kKeys;
}

bool is_pad(const std::string& key) { return key.front() == 'P'; }

/// Values by key, from any notation; `place` says where the layer stands.
class ShapeReader {
  public:
    ShapeReader(std::string file, std::string place) : file_(std::move(file)), place_(std::move(place)) {}

    void take(const std::string& key, std::string_view value) {
        const auto& keys = known_keys();
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
            add(key, "an unknown key", fmt::format("one of {}", fmt::join(keys, " ")));
            return;
        }
        std::int64_t number = 0;
        const auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), number);
        const std::int64_t least = is_pad(key) ? 0 : 1;
        if (code != std::errc() || end != value.data() + value.size() || number < least ||
            number > kLargest) {
            add(key, fmt::format("'{}'", value), fmt::format("an integer from {} to {}", least, kLargest));
        } else if (!values_.try_emplace(key, number).second) {
            add(key, "a second value", "one");
        }
    }

    void add(const std::string& key, std::string found, std::string expected) {
        problems_.push_back({.file = file_,
                             .place = place_.empty() ? key : place_ + ": " + key,
                             .found = std::move(found),
                             .expected = std::move(expected)});
    }

    LayerWork layer() {
        LayerWork work;
        const auto value = [&](const char* key, std::int64_t otherwise) {
            const auto found = values_.find(key);
            return found == values_.end() ? otherwise : found->second;
        };
        for (const Dimension dimension : kAllDimensions) {
            const std::string key(to_string(dimension));
            if (dimension != Dimension::g) work.extents[index_of(dimension)] = value(key.c_str(), 1);
        }
        work.groups = value("G", 1);
        work.strides = {value("SY", 1), value("SX", 1)};
        work.dilations = {value("DY", 1), value("DX", 1)};
        work.pads = {value("PT", 0) + value("PB", 0), value("PL", 0) + value("PR", 0)};
        constexpr std::array<std::array<Dimension, 2>, 2> kAxes{
            {{Dimension::oy, Dimension::fy}, {Dimension::ox, Dimension::fx}}};
        for (std::size_t axis = 0; axis < 2; ++axis) {
            const std::int64_t padded =
                input_extent(work, axis, work.extent(kAxes[axis][0]), work.extent(kAxes[axis][1]));
            if (work.pads[axis] < padded) continue;
            add(axis == 0 ? "PT + PB" : "PL + PR", fmt::format("{}", work.pads[axis]),
                fmt::format("less than {}, so that some input is left", padded));
        }
        return work;
    }

    std::vector<Problem> take_problems() { return std::move(problems_); }

  private:
    std::string file_;
    std::string place_;
    std::map<std::string, std::int64_t> values_;
    std::vector<Problem> problems_;
};

} // namespace

Result<LayerWork> parse_layer_shape(std::string_view text, const std::string& source) {
    ShapeReader reader(source, "");
    std::size_t words = 0;
    while (!(text = trimmed(text)).empty()) {
        const std::string_view word = text.substr(0, text.find_first_of(" \t"));
        text.remove_prefix(word.size());
        ++words;
        const std::size_t sign = word.find('=');
        if (sign == std::string_view::npos) {
            reader.add(std::string(word), "no value", "KEY=value");
        } else {
            reader.take(std::string(word.substr(0, sign)), word.substr(sign + 1));
        }
    }
    if (words == 0) reader.add("layer", "nothing", "words KEY=value");
    const LayerWork work = reader.layer();
    std::vector<Problem> problems = reader.take_problems();
    if (!problems.empty()) return bad_input(std::move(problems));
    return work;
}

Result<std::vector<NamedLayerWork>> parse_layer_table(std::string_view text, const std::string& file) {
    std::vector<NamedLayerWork> layers;
    std::vector<Problem> problems;
    std::vector<std::string> heads;
    for (std::size_t line_number = 1; !text.empty(); ++line_number) {
        const std::size_t end = text.find('\n');
        const std::string_view line = trimmed(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.empty() || line.front() == '#') continue;
        std::vector<std::string> cells = cells_of(line);
        if (heads.empty()) {
            heads = std::move(cells);
            continue;
        }
        const std::string place = fmt::format("line {}", line_number);
        ShapeReader reader(file, place);
        NamedLayerWork layer{.layer = std::to_string(layers.size() + 1), .work = {}};
        if (cells.size() != heads.size()) {
            reader.add("cells", std::to_string(cells.size()), std::to_string(heads.size()));
        }
        for (std::size_t i = 0; i < std::min(cells.size(), heads.size()); ++i) {
            if (heads[i] == "name") {
                layer.layer = cells[i];
            } else if (!cells[i].empty()) {
                reader.take(heads[i], cells[i]);
            }
        }
        layer.work = reader.layer();
        for (Problem& problem : reader.take_problems()) problems.push_back(std::move(problem));
        layers.push_back(std::move(layer));
    }
    if (layers.empty() && problems.empty())
        return bad_input(file, "", "no layers", "a line of keys, then layers");
    if (!problems.empty()) return bad_input(std::move(problems));
    return layers;
}

} // namespace tandem
