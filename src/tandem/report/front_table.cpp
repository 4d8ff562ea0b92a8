#include "tandem/report/front_table.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/report/report.h"

namespace tandem {

namespace {

double number(const Document& map, std::string_view key) {
    const Document* member = map.find(key);
    TANDEM_CHECK(member != nullptr, "a front document lacks " + std::string(key));
    if (const auto* integer = member->get_if<std::int64_t>()) return static_cast<double>(*integer);
    return *member->get_if<double>();
}

std::int64_t whole(const Document& value) { return *value.get_if<std::int64_t>(); }

const Document::List& list(const Document& map, std::string_view key) {
    return *map.find(key)->get_if<Document::List>();
}

/// "1 234 567": thin groups of three keep long counts readable.
std::string grouped(double value) {
    std::string digits = fmt::format("{:.0f}", value);
    for (std::ptrdiff_t i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3) {
        digits.insert(static_cast<std::size_t>(i), " ");
    }
    return digits;
}

/// Neighbouring layers of equal widths are drawn together: "8/8 4/6x3 8/8".
std::string widths(const Document& design) {
    std::string text;
    std::string last;
    int repeats = 0;
    const auto flush = [&] {
        if (repeats > 1) text += fmt::format("x{}", repeats);
    };
    for (const Document& layer : list(design, "layers")) {
        const std::string pair =
            fmt::format("{}/{}", whole(*layer.find("weight_bits")), whole(*layer.find("activation_bits")));
        if (pair == last) {
            ++repeats;
            continue;
        }
        flush();
        text += (text.empty() ? "" : " ") + pair;
        last = pair;
        repeats = 1;
    }
    flush();
    return text;
}

std::map<std::int64_t, const Document*> details_by_id(const Document& front) {
    std::map<std::int64_t, const Document*> by_id;
    for (const Document& design : list(front, "details")) by_id[whole(*design.find("id"))] = &design;
    return by_id;
}

/// Positions in the front to show: all, or `limit` evenly spread with the choice among them.
std::set<std::size_t> rows_to_show(const Document& front, std::size_t limit) {
    const Document::List& ids = list(front, "front");
    const std::size_t count = ids.size();
    std::set<std::size_t> rows;
    const std::size_t shown = std::min(std::max<std::size_t>(limit, 2), count);
    for (std::size_t i = 0; i < shown; ++i) rows.insert(shown < 2 ? 0 : i * (count - 1) / (shown - 1));
    for (std::size_t i = 0; i < count; ++i) {
        if (ids[i] == *front.find("chosen")) rows.insert(i);
    }
    return rows;
}

} // namespace

std::string format_front(const Document& front, std::size_t limit) {
    const auto details = details_by_id(front);
    const Document& reference = *details.at(whole(*front.find("reference")));
    const std::vector<Column> columns{{"", Alignment::left},
                                      {"design", Alignment::right},
                                      {"accuracy", Alignment::right},
                                      {"energy", Alignment::right},
                                      {"of ref.", Alignment::right},
                                      {"cycles", Alignment::right},
                                      {"of ref.", Alignment::right},
                                      {"weights", Alignment::right},
                                      {"weight/activation bits by layer", Alignment::left}};
    std::vector<std::vector<std::string>> rows;
    const Document::List& ids = list(front, "front");
    for (const std::size_t row : rows_to_show(front, limit)) {
        const Document& design = *details.at(whole(ids[row]));
        const double energy = number(design, "energy");
        const double latency = number(design, "latency");
        rows.push_back(
            {ids[row] == *front.find("chosen") ? "->" : "", fmt::format("{}", whole(ids[row])),
             fmt::format("{:.2f} %", number(design, "accuracy") * 100.0), grouped(energy),
             fmt::format("{:.0f} %", 100.0 * energy / number(reference, "energy")), grouped(latency),
             fmt::format("{:.0f} %", 100.0 * latency / number(reference, "latency")),
             fmt::format("{:.1f} KiB", number(design, "weight_storage_bytes") / 1024.0), widths(design)});
    }
    std::string text = format_table(columns, rows);
    if (rows.size() < ids.size()) {
        text += fmt::format(
            "{} of {} designs on the front; energy in 16-bit MACs; accuracy on {} validation images\n",
            rows.size(), ids.size(), whole(*front.find("dataset")->find("validation_samples")));
    } else {
        text +=
            fmt::format("{} designs on the front; energy in 16-bit MACs; accuracy on {} validation images\n",
                        ids.size(), whole(*front.find("dataset")->find("validation_samples")));
    }
    return text;
}

std::string format_outcome(const Document& front) {
    const auto details = details_by_id(front);
    const Document& reference = *details.at(whole(*front.find("reference")));
    const Document& chosen = *details.at(whole(*front.find("chosen")));
    return fmt::format(
        "reference: accuracy {:.2f} %, energy {}, latency {} cycles  ->  chosen design {}: accuracy {:.2f} "
        "%, "
        "energy {} ({:.0f} %), latency {} cycles ({:.0f} %)  [{} test images; float {:.2f} %]\n",
        100.0 * number(reference, "test_accuracy"), grouped(number(reference, "energy")),
        grouped(number(reference, "latency")), whole(*front.find("chosen")),
        100.0 * number(chosen, "test_accuracy"), grouped(number(chosen, "energy")),
        100.0 * number(chosen, "energy") / number(reference, "energy"), grouped(number(chosen, "latency")),
        100.0 * number(chosen, "latency") / number(reference, "latency"),
        grouped(number(*front.find("dataset"), "test_samples")),
        100.0 * number(front, "float_test_accuracy"));
}

} // namespace tandem
