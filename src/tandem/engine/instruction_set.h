// Which instructions the fast engine uses: the best that the processor has, or fewer if it is told so.
// Results are the same with all of them.
#pragma once

#include <string_view>

#include "tandem/core/result.h"

namespace tandem {

/// Each includes those before it. `scalar` is our own kernels without vectors and the least that oneDNN has,
/// SSE 4.1.
enum class InstructionSet { scalar, avx2, avx512_vnni, amx };

/// The name that TANDEM_INSTRUCTION_SET takes.
std::string_view name_of(InstructionSet set);

/// What the environment's TANDEM_INSTRUCTION_SET allows, all where it is not set. Errors: another name.
[[nodiscard]] Result<InstructionSet> allowed_instruction_set();

/// The best that the processor has and the environment allows; looked up once. A name that is none allows
/// all: a program asks allowed_instruction_set() first.
InstructionSet instruction_set();

/// Whether the processor counts bits in vectors of 64-bit words (AVX-512 VPOPCNTDQ).
bool has_vector_popcount();

} // namespace tandem
