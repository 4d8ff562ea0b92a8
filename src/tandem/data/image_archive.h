// Labelled JPEG pictures in one tar file, as samples of ImageNet come.
#pragma once

#include <string>
#include <string_view>

#include "tandem/core/result.h"
#include "tandem/data/dataset.h"

namespace tandem {

/// Loads the .jpg, .jpeg and .JPEG files of a tar file (plain, .gz or .xz) as test images: there are no
/// training images. The class of a picture is the number its name begins with ("0007_n01514668.jpg"), or the
/// folder it lies in, folders in the order of their names. All pictures must have one size. Errors: no
/// picture, neither number nor folder, another size, what read_archive() and decode_jpeg() refuse.
[[nodiscard]] Result<Dataset> parse_image_archive(std::string_view bytes, const std::string& file);
[[nodiscard]] Result<Dataset> load_image_archive(const std::string& path);

} // namespace tandem
