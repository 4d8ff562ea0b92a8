#include "tandem/search/driver.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/core/parallel.h"
#include "tandem/search/front.h"

namespace tandem {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Judges our own evaluators: an evaluation must be one that fronts and stores can hold.
void check_evaluation(const Evaluation& evaluation, const std::vector<double>& reference) {
    TANDEM_CHECK(evaluation.infeasible.has_value() == evaluation.objectives.empty(),
                 "a design has objectives or a reason for having none");
    TANDEM_CHECK(evaluation.infeasible || reference.empty() ||
                     evaluation.objectives.size() == reference.size(),
                 "a design has as many objectives as the hypervolume's reference");
    for (const double objective : evaluation.objectives) {
        TANDEM_CHECK(std::isfinite(objective), "an objective is a finite number");
    }
    TANDEM_CHECK(std::isfinite(evaluation.violation) && evaluation.violation >= 0.0,
                 "a violation is a finite number, 0 or more");
}

/// A phase of progress that ends however it is left.
class Phase {
  public:
    Phase(Progress& progress, std::int64_t total) : progress_(progress) { progress_.begin("search", total); }
    Phase(const Phase&) = delete;
    Phase& operator=(const Phase&) = delete;
    ~Phase() { progress_.end(); }

  private:
    Progress& progress_;
};

class Driver {
  public:
    Driver(SearchAlgorithm& algorithm, const EvaluateGenome& evaluate, RunStore& store,
           const DriverOptions& options, Progress& progress)
        : algorithm_(algorithm), evaluate_(evaluate), store_(store), options_(options), progress_(progress) {}

    Result<std::vector<StoredDesign>> run() {
        TANDEM_TRY(replay());
        const Phase phase(progress_, std::max<std::int64_t>(options_.expected_evaluations - proposals_, 1));
        TANDEM_TRY(search());
        return std::move(designs_);
    }

  private:
    /// Takes the algorithm, the memory and the front to where the store's last generation ended.
    Result<void> replay() {
        const std::vector<GenerationRecord> records = TANDEM_TRY(store_.generations());
        std::vector<StoredDesign> stored = TANDEM_TRY(store_.designs());
        for (const GenerationRecord& record : records) {
            const std::vector<Genome> proposal = algorithm_.propose();
            if (!is_as_stored(proposal, record, stored)) return other_run(record.generation);
            for (const Genome& genome : proposal) {
                const auto [known, is_new] = memory_.try_emplace(content_hash(genome), designs_.size());
                if (is_new) designs_.push_back(std::move(stored[designs_.size()]));
            }
            finish_generation(proposal);
        }
        if (designs_.size() != stored.size()) return other_run(generation_);
        proposals_replayed_ = proposals_;
        return {};
    }

    /// Whether the record's ids are those that this proposal would get now.
    bool is_as_stored(const std::vector<Genome>& proposal, const GenerationRecord& record,
                      const std::vector<StoredDesign>& stored) const {
        if (proposal.empty() || proposal.size() != record.proposed.size()) return false;
        std::size_t known = designs_.size();
        for (std::size_t i = 0; i < proposal.size(); ++i) {
            const std::int64_t id = record.proposed[i];
            if (id < 1 || id > static_cast<std::int64_t>(stored.size())) return false;
            const auto index = static_cast<std::size_t>(id - 1);
            const StoredDesign& design = index < designs_.size() ? designs_[index] : stored[index];
            if (design.genome != proposal[i] || index > known) return false;
            if (index == known) ++known;
        }
        return true;
    }

    tl::unexpected<Error> other_run(std::int64_t generation) const {
        return bad_input(store_.path().string(), fmt::format("generation {}", generation),
                         "designs that this search does not propose: the run was made with another version "
                         "or job",
                         "the version and job that made it, or a new run");
    }

    Result<void> search() {
        for (;;) {
            if (is_interrupted()) return stop();
            const std::vector<Genome> proposal = algorithm_.propose();
            if (proposal.empty()) return store_.mark_finished();
            TANDEM_TRY(run_generation(proposal));
        }
    }

