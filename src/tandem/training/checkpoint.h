// The envelope of a checkpoint: one line that says whose it is and what its contents hash to, then
// the contents as the plug-in wrote them. Contents reach LibTorch only when they are undamaged.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "tandem/core/hash.h"
#include "tandem/core/result.h"

namespace tandem {

/// Writes atomically, in place of an older checkpoint.
[[nodiscard]] Result<void> write_checkpoint(const std::filesystem::path& path, const ContentHash& job,
                                            std::string_view contents);

/// The contents, or nothing when there is no such file. Errors: damaged, or of another job.
[[nodiscard]] Result<std::optional<std::string>> load_checkpoint(const std::filesystem::path& path,
                                                                 const ContentHash& job);

} // namespace tandem
