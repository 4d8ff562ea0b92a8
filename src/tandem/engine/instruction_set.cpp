#include "tandem/engine/instruction_set.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

#include "tandem/core/processor.h"

namespace tandem {
namespace {

constexpr const char* kVariable = "TANDEM_INSTRUCTION_SET";
constexpr std::array kSets{InstructionSet::scalar, InstructionSet::avx2, InstructionSet::avx512_vnni,
                           InstructionSet::amx};

#if defined(__x86_64__)

InstructionSet best_of_processor() {
    if (__builtin_cpu_supports("avx2") == 0) return InstructionSet::scalar;
    if (__builtin_cpu_supports("avx512vnni") == 0 || __builtin_cpu_supports("avx512bw") == 0) {
        return InstructionSet::avx2;
    }
    return tile_support() == TileSupport::usable ? InstructionSet::amx : InstructionSet::avx512_vnni;
}

bool counts_bits() { return __builtin_cpu_supports("avx512vpopcntdq") != 0; }

#else

InstructionSet best_of_processor() { return InstructionSet::scalar; }
bool counts_bits() { return false; }

#endif

} // namespace

std::string_view name_of(InstructionSet set) {
    switch (set) {
    case InstructionSet::scalar: return "scalar";
    case InstructionSet::avx2: return "avx2";
    case InstructionSet::avx512_vnni: return "avx512_vnni";
    case InstructionSet::amx: return "amx";
    }
    return "";
}

Result<InstructionSet> allowed_instruction_set() {
    const char* const name = std::getenv(kVariable); // NOLINT(concurrency-mt-unsafe): nobody sets variables
    if (name == nullptr) return InstructionSet::amx;
    const auto* const set =
        std::find_if(kSets.begin(), kSets.end(), [&](InstructionSet one) { return name_of(one) == name; });
    if (set == kSets.end()) {
        return bad_input(kVariable, "", "'" + std::string(name) + "'", "scalar, avx2, avx512_vnni or amx");
    }
    return *set;
}

InstructionSet instruction_set() {
    static const InstructionSet kSet =
        std::min(best_of_processor(), allowed_instruction_set().value_or(InstructionSet::amx));
    return kSet;
}

bool has_vector_popcount() { return counts_bits() && instruction_set() >= InstructionSet::avx512_vnni; }

} // namespace tandem
