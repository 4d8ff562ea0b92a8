// A user's own images and labels, as numpy.savez writes them.
#pragma once

#include <string>
#include <string_view>

#include "tandem/core/result.h"
#include "tandem/data/dataset.h"

namespace tandem {

/// Loads the arrays `images` and `labels` of an .npz file as test images and, where the file has them,
/// `train_images` and `train_labels`. Images are (N, rows, columns) or (N, channels, rows, columns) of whole
/// numbers 0 to 255, labels (N) of whole numbers from 0; of classes there are as many as the largest label
/// says, or as the network has. Errors, all of a file at once: missing arrays, other shapes or values, arrays
/// that do not belong together.
[[nodiscard]] Result<Dataset> parse_npz(std::string_view bytes, const std::string& file);
[[nodiscard]] Result<Dataset> load_npz(const std::string& path);

} // namespace tandem
