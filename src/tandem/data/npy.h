// NumPy's array files, as numpy.lib.format describes them: a magic string, a header that is a Python
// dictionary, then the elements.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tandem/core/result.h"

namespace tandem {

/// An array of numbers, row-major; all element types become float32.
struct NpyArray {
    std::vector<std::int64_t> shape;
    std::vector<float> values;

    bool operator==(const NpyArray&) const = default;
};

/// Reads versions 1 to 3, little-endian float32, float64, int8 to int64, uint8 to uint32 and bool, in C
/// order. Errors: everything else, more or fewer bytes than the shape asks for.
[[nodiscard]] Result<NpyArray> parse_npy(std::string_view bytes, const std::string& file);
[[nodiscard]] Result<NpyArray> load_npy(const std::string& path);

/// The bytes of a version 1 file of float32 elements.
std::string emit_npy(const NpyArray& array);

} // namespace tandem
