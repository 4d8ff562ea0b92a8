// The quantisation-strategy search: which width for each layer's weights and activations, on one
// machine. A short composition: a space, an evaluator (calibrate, lower, score, price), a search.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "tandem/codesign/experiment.h"
#include "tandem/codesign/job.h"
#include "tandem/codesign/objectives.h"
#include "tandem/core/progress.h"
#include "tandem/core/result.h"
#include "tandem/machine/machine.h"
#include "tandem/mapping/mapper.h"
#include "tandem/search/driver.h"

namespace tandem {

/// Everything that scores and prices a genome of one job. Evaluating is pure and may be done from
/// many threads.
class QuantizationProblem {
  public:
    /// Calibrates, and runs the float network over the validation images.
    [[nodiscard]] static Result<QuantizationProblem> create(const Job& job, Experiment experiment,
                                                            MachinePointer machine);

    const Job& job() const { return job_; }
    /// The same problem searched in another way; nothing it has computed depends on that.
    QuantizationProblem searched_by(SearchOptions search) &&;
    const Experiment& experiment() const { return experiment_; }
    const Machine& machine() const { return *machine_; }
    const GenomeSpace& space() const { return space_; }
    double float_accuracy() const { return float_accuracy_; }

    /// The calibrated strategy of a genome and the integer program it becomes.
    Strategy strategy(const Genome& genome) const;
    Result<IntegerProgram> program(const Genome& genome) const;
    Outcome<Cost> cost(const Genome& genome) const;

    /// Objectives as the job lists them, violation of its constraints; details hold accuracy and
    /// divergence as JSON.
    Evaluation evaluate(const Genome& genome) const;

    /// The objective values that count as worst for the hypervolume: those of the widest genome, a
    /// tenth worse, and no accuracy at all.
    std::vector<double> hypervolume_reference() const;

  private:
    QuantizationProblem(Job job, Experiment experiment, MachinePointer machine);

    Job job_;
    Experiment experiment_;
    MachinePointer machine_;
    GenomeSpace space_;
    Calibration calibration_;
    double float_accuracy_ = 0.0;
    std::unique_ptr<Evaluator> evaluator_;
    std::unique_ptr<Estimator> estimator_;
    std::vector<const Objective*> objectives_;
};

/// Runs or resumes the job's search in the store, beginning with the guesses that the store holds and then
/// the space's own. The crew's evaluations must be this problem's.
[[nodiscard]] Result<std::vector<StoredDesign>> search_quantization(const QuantizationProblem& problem,
                                                                    Crew& crew, RunStore& store,
                                                                    const std::atomic<bool>* interrupted,
                                                                    Progress& progress);

} // namespace tandem
