#include "tandem/search/driver.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/core/version.h"
#include "tandem/search/front_archive.h"

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
    Driver(SearchAlgorithm& algorithm, Crew& crew, RunStore& store, const DriverOptions& options,
           Progress& progress)
        : algorithm_(algorithm), crew_(crew), store_(store), options_(options), progress_(progress),
          front_(options.hypervolume_reference) {}

    Result<std::vector<StoredDesign>> run() {
        TANDEM_TRY(replay());
        std::int64_t total = options_.expected_evaluations;
        const std::int64_t most = options_.budget.evaluations;
        if (most > 0) total = total > 0 ? std::min(total, most) : most;
        const Phase phase(progress_, std::max<std::int64_t>(total - proposals_, 1));
        const bool is_finished = TANDEM_TRY(store_.is_finished());
        if (!is_finished) TANDEM_TRY(search());
        return std::move(designs_);
    }

  private:
    /// Takes the algorithm, the memory and the front to where the store's last generation ended.
    Result<void> replay() {
        const std::vector<GenerationRecord> records = TANDEM_TRY(store_.generations());
        std::vector<StoredDesign> stored = TANDEM_TRY(store_.designs());
        for (const GenerationRecord& record : records) {
            std::vector<Genome> proposal = algorithm_.propose();
            // The budget cuts the last generation at the evaluation that exhausts it.
            const bool is_cut = record.proposed.size() < proposal.size() && &record == &records.back() &&
                                static_cast<std::int64_t>(stored.size()) == options_.budget.evaluations;
            if (is_cut) proposal.resize(record.proposed.size());
            if (!is_as_stored(proposal, record, stored)) return other_run(record.generation);
            for (const Genome& genome : proposal) {
                const auto [known, is_new] = memory_.try_emplace(content_hash(genome), designs_.size());
                if (is_new) designs_.push_back(std::move(stored[designs_.size()]));
            }
            finish_generation(proposal, is_cut ? Report::withheld : Report::made);
            seconds_ += record.seconds;
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
        started_ = Clock::now();
        for (;;) {
            if (is_interrupted()) return stop();
            const std::string_view reason = exhausted_budget();
            if (!reason.empty()) return store_.mark_finished(reason);
            const std::vector<Genome> proposal = algorithm_.propose();
            if (proposal.empty()) return store_.mark_finished();
            TANDEM_TRY(run_generation(proposal));
        }
    }

    /// Which budget is used up; empty: none.
    std::string_view exhausted_budget() const {
        const SearchBudget& budget = options_.budget;
        if (budget.evaluations > 0 && static_cast<std::int64_t>(designs_.size()) >= budget.evaluations) {
            return "budget of evaluations";
        }
        if (budget.seconds > 0.0 && seconds_ >= budget.seconds) return "budget of seconds";
        const auto back = static_cast<std::size_t>(budget.stagnation);
        if (back > 0 && hypervolumes_.size() > back) {
            const double now = hypervolumes_.back();
            const double then = hypervolumes_[hypervolumes_.size() - 1 - back];
            if (now - then <= budget.stagnation_gain * now) return "stagnation";
        }
        return {};
    }

    /// As much of the proposal as the budget of evaluations allows.
    std::vector<Genome> affordable(std::vector<Genome> proposal) const {
        if (options_.budget.evaluations == 0) return proposal;
        auto left = options_.budget.evaluations - static_cast<std::int64_t>(designs_.size());
        std::unordered_set<ContentHash> added;
        for (std::size_t i = 0; i < proposal.size(); ++i) {
            const ContentHash hash = content_hash(proposal[i]);
            if (memory_.contains(hash) || !added.insert(hash).second) continue;
            if (left-- == 0) {
                proposal.resize(i);
                break;
            }
        }
        return proposal;
    }

    /// Evaluates what is new in the proposal, reports and stores it. Until it is stored it has not
    /// happened: an error or an interruption ends the run before it.
    Result<void> run_generation(const std::vector<Genome>& whole) {
        const Clock::time_point start = Clock::now();
        const std::vector<Genome> proposal = affordable(whole);
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
                design.version = kVersion;
            }
            record.proposed.push_back(static_cast<std::int64_t>(known->second) + 1);
        }
        TANDEM_TRY(evaluate_from(first_new));
        if (is_interrupted()) return stop();

        finish_generation(proposal, proposal.size() == whole.size() ? Report::made : Report::withheld);
        const std::vector<StoredDesign> added(designs_.begin() + static_cast<std::ptrdiff_t>(first_new),
                                              designs_.end());
        record.evaluated = static_cast<std::int64_t>(added.size());
        record.hypervolume = front_.hypervolume();
        record.seconds = seconds_since(start);
        seconds_ += record.seconds;
        TANDEM_TRY(store_.add_generation(
            record, added, options_.take_results ? options_.take_results() : std::vector<StoredResult>{}));
        show(proposals_);
        return {};
    }

    Result<void> evaluate_from(std::size_t first_new) {
        std::vector<Genome> genomes;
        for (std::size_t i = first_new; i < designs_.size(); ++i) genomes.push_back(designs_[i].genome);
        std::int64_t done = proposals_;
        return crew_.evaluate(genomes, options_.interrupted, [&](std::size_t i, Answer answer) {
            check_evaluation(answer.evaluation, options_.hypervolume_reference);
            StoredDesign& design = designs_[first_new + i];
            design.evaluation = std::move(answer.evaluation);
            design.seconds = answer.seconds;
            design.started = answer.started;
            design.worker = std::move(answer.worker);
            design.attempt = answer.attempt;
            ++evaluations_;
            show(++done);
        });
    }

    /// An algorithm hears of whole proposals only, and of one that was cut nothing: the run ends there.
    enum class Report { made, withheld };

    /// Once every genome of the proposal is in designs_: tells the algorithm and moves the front.
    void finish_generation(const std::vector<Genome>& proposal, Report report) {
        std::vector<EvaluatedGenome> evaluated;
        evaluated.reserve(proposal.size());
        for (const Genome& genome : proposal) {
            evaluated.push_back({genome, designs_[memory_.at(content_hash(genome))].evaluation});
        }
        if (report == Report::made) algorithm_.report(evaluated);
        for (const EvaluatedGenome& genome : evaluated) front_.add(genome.evaluation);
        hypervolumes_.push_back(front_.hypervolume());
        proposals_ += static_cast<std::int64_t>(proposal.size());
        ++generation_;
    }

    /// One honest line: what was really evaluated, how fast, and how much memory answered.
    void show(std::int64_t done) {
        std::string note = fmt::format("front {}", front_.points().size());
        if (front_.hypervolume() > 0.0) note += fmt::format(", hypervolume {:.5g}", front_.hypervolume());
        const double seconds = seconds_since(started_);
        if (evaluations_ > 0 && seconds > 0.0) {
            note += fmt::format(", {:.3g} evaluations/s", static_cast<double>(evaluations_) / seconds);
        }
        const std::int64_t remembered = proposals_ - static_cast<std::int64_t>(designs_.size());
        if (remembered > 0) note += fmt::format(", {} remembered", remembered);
        progress_.update(done - proposals_replayed_, note);
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
    Crew& crew_;
    RunStore& store_;
    const DriverOptions& options_;
    Progress& progress_;

    std::vector<StoredDesign> designs_;                   ///< by id
    std::unordered_map<ContentHash, std::size_t> memory_; ///< of genomes: where in designs_
    FrontArchive front_;                                  ///< of all designs so far
    std::vector<double> hypervolumes_;                    ///< by generation
    std::int64_t generation_ = 0;                         ///< the next one
    std::int64_t proposals_ = 0;                          ///< of all generations so far, repeats included
    std::int64_t proposals_replayed_ = 0;                 ///< those of them that an earlier process evaluated
    double seconds_ = 0.0;                                ///< of all generations so far
    std::int64_t evaluations_ = 0;                        ///< by this process
    Clock::time_point started_ = Clock::now();
};

} // namespace

Result<std::vector<StoredDesign>> drive(SearchAlgorithm& algorithm, Crew& crew, RunStore& store,
                                        const DriverOptions& options, Progress& progress) {
    return Driver(algorithm, crew, store, options, progress).run();
}

Result<std::vector<StoredDesign>> drive(SearchAlgorithm& algorithm, const EvaluateGenome& evaluate,
                                        RunStore& store, const DriverOptions& options, Progress& progress) {
    return drive(algorithm, *make_thread_crew(evaluate), store, options, progress);
}

} // namespace tandem
