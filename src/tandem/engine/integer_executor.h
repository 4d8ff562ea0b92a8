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

/// How many bits of a weight go into one 8-bit multiplication. Processors with dot products of bytes
/// (VNNI, AMX) take 8; elsewhere pairs of products are added in 16 bits, which holds for 7 bits only.
/// `automatic` asks the processor; results are the same with each, where the processor allows it.
enum class WeightDigits { automatic, eight_bits, seven_bits };

/// A program made ready for the fast engine: weights cut into byte planes and laid out as the kernels
/// want them, once, for any number of samples. Immutable; safe to use from many threads.
class FastProgram {
  public:
    explicit FastProgram(IntegerProgram program, WeightDigits digits = WeightDigits::automatic);
    FastProgram(FastProgram&&) noexcept;
    FastProgram& operator=(FastProgram&&) noexcept;
    ~FastProgram();

    const IntegerProgram& program() const;

    /// Executes step number `step`. `inputs` are the tensors that `inputs_of` lists, in its order, each
    /// with `samples` samples. One thread.
    IntegerValues execute(std::size_t step, std::span<const IntegerValues* const> inputs,
                          std::int64_t samples) const;

  private:
    struct Plan;
    std::unique_ptr<Plan> plan_;
};

/// Every tensor of the program, by index, like execute_plain. One thread.
std::vector<IntegerValues> execute_fast(const FastProgram& program, const IntegerValues& input,
                                        std::int64_t samples);

} // namespace tandem
