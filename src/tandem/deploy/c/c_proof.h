// The proof of generated C: compiled by the host's C compiler and run on real samples, its integers
// must equal the engine's, all of them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "tandem/core/result.h"
#include "tandem/deploy/c/operating_points.h"

namespace tandem {

struct CProof {
    std::int64_t samples = 0;
    std::int64_t differing_samples = 0; ///< samples with any differing output integer
    std::string compiler;               ///< its first version line

    bool operator==(const CProof&) const = default;
};

/// Compiles the files that emit_c wrote into `directory` (in a temporary folder, nothing is left
/// behind) and compares its outputs on float samples (N, C, H, W) with `expected` (N, points, classes).
/// Errors: no C compiler, compile errors, a crash of the program.
[[nodiscard]] Result<CProof> prove_c(const std::filesystem::path& directory, const OperatingPoints& points,
                                     std::span<const float> samples, std::span<const std::int32_t> expected);

} // namespace tandem
