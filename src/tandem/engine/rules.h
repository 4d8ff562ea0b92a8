// From a strategy's arithmetic and the scales of a step's tensors to the rule by which the step rounds.
#pragma once

#include <span>
#include <string>

#include "tandem/core/result.h"
#include "tandem/engine/integer_program.h"
#include "tandem/strategy/strategy.h"

namespace tandem {

/// What a step has instead of a rule, where its tensors allow none: found, and expected.
struct NoRule {
    std::string found;
    std::string expected;
};
template <class Rule> using RuleOr = tl::expected<Rule, NoRule>;

/// The rule of a layer. `fraction_bits` is the radix point of its sums, `clamp` what its output may take.
RuleOr<Requantization> layer_rule(const Arithmetic& arithmetic, const IntegerTensor& input,
                                  std::span<const float> weight_scales, int fraction_bits,
                                  const IntegerTensor& output, const Clamp& clamp);
RuleOr<AddRule> add_rule(const Arithmetic& arithmetic, const IntegerTensor& left, const IntegerTensor& right,
                         const IntegerTensor& output);
/// `is_global`: of all rows and columns, which TensorFlow Lite's MEAN rounds otherwise than its average
/// pools.
RuleOr<MeanRule> mean_rule(const Arithmetic& arithmetic, bool is_global, const IntegerTensor& input,
                           const IntegerTensor& output);
/// Of a step that computes nothing but a change of format.
RuleOr<Requantization> change_rule(const Arithmetic& arithmetic, const IntegerTensor& input,
                                   const IntegerTensor& output);
/// Of a maximum.
RuleOr<ShiftRequantization> maximum_rule(const Arithmetic& arithmetic, const IntegerTensor& input,
                                         const IntegerTensor& output);

} // namespace tandem
