// Compressed pictures: PNG by libpng, JPEG by libjpeg-turbo.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/core/result.h"

namespace tandem {

/// A decoded picture of 8-bit red, green and blue.
struct Picture {
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::vector<std::uint8_t> pixels; ///< (row, column, channel)

    bool operator==(const Picture&) const = default;
};

/// Pictures of more pixels than this are refused before memory is taken.
inline constexpr std::int64_t kMostPicturePixels = std::int64_t{1} << 26U;

/// PNG of any kind, as 8-bit RGB; transparency is dropped. Errors: no PNG, a damaged one, a larger one.
[[nodiscard]] Result<Picture> decode_png(std::string_view bytes, const std::string& file);

/// Baseline and progressive JPEG, as RGB, with the accurate integer transform and smooth upsampling. Errors:
/// no JPEG, a damaged one, a larger one, CMYK.
[[nodiscard]] Result<Picture> decode_jpeg(std::string_view bytes, const std::string& file);

} // namespace tandem
