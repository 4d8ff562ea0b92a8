#include "tandem/engine/evaluator.h"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "tandem/core/check.h"
#include "tandem/core/parallel.h"
#include "tandem/engine/tensor_memory.h"

namespace tandem {
namespace {

/// Samples executed together, by one thread: the tensors of a small network stay in a second-level
/// cache from step to step, and 2,000 samples still divide evenly among many threads.
constexpr std::int64_t kChunkSamples = 16;

template <class Output> std::int32_t first_largest(std::span<const Output> outputs) {
    TANDEM_CHECK(!outputs.empty(), "a network has outputs");
    return static_cast<std::int32_t>(std::max_element(outputs.begin(), outputs.end()) - outputs.begin());
}

/// Replaces scores by the logarithms of their softmax.
void take_log_softmax(std::span<double> scores) {
    const double largest = *std::max_element(scores.begin(), scores.end());
    double sum = 0.0;
    for (const double score : scores) sum += std::exp(score - largest);
    const double log_sum = largest + std::log(sum);
    for (double& score : scores) score -= log_sum;
}

double kl_divergence(std::span<double> reference, std::span<double> other) {
    take_log_softmax(reference);
    take_log_softmax(other);
    double divergence = 0.0;
    for (std::size_t i = 0; i < reference.size(); ++i) {
        // Of a class the reference rules out, p log(p) is 0, also where log(p) is -infinity.
        const double probability = std::exp(reference[i]);
        if (probability > 0.0) divergence += probability * (reference[i] - other[i]);
    }
    return divergence;
}

struct Chunk {
    std::int64_t index;
    std::int64_t samples;
};

} // namespace

std::int32_t predicted_class(std::span<const std::int32_t> outputs) { return first_largest(outputs); }
std::int32_t predicted_class(std::span<const float> outputs) { return first_largest(outputs); }

struct Evaluator::Memory {
    explicit Memory(Bytes budget) : tensors(budget) {}

    TensorMemory tensors;
    std::atomic<std::int64_t> steps_executed = 0;
    std::atomic<std::int64_t> steps_remembered = 0;
    std::atomic<std::int64_t> layers_executed = 0;
};

namespace {

/// One chunk of samples on its way through a program.
class ChunkEvaluation {
  public:
    /// `is_shared` says by tensor whether other programs wanted it too.
    ChunkEvaluation(const FastProgram& fast, std::span<const ContentHash> identities,
                    const std::vector<bool>& is_shared, TensorMemory& memory, const Chunk& chunk)
        : fast_(fast), program_(fast.program()), identities_(identities), is_shared_(is_shared),
          memory_(memory), chunk_(chunk), stored_(program_.tensors.size()), unread_(program_.tensors.size()) {
    }

    /// Goes back from the output to what is remembered, then executes from there.
    const IntegerValues& execute(std::span<const float> samples) {
        find_steps();
        if (unread_[program_.input] > 0 && !stored_[program_.input]) {
            store(program_.input, quantize_input_fast(program_, samples));
        }
        for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) execute_step(*step);
        return *stored_[program_.output];
    }

    std::int64_t steps_executed() const { return static_cast<std::int64_t>(steps_.size()); }
    std::int64_t layers_executed() const {
        return std::count_if(steps_.begin(), steps_.end(), [&](std::size_t step) {
            return std::holds_alternative<LayerStep>(program_.steps[step]);
        });
    }

  private:
    void find_steps() {
        // From here on `unread_` counts the steps to come that read a tensor; the caller reads the output.
        want(program_.output);
        for (std::size_t step = program_.steps.size(); step-- > 0;) {
            const TensorIndex output = output_of(program_.steps[step]);
            if (unread_[output] == 0 || stored_[output]) continue;
            steps_.push_back(step);
            for (const TensorIndex input : inputs_of(program_.steps[step])) want(input);
        }
    }

    void want(TensorIndex tensor) {
        if (unread_[tensor]++ == 0) stored_[tensor] = memory_.find({identities_[tensor], chunk_.index});
    }

    void execute_step(std::size_t step) {
        const std::vector<TensorIndex> reads = inputs_of(program_.steps[step]);
        std::vector<const IntegerValues*> inputs;
        inputs.reserve(reads.size());
        for (const TensorIndex input : reads) inputs.push_back(stored_[input].get());
        store(output_of(program_.steps[step]), fast_.execute(step, inputs, chunk_.samples));
        for (const TensorIndex input : reads) {
            if (--unread_[input] == 0) stored_[input].reset(); // its memory serves the next step
        }
    }