    /// Evaluates what is new in the proposal, reports and stores it. Until it is stored it has not
    /// happened: an error or an interruption ends the run before it.
    Result<void> run_generation(const std::vector<Genome>& proposal) {
        const Clock::time_point start = Clock::now();
        const std::size_t first_new = designs_.size();
        GenerationRecord record;
        record.generation = generation_;
        for (const Genome& genome : proposal) {
            const auto [known, is_new] = memory_.try_emplace(content_hash(genome), designs_.size());
            if (is_new) {
                StoredDesign& design = designs_.emplace_back();
                design.id = static_cast<std::int64_t>(designs_.size());
                design.generation = generation_;
                design.genome = genome;
            }
            record.proposed.push_back(static_cast<std::int64_t>(known->second) + 1);
        }
        evaluate_from(first_new);
        if (is_interrupted()) return stop();

        finish_generation(proposal);
        const std::vector<StoredDesign> added(designs_.begin() + static_cast<std::ptrdiff_t>(first_new),
                                              designs_.end());
        record.evaluated = static_cast<std::int64_t>(added.size());
        record.hypervolume = hypervolume_;
        record.seconds = seconds_since(start);
        TANDEM_TRY(store_.add_generation(record, added));
        show();
        return {};
    }

    void evaluate_from(std::size_t first_new) {
        std::mutex mutex;
        std::int64_t done = proposals_ - proposals_replayed_;
        parallel_for(designs_.size() - first_new, [&](std::size_t i) {
            if (is_interrupted()) return; // the generation is dropped, so hurry
            StoredDesign& design = designs_[first_new + i];
            const Clock::time_point start = Clock::now();
            design.evaluation = evaluate_(design.genome);
            design.seconds = seconds_since(start);
            check_evaluation(design.evaluation, options_.hypervolume_reference);
            const std::lock_guard lock(mutex);
            progress_.update(++done, note_);
        });
    }

    /// Once every genome of the proposal is in designs_: tells the algorithm and moves the front.
    void finish_generation(const std::vector<Genome>& proposal) {
        std::vector<EvaluatedGenome> evaluated;
        evaluated.reserve(proposal.size());
        for (const Genome& genome : proposal) {
            evaluated.push_back({genome, designs_[memory_.at(content_hash(genome))].evaluation});
        }
        algorithm_.report(evaluated);
        move_front(evaluated);
        proposals_ += static_cast<std::int64_t>(proposal.size());
        ++generation_;
    }

    void move_front(const std::vector<EvaluatedGenome>& evaluated) {
        std::vector<Evaluation> candidates = std::move(front_);
        for (const EvaluatedGenome& genome : evaluated) {
            candidates.push_back(genome.evaluation);
            candidates.back().details.clear();
        }
        front_.clear();
        for (const std::size_t index : front_indices(candidates)) front_.push_back(candidates[index]);
        if (options_.hypervolume_reference.empty()) return;
        std::vector<Objectives> points;
        for (const Evaluation& evaluation : front_) points.push_back(evaluation.objectives);
        hypervolume_ = hypervolume(std::move(points), options_.hypervolume_reference);
    }

    void show() {
        note_ = fmt::format("front {}", front_.size());
        progress_.update(proposals_ - proposals_replayed_, note_);
    }

    bool is_interrupted() const {
        return options_.interrupted != nullptr && options_.interrupted->load(std::memory_order_relaxed);
    }

    tl::unexpected<Error> stop() const {
        return tl::unexpected(Error{
            .kind = ErrorKind::interrupted,
            .problems = {Problem{.file = store_.path().string(),
                                 .place = "",
                                 .found = fmt::format("an interruption after {} generations", generation_),
                                 .expected = "to be resumed; they are stored"}}});
    }

    SearchAlgorithm& algorithm_;
    const EvaluateGenome& evaluate_;
    RunStore& store_;
    const DriverOptions& options_;
    Progress& progress_;

    std::vector<StoredDesign> designs_;                   ///< by id
    std::unordered_map<ContentHash, std::size_t> memory_; ///< of genomes: where in designs_
    std::vector<Evaluation> front_;                       ///< of all designs so far
    double hypervolume_ = 0.0;
    std::int64_t generation_ = 0;         ///< the next one
    std::int64_t proposals_ = 0;          ///< of all generations so far, repeats included
    std::int64_t proposals_replayed_ = 0; ///< those of them that an earlier process evaluated
    std::string note_;
};

} // namespace

Result<std::vector<StoredDesign>> drive(SearchAlgorithm& algorithm, const EvaluateGenome& evaluate,
                                        RunStore& store, const DriverOptions& options, Progress& progress) {
    return Driver(algorithm, evaluate, store, options, progress).run();
}

} // namespace tandem
