#include "tandem/codesign/quantization_search.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tandem/codesign/array_choice.h"
#include "tandem/codesign/design_record.h"
#include "tandem/codesign/image_cost.h"
#include "tandem/codesign/joint_space.h"
#include "tandem/codesign/quantization_space.h"
#include "tandem/core/check.h"
#include "tandem/machine/bitserial/bitserial.h"
#include "tandem/machine/microcontroller/board_fit.h"
#include "tandem/machine/microcontroller/microcontroller.h"
#include "tandem/training/quantization.h"

namespace tandem {

namespace {

/// What the job asks of a machine that cannot tell. A supernet's designs are priced with scales, others in
/// powers of two.
Result<void> check_priced(const Job& job, const Machine& machine, bool prices_scales) {
    const std::vector<std::string> known = objective_names(machine);
    std::vector<Problem> problems;
    const auto refuse = [&](std::string place, const std::string& found, std::string expected) {
        problems.push_back({job.machine, std::move(place),
                            fmt::format("{}, of a machine of the family {}", found, machine.family()),
                            std::move(expected)});
    };
    for (std::size_t i = 0; i < job.objectives.size(); ++i) {
        if (std::find(known.begin(), known.end(), job.objectives[i]) != known.end()) continue;
        refuse(fmt::format("objectives[{}]", i), job.objectives[i],
               fmt::format("one of {}", fmt::join(known, ", ")));
    }
    const bool is_board = board_of(machine) != nullptr;
    if (is_board && job.refine) {
        refuse("refine", "levels of schedules", "a machine with schedules, or constraints");
    }
    if (is_board && job.batch != 1)
        refuse("batch", std::to_string(job.batch), "1: a board takes one image at a time");
    if (is_board && job.fine_tuning) {
        // What is trained must take the memory that the search saw.
        const std::string& method = job.fine_tuning->method;
        const bool has_scales = uses_scales(TANDEM_TRY(parse_quantization_method(method)));
        if (has_scales != prices_scales) {
            refuse("fine_tuning.method", method,
                   prices_scales
                       ? "one that learns scales, which the supernet's designs have"
                       : "fixed: designs are priced in powers of two, and scales take other memory");
        }
    }
    const ConstraintOptions& bounds = job.constraints;
    if (!is_board && (bounds.flash_bytes || bounds.ram_bytes || bounds.instructions)) {
        refuse("constraints", "flash_bytes, ram_bytes or instructions",
               "a machine of the family microcontroller");
    }
    if (!problems.empty()) return bad_input(std::move(problems));
    return {};
}

/// The first memory of which an image takes more than the job allows.
std::optional<ImageOverflow> find_excess(const ImageCost& image, const ConstraintOptions& constraints) {
    if (constraints.flash_bytes && image.flash().value > *constraints.flash_bytes) {
        return ImageOverflow{
            .memory = "flash", .needed = image.flash(), .available = Bytes(*constraints.flash_bytes)};
    }
    if (constraints.ram_bytes && image.ram().value > *constraints.ram_bytes) {
        return ImageOverflow{
            .memory = "RAM", .needed = image.ram(), .available = Bytes(*constraints.ram_bytes)};
    }
    return std::nullopt;
}

} // namespace

QuantizationProblem::QuantizationProblem(Job job, Experiment experiment, MachinePointer machine)
    : job_(std::move(job)), experiment_(std::move(experiment)), machine_(std::move(machine)),
      space_(quantization_space(experiment_.network, job_.space)),
      estimator_(std::make_unique<Estimator>(machine_, MappingGoal::energy_delay)),
      objectives_(find_objectives(job_.objectives)) {
    if (job_.refine) screen_.emplace(machine_, *job_.refine);
}

Result<QuantizationProblem> QuantizationProblem::create(const Job& job, Experiment experiment,
                                                        MachinePointer machine, Bytes memory) {
    if (job.hardware && bitserial_description(*machine) == nullptr) {
        return bad_input(job.machine, "family", std::string(machine->family()),
                         "bitserial, the family whose arrays 'hardware' chooses from");
    }
    TANDEM_TRY(check_priced(job, *machine, experiment.supernet != nullptr));
    QuantizationProblem problem(job, std::move(experiment), std::move(machine));
    if (job.hardware && job.hardware->is_joint()) {
        problem.space_ =
            with_hardware_genes(std::move(problem.space_), job.hardware->space,
                                [&](const Genome& genome) { return problem.first_array(genome); });
    }
    TANDEM_TRY(need_training_images(problem.experiment_));
    if (const auto& supernet = problem.experiment_.supernet) {
        TANDEM_TRY(check_within(supernet->space(), precision_space(job.space), job.network));
    } else {
        problem.calibration_ = TANDEM_TRY(calibrate(problem.experiment_, all_widths(job.space)));
    }
    ReferenceSamples reference = TANDEM_TRY(reference_samples(problem.experiment_, Portion::validation));
    problem.float_accuracy_ = tandem::float_accuracy(reference);
    problem.evaluator_ = std::make_unique<Evaluator>(std::move(reference), memory);
    // Whether the network has an integer form does not depend on the widths: ask once, here.
    static_cast<void>(TANDEM_TRY(problem.program(widest_genome(problem.space_))));
    return problem;
}

Result<QuantizedNetwork> QuantizationProblem::quantized(const Genome& genome) const {
    Strategy widths = decode(genome, experiment_.network, job_.space);
    if (!experiment_.supernet) {
        return QuantizedNetwork{experiment_.network,
                                apply_calibration(std::move(widths), experiment_.network, calibration_)};
    }
    return experiment_.supernet->subnetwork(widths);
}

Result<IntegerProgram> QuantizationProblem::program(const Genome& genome) const {
    const auto [network, strategy] = TANDEM_TRY(quantized(genome));
    return lower_to_integers(network, strategy);
}

Workload QuantizationProblem::workload(const Genome& genome) const {
    Workload workload = make_workload(experiment_.network, decode(genome, experiment_.network, job_.space));
    for (NamedLayerWork& layer : workload.layers) {
        layer.work.extents[index_of(Dimension::n)] *= job_.batch;
    }
    return workload;
}

Outcome<MachinePointer> QuantizationProblem::machine_of(const Genome& genome) const {
    if (!job_.hardware || job_.hardware->is_fixed()) return machine_;
    const HardwareOptions& options = *job_.hardware;
    const bitserial::Description& base = *bitserial_description(*machine_);
    if (options.is_joint()) return make_bitserial(array_at(options.space, base, hardware_point(genome)));
    const HardwareDesign found = TANDEM_TRY(
        choose_array(workload(genome), base, options, static_cast<std::uint64_t>(job_.search.seed)));
    return make_bitserial(array_at(options.space, base, found.point));
}

HardwarePoint QuantizationProblem::first_array(const Genome& genome) const {
    const bitserial::Description& base = *bitserial_description(*machine_);
    const Outcome<HardwareDesign> chosen = choose_array(workload(genome), base, *job_.hardware, 0);
    return chosen ? chosen->point : nearest_point(job_.hardware->space, base);
}

Outcome<Cost> QuantizationProblem::cost(const Genome& genome) const {
    if (const Board* board = board_of(*machine_)) return cost_on_board(*board, genome);
    if (!job_.hardware) {
        return per_image(TANDEM_TRY(cost_on_machine(workload(genome))), job_.batch);
    }
    const MachinePointer machine = TANDEM_TRY(machine_of(genome));
    Cost cost = TANDEM_TRY(machine == machine_
                               ? estimator_->estimate(workload(genome))
                               : Estimator(machine, MappingGoal::energy_delay).estimate(workload(genome)));
    if (!job_.hardware->is_joint() && !job_.hardware->is_fixed()) return cost; // an inner search has met them
    const HardwareTargets& targets = job_.hardware->targets;
    const HardwareCost figures = hardware_cost(cost, *machine);
    if (targets.are_met_by(figures)) return cost;
    return tl::unexpected(Infeasible{machine->name() + ": " + targets.describe_misses(figures)});
}

Outcome<Cost> QuantizationProblem::cost_on_machine(const Workload& work) const {
    if (!screen_) return estimator_->estimate(work);
    if (auto missed = screen_->sent_back(work)) return tl::unexpected(std::move(*missed));
    Cost cost = TANDEM_TRY(estimator_->estimate(work));
    if (auto missed = screen_->sent_back(cost)) return tl::unexpected(std::move(*missed));
    return cost;
}

Outcome<Cost> QuantizationProblem::cost_on_board(const Board& board, const Genome& genome) const {
    const Result<IntegerProgram> lowered = program(genome);
    if (!lowered) return tl::unexpected(Infeasible{to_string(lowered.error())});
    Cost cost;
    cost.energy_unit = machine_->energy_unit();
    cost.weight_storage = workload(genome).weight_storage();
    cost.image = TANDEM_TRY(price_image(*lowered, board));
    const std::optional<ImageOverflow> excess = find_excess(*cost.image, job_.constraints);
    if (excess) {
        return tl::unexpected(Infeasible{
            fmt::format("{}, as the job allows: {}", board.name, describe_overflow(*excess, *lowered))});
    }
    const auto instructions = std::llround(cost.image.value().instructions());
    if (instructions > job_.constraints.instructions.value_or(instructions)) {
        return tl::unexpected(
            Infeasible{fmt::format("{}, as the job allows: an inference of {} instructions, {} too many",
                                   board.name, instructions, instructions - *job_.constraints.instructions)});
    }
    return cost;
}

Outcome<MappedLayer> QuantizationProblem::map(const Genome& genome, const LayerWork& work) const {
    const MachinePointer machine = TANDEM_TRY(machine_of(genome));
    if (machine == machine_) return estimator_->map(work);
    return Estimator(machine, MappingGoal::energy_delay).map(work);
}

Result<void> QuantizationProblem::recall_schedules(const RunStore& store) const {
    std::vector<KeptSchedule> kept;
    for (StoredResult& result : TANDEM_TRY(store.results())) {
        kept.push_back({.key = std::move(result.key), .text = std::move(result.value)});
    }
    estimator_->recall(std::move(kept));
    return {};
}

std::vector<std::int64_t> QuantizationProblem::confusion(const IntegerProgram& program) const {
    return confusion_matrix(evaluator_->outputs(program), evaluator_->labels());
}

Quality QuantizationProblem::quality(const IntegerProgram& program) const {
    return evaluator_->evaluate(program);
}

Evaluation QuantizationProblem::judge(const Quality& quality, const Cost& cost) const {
    Evaluation evaluation;
    for (const Objective* objective : objectives_) {
        evaluation.objectives.push_back(to_minimized(*objective, objective->value(quality, cost)));
    }
    const double drop = float_accuracy_ - quality.accuracy;
    evaluation.violation = std::max(0.0, drop - job_.constraints.accuracy_drop);
    evaluation.details = to_json(Document::Map{{"accuracy", quality.accuracy},
                                               {"kl_divergence", quality.kl_divergence},
                                               {"samples", quality.samples}},
                                 JsonLayout::compact);
    return evaluation;
}

Evaluation QuantizationProblem::evaluate(const Genome& genome) const {
    const auto infeasible = [](Infeasible reason) {
        Evaluation evaluation;
        evaluation.infeasible = std::move(reason);
        return evaluation;
    };
    const Outcome<Cost> price = cost(genome);
    if (!price) return infeasible(price.error());
    const auto known = known_qualities_.find(widths_hash(genome));
    if (known != known_qualities_.end()) return judge(known->second, *price);
    const Result<IntegerProgram> lowered = program(genome);
    if (!lowered) return infeasible(Infeasible{to_string(lowered.error())});
    return judge(quality(*lowered), *price);
}

std::vector<double> QuantizationProblem::hypervolume_reference() const {
    constexpr double kMargin = 1.1; // so that the widest design itself counts
    std::vector<Cost> feasible;
    for (const Genome& guess : space_.first_guesses) {
        Outcome<Cost> price = cost(guess);
        if (!price) continue;
        feasible.push_back(std::move(*price));
        if (&guess == &space_.first_guesses.front()) break; // the widest: nothing costs more
    }
    std::vector<double> reference;
    for (const Objective* objective : objectives_) {
        // Without any feasible guess nothing is known to be worst; one keeps the product defined.
        double worst = 1.0;
        for (const Cost& price : feasible) {
            worst = std::max(worst, objective->value(Quality{}, price) * kMargin);
        }
        reference.push_back(objective->goal == Goal::maximize ? 1.0 : worst);
    }
    return reference;
}

ContentHash QuantizationProblem::widths_hash(const Genome& genome) const {
    return content_hash(decode(genome, experiment_.network, job_.space));
}

void QuantizationProblem::know(KnownQualities qualities) { known_qualities_ = std::move(qualities); }

Quality quality_of(const StoredDesign& design) {
    const Result<Document> details = parse_json(design.evaluation.details, "run.sqlite");
    TANDEM_CHECK(details.has_value(), "the store keeps what the evaluator wrote");
    return {.accuracy = *details->find("accuracy")->get_if<double>(),
            .kl_divergence = *details->find("kl_divergence")->get_if<double>(),
            .samples = *details->find("samples")->get_if<std::int64_t>()};
}

std::size_t QuantizationProblem::add_qualities(const std::vector<StoredDesign>& designs,
                                               KnownQualities& qualities) const {
    std::size_t added = 0;
    for (const StoredDesign& design : designs) {
        if (design.evaluation.infeasible) continue;
        if (qualities.emplace(widths_hash(design.genome), quality_of(design)).second) ++added;
    }
    return added;
}

QuantizationProblem QuantizationProblem::searched_by(SearchOptions search) && {
    job_.search = std::move(search);
    return std::move(*this);
}

Result<std::vector<StoredDesign>> search_quantization(const QuantizationProblem& problem, Crew& crew,
                                                      RunStore& store, const std::atomic<bool>* interrupted,
                                                      Progress& progress) {
    const SearchOptions& options = problem.job().search;
    GenomeSpace space = problem.space();
    const RunHeader header = TANDEM_TRY(store.header());
    space.first_guesses.insert(space.first_guesses.begin(), header.first_guesses.begin(),
                               header.first_guesses.end());
    const std::unique_ptr<SearchAlgorithm> algorithm = make_algorithm(space, options);
    TANDEM_TRY(problem.recall_schedules(store));
    const auto take_results = [&problem] {
        std::vector<StoredResult> results;
        for (KeptSchedule& found : problem.estimator().take_found()) {
            results.push_back({.key = std::move(found.key), .value = std::move(found.text)});
        }
        return results;
    };
    return drive(*algorithm, crew, store,
                 DriverOptions{.hypervolume_reference = problem.hypervolume_reference(),
                               .budget = options.budget,
                               .expected_evaluations = options.population * options.generations,
                               .take_results = take_results,
                               .interrupted = interrupted},
                 progress);
}

} // namespace tandem
