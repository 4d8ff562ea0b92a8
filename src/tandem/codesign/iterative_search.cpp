#include "tandem/codesign/iterative_search.h"

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/machine/bitserial/bitserial.h"

namespace tandem {

Job round_job(Job job, const std::string& machine_file) {
    TANDEM_CHECK(job.hardware && job.hardware->is_iterative(), "a job that goes in rounds");
    job.hardware->method = "fixed";
    job.machine = machine_file;
    return job;
}

Outcome<NextArray> next_array(const QuantizationProblem& problem, const Genome& genome) {
    const bitserial::Description& base = *bitserial_description(problem.machine());
    const Workload workload = problem.workload(genome);
    const HardwareOptions& options = *problem.job().hardware;
    const HardwareDesign found = TANDEM_TRY(choose_array(workload, base, options, /*seed=*/0));
    const bitserial::Description next = array_at(options.space, base, found.point);
    const bool stays = next.array == base.array && next.buffers == base.buffers; // under whatever name
    return NextArray{.machine = make_bitserial(stays ? base : next), .cost = found.cost};
}

std::string end_of_iteration(const std::vector<IterationRound>& rounds, std::int64_t most) {
    if (rounds.empty()) return "";
    const IterationRound& last = rounds.back();
    if (last.next_array == last.array) return "the array stays";
    if (rounds.size() > 1 && rounds[rounds.size() - 2].strategy == last.strategy) return "the widths stay";
    if (static_cast<std::int64_t>(rounds.size()) >= most) return "the last round allowed";
    return "";
}

Document to_document(const std::vector<IterationRound>& rounds, const std::string& end) {
    Document::List list;
    for (const IterationRound& round : rounds) {
        list.push_back(Document::Map{{"round", list.size() + 1},
                                     {"array", round.array},
                                     {"accuracy", round.accuracy},
                                     {"compute_cycles", round.cost.compute_cycles},
                                     {"dram_bytes", round.cost.dram_bytes},
                                     {"luts", round.cost.luts},
                                     {"brams", round.cost.brams},
                                     {"evaluations", round.evaluations},
                                     {"next_array", round.next_array}});
    }
    return Document::Map{{"rounds", std::move(list)}, {"end", end}};
}

std::string format_iterations(const std::vector<IterationRound>& rounds, const std::string& end) {
    std::string text =
        fmt::format("{:>5}  {:<24} {:>8} {:>14} {:>10} {:>7} {:>10} {:>12}\n", "round", "array", "accuracy",
                    "compute cycles", "DRAM bytes", "LUTs", "block RAMs", "evaluations");
    int place = 0;
    for (const IterationRound& round : rounds) {
        text += fmt::format("{:>5}  {:<24} {:>6.2f} % {:>14} {:>10} {:>7} {:>10} {:>12}\n", ++place,
                            round.array, round.accuracy * 100.0, round.cost.compute_cycles,
                            round.cost.dram_bytes, round.cost.luts, round.cost.brams, round.evaluations);
    }
    if (rounds.empty()) return text;
    const IterationRound& last = rounds.back();
    return text +
           fmt::format("end: {}; the array found for the last is {}, with {} compute cycles, {} bytes of "
                       "DRAM traffic, {} LUTs and {} block RAMs\n",
                       end, last.next_array, last.next_cost.compute_cycles, last.next_cost.dram_bytes,
                       last.next_cost.luts, last.next_cost.brams);
}

} // namespace tandem
