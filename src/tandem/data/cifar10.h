// CIFAR-10 (Krizhevsky 2009) in its binary layout: records of a label byte and 3,072 bytes of a 32x32 image,
// the red plane first.
#pragma once

#include <string>
#include <string_view>

#include "tandem/core/result.h"
#include "tandem/data/dataset.h"

namespace tandem {

inline constexpr std::string_view kCifar10Remedy =
    "the binary version of CIFAR-10: data_batch_1.bin to data_batch_5.bin and test_batch.bin (tandem data "
    "get cifar10 "
    "--out FOLDER)";

/// The records of one file, plain, gzipped or xz. Errors: another size than whole records, more than 10,000
/// of them, labels above 9.
[[nodiscard]] Result<Images> parse_cifar10(std::string bytes, const std::string& file);

/// Loads test_batch.bin and those of the five data_batch_N.bin that are there, each plain or with ".gz" or
/// ".xz". Errors, all at once: no test batch, no training batch, damaged files.
[[nodiscard]] Result<Dataset> load_cifar10(const std::string& directory);

} // namespace tandem
