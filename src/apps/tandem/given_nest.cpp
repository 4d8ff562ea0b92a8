#include "given_nest.h"

#include <fmt/format.h>

#include "tandem/mapping/timeloop_nest.h"
#include "tandem/report/report.h"

namespace tandem::app {

namespace {

Document by_operand(const std::array<std::int64_t, kOperands>& values) {
    Document::Map map;
    for (const Operand operand : kAllOperands) {
        map.emplace_back(std::string(to_string(operand)), values[index_of(operand)]);
    }
    return map;
}

Document to_document(const std::vector<NestLevelCounts>& levels) {
    Document::List list;
    for (const NestLevelCounts& level : levels) {
        list.push_back(Document::Map{{"level", level.level},
                                     {"instances", level.instances},
                                     {"tile", by_operand(level.tile)},
                                     {"reads", by_operand(level.reads)},
                                     {"fills", by_operand(level.fills)},
                                     {"updates", by_operand(level.updates)}});
    }
    return list;
}

std::string to_table(const std::vector<NestLevelCounts>& levels) {
    std::vector<std::vector<std::string>> rows;
    for (const NestLevelCounts& level : levels) {
        for (const Operand operand : kAllOperands) {
            const std::size_t o = index_of(operand);
            if (level.tile[o] == 0) continue;
            std::vector<std::string> cells{level.level, std::string(to_string(operand))};
            for (const std::int64_t value :
                 {level.instances, level.tile[o], level.reads[o], level.fills[o], level.updates[o]}) {
                cells.push_back(fmt::format("{}", value));
            }
            rows.push_back(std::move(cells));
        }
    }
    const auto right = Alignment::right;
    return format_table({{"level"},
                         {"operand"},
                         {"instances", right},
                         {"tile", right},
                         {"reads", right},
                         {"fills", right},
                         {"updates", right}},
                        rows);
}

} // namespace

Result<Outcome<void>> print_given_nest(const std::string& text, const std::string& file,
                                       const NamedLayerWork& layer, const Machine& machine,
                                       const CommonOptions& common) {
    const LoopNest nest = TANDEM_TRY(parse_timeloop_nest(text, file, layer.work));
    const auto model = machine.layer_model(layer.work);
    if (!model) return Outcome<void>(tl::unexpected(model.error()));
    const auto priced = (*model)->price_nest(nest);
    if (!priced) return Outcome<void>(tl::unexpected(priced.error()));
    Cost whole;
    whole.energy_unit = machine.energy_unit();
    whole.clock = machine.clock();
    whole.layer_names = {layer.layer};
    whole.layers = {priced->cost};
    if (common.json) {
        Document document = tandem::to_document(whole);
        auto& map = std::get<Document::Map>(document.value);
        map.emplace_back("levels", to_document(priced->levels));
        TANDEM_TRY(print_json(document));
        return Outcome<void>();
    }
    const std::string head = fmt::format(
        "{}: {} cycles, {:.0f} energy, {:.1f} % of the multipliers busy; values, one instance\n\n",
        layer.layer, priced->cost.cycles.value, priced->cost.energy().value,
        100.0 * priced->cost.utilization);
    TANDEM_TRY(print(head + to_table(priced->levels)));
    return Outcome<void>();
}

} // namespace tandem::app