    void store(TensorIndex tensor, IntegerValues values) {
        stored_[tensor] = std::make_shared<const IntegerValues>(std::move(values));
        if (is_shared_[tensor]) memory_.insert({identities_[tensor], chunk_.index}, stored_[tensor]);
    }

    const FastProgram& fast_;
    const IntegerProgram& program_;
    std::span<const ContentHash> identities_;
    const std::vector<bool>& is_shared_;
    TensorMemory& memory_;
    Chunk chunk_;
    std::vector<SharedValues> stored_; ///< by tensor, while it is needed
    std::vector<int> unread_;          ///< by tensor
    std::vector<std::size_t> steps_;   ///< to execute, the last one first
};

} // namespace

Evaluator::Evaluator(ReferenceSamples reference, Bytes memory)
    : reference_(std::move(reference)), memory_(std::make_unique<Memory>(memory)) {
    const std::size_t samples = reference_.labels.size();
    TANDEM_CHECK(samples == 0 ||
                     (reference_.samples.size() % samples == 0 && reference_.logits.size() % samples == 0),
                 "as many samples and logits as labels");
}

Evaluator::Evaluator(Evaluator&&) noexcept = default;
Evaluator& Evaluator::operator=(Evaluator&&) noexcept = default;
Evaluator::~Evaluator() = default;

std::vector<std::int32_t> Evaluator::outputs(const IntegerProgram& program) const {
    const auto samples = static_cast<std::int64_t>(reference_.labels.size());
    const std::int64_t inputs = program.tensors[program.input].extents.elements();
    const std::int64_t classes = program.tensors[program.output].extents.elements();
    TANDEM_CHECK(static_cast<std::int64_t>(reference_.samples.size()) == samples * inputs,
                 "samples of the program's input");
    const FastProgram fast(program);
    const std::vector<ContentHash> identities = tensor_identities(program);
    const std::vector<bool> is_shared = memory_->tensors.note_wanted(identities);
    std::vector<std::int32_t> outputs(static_cast<std::size_t>(samples * classes));
    parallel_for(static_cast<std::size_t>(divide_up(samples, kChunkSamples)), [&](std::size_t index) {
        const auto first = static_cast<std::int64_t>(index) * kChunkSamples;
        const Chunk chunk{static_cast<std::int64_t>(index), std::min(kChunkSamples, samples - first)};
        ChunkEvaluation evaluation(fast, identities, is_shared, memory_->tensors, chunk);
        const IntegerValues& values =
            evaluation.execute(std::span(reference_.samples)
                                   .subspan(static_cast<std::size_t>(first * inputs),
                                            static_cast<std::size_t>(chunk.samples * inputs)));
        memory_->steps_executed += evaluation.steps_executed();
        memory_->layers_executed += evaluation.layers_executed();
        memory_->steps_remembered +=
            static_cast<std::int64_t>(program.steps.size()) - evaluation.steps_executed();
        for (std::size_t i = 0; i < values.size(); ++i) {
            outputs[static_cast<std::size_t>(first * classes) + i] = values[i];
        }
    });
    return outputs;
}

Quality Evaluator::evaluate(const IntegerProgram& program) const {
    const std::size_t samples = reference_.labels.size();
    if (samples == 0) return {};
    const std::vector<std::int32_t> integers = outputs(program);
    const std::size_t classes = integers.size() / samples;
    TANDEM_CHECK(reference_.logits.size() == integers.size(), "reference logits of the program's classes");

    const IntegerTensor& output = program.tensors[program.output];
    std::int64_t correct = 0;
    double divergence = 0.0;
    std::vector<double> scores(classes);
    for (std::size_t sample = 0; sample < samples; ++sample) {
        const auto own = std::span(integers).subspan(sample * classes, classes);
        const auto logits = std::span(reference_.logits).subspan(sample * classes, classes);
        if (predicted_class(own) == reference_.labels[sample]) ++correct;
        std::vector<double> reference(logits.begin(), logits.end());
        std::transform(own.begin(), own.end(), scores.begin(),
                       [&](std::int32_t integer) { return value_of(output, integer); });
        divergence += kl_divergence(reference, scores);
    }
    const auto count = static_cast<double>(samples);
    return {.accuracy = static_cast<double>(correct) / count,
            .kl_divergence = divergence / count,
            .samples = static_cast<std::int64_t>(samples)};
}

Evaluator::Statistics Evaluator::statistics() const {
    return {.steps_executed = memory_->steps_executed,
            .steps_remembered = memory_->steps_remembered,
            .layers_executed = memory_->layers_executed};
}

Bytes Evaluator::memory_used() const { return memory_->tensors.used(); }

} // namespace tandem
