// Integer execution, twice: a plain implementation that is the oracle and stays simple, and a fast
// one that must equal it bit for bit.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "tandem/engine/integer_program.h"
#include "tandem/engine/integer_values.h"

namespace tandem {

/// Quantises float samples (N, C, H, W) into the program's input tensor.
IntegerValues quantize_input(const IntegerProgram& program, std::span<const float> samples);

/// Every tensor of the program, by index, for some samples. The definition: loops over int64_t.
std::vector<IntegerValues> execute_plain(const IntegerProgram& program, const IntegerValues& input,
                                         std::int64_t samples);

/// One step: the tensor it writes. `inputs` are the tensors that `inputs_of` lists, in its order.
IntegerValues execute_plain_step(const IntegerProgram& program, std::size_t step,
                                 std::span<const IntegerValues* const> inputs, std::int64_t samples);

/// Whose limits the kernels of the fast engine keep. Processors without dot products of bytes multiply
/// 7-bit weights only and sum up to 2^24; the rules of this processor are found out. Results are the
/// same with both; tests use the second to reach code that this processor does not need.
enum class KernelRules { of_this_processor, of_any_processor };

/// A program made ready for the fast engine: a layer's weights are cut into byte planes and laid out as the
/// kernels want them when it runs first, once, for any number of samples. Steps of rules that it has no
/// kernels for run in the plain engine. Looks immutable; safe to use from many threads.
class FastProgram {
  public:
    explicit FastProgram(IntegerProgram program, KernelRules rules = KernelRules::of_this_processor);
    FastProgram(FastProgram&&) noexcept;
    FastProgram& operator=(FastProgram&&) noexcept;
    ~FastProgram();

    const IntegerProgram& program() const;
    /// As many samples as one step's tensors leave room for in a second-level cache: what goes through best
    /// together.
    std::int64_t batch() const;

    /// Executes step number `step`. `inputs` are the tensors that `inputs_of` lists, in its order, each
    /// with `samples` samples. One thread.
    IntegerValues execute(std::size_t step, std::span<const IntegerValues* const> inputs,
                          std::int64_t samples) const;

  private:
    struct Plan;
    std::unique_ptr<Plan> plan_;
};

/// As quantize_input, in vectors.
IntegerValues quantize_input_fast(const IntegerProgram& program, std::span<const float> samples);

/// The output tensor of float samples (N, C, H, W), some samples at a time so that tensors stay in a cache.
/// One thread.
IntegerValues run_fast(const FastProgram& fast, std::span<const float> samples, std::int64_t count);

/// Every tensor of the program, by index, like execute_plain. One thread.
std::vector<IntegerValues> execute_fast(const FastProgram& program, const IntegerValues& input,
                                        std::int64_t samples);

} // namespace tandem
