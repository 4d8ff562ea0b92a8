// Scores strategies on labelled samples. Tensors that two strategies want are remembered by identity
// within a memory budget, so that a third which shares that prefix of layers starts where it parts.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "tandem/core/result.h"
#include "tandem/core/units.h"
#include "tandem/engine/integer_executor.h"
#include "tandem/engine/integer_program.h"

namespace tandem {

/// What the data say of a strategy.
struct Quality {
    double accuracy = 0.0;      ///< share of samples whose largest output is their label's
    double kl_divergence = 0.0; ///< mean KL(float softmax || integer softmax), in nats
    std::int64_t samples = 0;

    bool operator==(const Quality&) const = default;
};

/// Labelled samples, and what the float reference says of them.
struct ReferenceSamples {
    std::vector<float> samples; ///< (N, C, H, W)
    std::vector<std::int32_t> labels;
    std::vector<float> logits; ///< of the float network, (N, classes)
};

/// The predicted class: the largest output, the first of equals.
std::int32_t predicted_class(std::span<const std::int32_t> outputs);
std::int32_t predicted_class(std::span<const float> outputs);

class Evaluator {
  public:
    /// `memory` bounds what is remembered; zero remembers nothing.
    Evaluator(ReferenceSamples reference, Bytes memory);
    Evaluator(Evaluator&&) noexcept;
    Evaluator& operator=(Evaluator&&) noexcept;
    ~Evaluator();

    /// Safe to call from many threads; the result does not depend on what is remembered.
    Quality evaluate(const IntegerProgram& program) const;
    /// The output integers of every sample, (N, classes).
    std::vector<std::int32_t> outputs(const IntegerProgram& program) const;
    /// What the samples are.
    std::span<const std::int32_t> labels() const { return reference_.labels; }

    /// Counted by step and chunk of samples.
    struct Statistics {
        std::int64_t steps_executed = 0;
        std::int64_t steps_remembered = 0;
        std::int64_t layers_executed = 0; ///< of the steps
    };
    Statistics statistics() const;
    /// Of what is remembered, now; never more than was allowed.
    Bytes memory_used() const;

  private:
    struct Memory;
    ReferenceSamples reference_;
    std::unique_ptr<Memory> memory_;
};

} // namespace tandem
