// What a writer of artifacts gives: files by name, to be written into one folder.
#pragma once

#include <string>

namespace tandem {

struct EmittedFile {
    std::string name;
    std::string contents;

    bool operator==(const EmittedFile&) const = default;
};

} // namespace tandem
