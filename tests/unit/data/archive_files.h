// Archives written down in a test.
#pragma once

#include <map>
#include <string>

namespace tandem {

/// An uncompressed tar file (POSIX ustar) of these files, in the order of their names.
std::string tar_of(const std::map<std::string, std::string>& files);
/// A zip file whose members are stored, as numpy.savez writes it.
std::string zip_of(const std::map<std::string, std::string>& files);

} // namespace tandem
