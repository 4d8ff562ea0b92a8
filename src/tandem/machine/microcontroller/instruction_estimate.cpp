#include "tandem/machine/microcontroller/instruction_estimate.h"

#include <charconv>
#include <map>

#include "tandem/core/check.h"

namespace tandem {

namespace {

using Table = std::map<std::string, std::map<std::string, double, std::less<>>, std::less<>>;

Table parse_table(std::string_view text) {
    Table table;
    text.remove_prefix(text.find('\n') + 1); // the head
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(line.size() + 1);
        const std::size_t kind = line.find(',') + 1;
        const std::size_t number = line.find(',', kind) + 1;
        double instructions = 0.0;
        const auto read = std::from_chars(line.data() + number, line.data() + line.size(), instructions);
        TANDEM_CHECK(read.ec == std::errc(), "numbers in instruction_counts.csv");
        table[std::string(line.substr(0, kind - 1))].emplace(line.substr(kind, number - 1 - kind),
                                                             instructions);
    }
    return table;
}

const std::map<std::string, double, std::less<>>& costs_of(const Target& target) {
    static const Table kTable = parse_table(instruction_count_table());
    const auto costs = kTable.find(target.name);
    TANDEM_CHECK(costs != kTable.end(), "a target that instruction_counts.csv has");
    return costs->second;
}

} // namespace

bool is_counted(const Target& target, const std::string& kind) { return costs_of(target).contains(kind); }

double instructions_of(const Target& target, const std::vector<Work>& work) {
    const auto& costs = costs_of(target);
    double total = 0.0;
    for (const Work& each : work) {
        const auto cost = costs.find(each.kind);
        TANDEM_CHECK(cost != costs.end(), "a kind of work that instruction_counts.csv has");
        total += each.times * cost->second;
    }
    return total;
}

} // namespace tandem
