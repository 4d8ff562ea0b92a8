#include "tandem/core/processor.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace tandem {

namespace {

constexpr std::uint32_t kTileFeatures = 1U << 22U | 1U << 24U | 1U << 25U;
constexpr std::uint64_t kTileState = 1U << 17U | 1U << 18U;
constexpr std::uint32_t kPaletteLeaf = 0x1D;

#if defined(__x86_64__)

TileRegisters read_registers() {
    TileRegisters registers;
    std::uint32_t ebx = 0;
    std::uint32_t ecx = 0;
    std::uint32_t edx = 0;
    std::uint32_t eax = 0;
    if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0 || (ecx & bit_OSXSAVE) == 0) return registers;
    std::uint32_t high = 0;
    std::uint32_t low = 0;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    registers.saved_state = std::uint64_t{high} << 32U | low;
    registers.last_leaf = static_cast<std::uint32_t>(__get_cpuid_max(0, nullptr));
    if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0) registers.features = edx;
    if (__get_cpuid_count(kPaletteLeaf, 0, &eax, &ebx, &ecx, &edx) != 0) registers.last_palette = eax;
    return registers;
}

#else

TileRegisters read_registers() { return {}; }

#endif

} // namespace

TileSupport tile_support_of(const TileRegisters& registers) {
    const bool has_instructions = (registers.features & kTileFeatures) == kTileFeatures &&
                                  (registers.saved_state & kTileState) == kTileState;
    if (!has_instructions) return TileSupport::absent;
    const bool is_described = registers.last_leaf >= kPaletteLeaf && registers.last_palette > 0;
    return is_described ? TileSupport::usable : TileSupport::undescribed;
}

TileSupport tile_support() {
    static const TileSupport kSupport = tile_support_of(read_registers());
    return kSupport;
}

bool has_fast_bfloat16_vectors() {
#if defined(__x86_64__)
    return __builtin_cpu_is("amd") != 0 && __builtin_cpu_supports("avx512bf16") != 0;
#else
    return false;
#endif
}

} // namespace tandem
