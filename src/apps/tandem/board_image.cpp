#include "board_image.h"

#include <cmath>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tandem/machine/microcontroller/board_fit.h"
#include "tandem/report/report.h"
#include "tandem/report/text.h"

namespace tandem::app {

namespace {

std::vector<std::string> row_of(const StepCost& step) {
    return {step.name,
            step.kernel,
            format_count(step.weights.value),
            format_count((step.tables + step.calls).value),
            format_count(step.flash().value),
            format_count(step.tensors.value),
            format_count(step.scratch.value),
            format_count(step.ram().value),
            format_count(std::llround(step.instructions))};
}

std::string to_text(const ImageCost& cost, const Board& board) {
    const auto right = Alignment::right;
    std::vector<std::vector<std::string>> rows;
    for (const StepCost& step : cost.steps) rows.push_back(row_of(step));
    const auto count = [](Bytes bytes) { return format_count(bytes.value); };
    return format_table({{"layer"},
                         {"kernel"},
                         {"weights", right},
                         {"table and call", right},
                         {"flash bytes", right},
                         {"tensors", right},
                         {"windows", right},
                         {"RAM bytes", right},
                         {"instructions", right}},
                        rows) +
           fmt::format(
               "\nflash {} bytes of {} (estimate): weights {}, tables {}, code {}, the rest of the image "
               "{}\nRAM   {} bytes of {} (estimate): network {}, the rest of the image {}, stack {}\n"
               "{} instructions an inference (estimate)\n",
               count(cost.flash()), count(board.flash.size), count(cost.weights), count(cost.tables),
               count(cost.code), count(cost.support), count(cost.ram()), count(board.ram.size),
               count(cost.arena), count(cost.static_ram() - cost.arena), count(cost.stack),
               format_count(std::llround(cost.instructions())));
}

} // namespace

Result<void> print_board_image(const std::string& network, const Board& board,
                               const StrategyOptions& strategy, const CommonOptions& common) {
    const QuantizedNetwork quantized =
        TANDEM_TRY(load_quantized_network("tandem map", network, DataOptions(), strategy));
    const IntegerProgram program = TANDEM_TRY(lower_to_integers(quantized.network, quantized.strategy));
    const Outcome<ImageCost> cost = price_image(program, board);
    if (!cost) {
        if (common.json) {
            TANDEM_TRY(
                print_json(Document::Map{{"infeasible", Document::Map{{"reason", cost.error().reason}}}}));
        }
        return failed(network, "", cost.error().reason, "a larger board or narrower layers");
    }
    if (!common.json) return print(to_text(*cost, board));
    Document document = to_document(*cost);
    std::get<Document::Map>(document.value).emplace_back("board", board.name);
    return print_json(document);
}

} // namespace tandem::app
