// The quantisation-strategy search: which width for each layer's weights and activations, on one
// machine. A short composition: a space, an evaluator (calibrate, lower, score, price), a search.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <vector>

#include "tandem/codesign/experiment.h"
#include "tandem/codesign/job.h"
#include "tandem/codesign/objectives.h"
#include "tandem/core/progress.h"
#include "tandem/core/result.h"
#include "tandem/machine/machine.h"
#include "tandem/machine/microcontroller/board.h"
#include "tandem/mapping/mapper.h"
#include "tandem/search/driver.h"

namespace tandem {

/// What the search measured of a design, which must fit.
Quality quality_of(const StoredDesign& design);

/// What the validation images say of strategies, which depends on no machine.
using KnownQualities = std::map<ContentHash, Quality>; ///< by content of the uncalibrated strategy

/// Everything that scores and prices a genome of one job. Evaluating is pure and may be done from
/// many threads.
class QuantizationProblem {
  public:
    /// What the evaluator may remember of layer activations unless it is told. Two thousand 28x28x16 tensors
    /// of a byte an element are 25 MB, so this holds some sixty of the largest, a generation's shared
    /// prefixes.
    static constexpr Bytes kActivationMemory{std::int64_t{1536} << 20};

    /// Calibrates, and runs the float network over the validation images. No result depends on `memory`,
    /// which bounds what is remembered. Errors: hardware to be chosen for a machine of another family than
    /// bitserial; objectives, targets or constraints that are not known of the machine; widths that a
    /// supernet was not trained for.
    [[nodiscard]] static Result<QuantizationProblem>
    create(const Job& job, Experiment experiment, MachinePointer machine, Bytes memory = kActivationMemory);

    const Job& job() const { return job_; }
    /// The same problem searched in another way; nothing it has computed depends on that.
    QuantizationProblem searched_by(SearchOptions search) &&;
    /// From here on these are looked up instead of measured. They are of the same network and data.
    void know(KnownQualities qualities);
    /// Adds those of designs that this problem scored; says how many were new.
    std::size_t add_qualities(const std::vector<StoredDesign>& designs, KnownQualities& qualities) const;
    const Experiment& experiment() const { return experiment_; }
    /// The job's machine; where the job chooses hardware, the one it starts from.
    const Machine& machine() const { return *machine_; }
    /// The machine a genome runs on: the job's, or the array found for it, the one of its front that is
    /// farthest from the worst corner. Infeasible when none meets the targets, saying which of them bind.
    Outcome<MachinePointer> machine_of(const Genome& genome) const;
    /// Where the schedules of the job's machine are remembered.
    const Estimator& estimator() const { return *estimator_; }
    /// Takes the schedules that a run's store keeps.
    [[nodiscard]] Result<void> recall_schedules(const RunStore& store) const;
    const GenomeSpace& space() const { return space_; }
    double float_accuracy() const { return float_accuracy_; }

    /// The network and the calibrated strategy of a genome, and the integer program they become. Errors: a
    /// supernet whose numbers leave the range of floats at these widths.
    Result<QuantizedNetwork> quantized(const Genome& genome) const;
    Result<IntegerProgram> program(const Genome& genome) const;
    Workload workload(const Genome& genome) const;
    Outcome<Cost> cost(const Genome& genome) const;
    /// The schedule that a layer is priced by on a genome's machine.
    Outcome<MappedLayer> map(const Genome& genome, const LayerWork& work) const;
    /// Validation samples by (label, predicted class), row by row.
    std::vector<std::int64_t> confusion(const IntegerProgram& program) const;

    /// A genome that no machine takes, or that has no integer program, is infeasible, and its accuracy is not
    /// measured. Else the objectives as the job lists them, violation of its constraints; details hold
    /// accuracy and divergence as JSON.
    Evaluation evaluate(const Genome& genome) const;
    /// What the validation samples say of a program, and the evaluation that this and a cost come to.
    Quality quality(const IntegerProgram& program) const;
    Evaluation judge(const Quality& quality, const Cost& cost) const;

    /// The objective values that count as worst for the hypervolume: those of the widest genome, or where
    /// that does not fit the worst of the first guesses that do, a tenth worse, and no accuracy at all.
    std::vector<double> hypervolume_reference() const;

  private:
    QuantizationProblem(Job job, Experiment experiment, MachinePointer machine);
    /// Of a joint search: the array that exact search finds for these widths, or the job's machine.
    HardwarePoint first_array(const Genome& genome) const;
    ContentHash widths_hash(const Genome& genome) const;
    /// On the job's machine, tried level by level where the job states targets.
    Outcome<Cost> cost_on_machine(const Workload& work) const;
    /// What the image of a genome takes, and whether the board and the job's constraints have as much.
    Outcome<Cost> cost_on_board(const Board& board, const Genome& genome) const;

    Job job_;
    Experiment experiment_;
    MachinePointer machine_;
    GenomeSpace space_;
    Calibration calibration_;
    double float_accuracy_ = 0.0;
    std::unique_ptr<Evaluator> evaluator_;
    std::unique_ptr<Estimator> estimator_;
    std::optional<LevelScreen> screen_;
    std::vector<const Objective*> objectives_;
    KnownQualities known_qualities_;
};

/// Runs or resumes the job's search in the store, beginning with the guesses that the store holds and then
/// the space's own. The crew's evaluations must be this problem's.
[[nodiscard]] Result<std::vector<StoredDesign>> search_quantization(const QuantizationProblem& problem,
                                                                    Crew& crew, RunStore& store,
                                                                    const std::atomic<bool>* interrupted,
                                                                    Progress& progress);

} // namespace tandem
