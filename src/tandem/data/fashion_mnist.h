// Fashion-MNIST (Xiao, Rasul, Vollgraf, arXiv:1708.07747): four IDX files, as Debian's package
// dataset-fashion-mnist installs them.
#pragma once

#include <string>
#include <string_view>

#include "tandem/core/result.h"
#include "tandem/data/dataset.h"

namespace tandem {

inline constexpr std::string_view kFashionMnistRemedy = "apt-get install dataset-fashion-mnist";

/// Loads the four files of a folder, each plain or with ".gz". Errors, all at once: missing files
/// (with the remedy), damaged ones, images and labels that do not belong together.
[[nodiscard]] Result<Dataset> load_fashion_mnist(const std::string& directory);

} // namespace tandem
