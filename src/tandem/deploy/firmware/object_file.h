// Object files and archives as a linker sees them: sections, symbols, and which member defines what. 32-bit
// ELF, least significant byte first, as compilers for Cortex-M and RISC-V write it (System V ABI, chapter 4),
// and archives in the format of System V and GNU.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/core/result.h"
#include "tandem/core/units.h"

namespace tandem {

/// A section that takes memory when the program runs.
struct ObjectSection {
    std::string name;
    Bytes size;
    std::int64_t alignment = 1; ///< a power of two

    bool operator==(const ObjectSection&) const = default;
};

struct ObjectFile {
    std::vector<ObjectSection> sections; ///< in the file's order
    std::vector<std::string> defined;    ///< global and weak symbols that it defines
    std::vector<std::string>
        undefined; ///< symbols that it needs; weak ones, which it can do without, are not here

    bool operator==(const ObjectFile&) const = default;
};

/// `file` names the bytes in errors. Errors: no such ELF file; a part that lies outside the file.
[[nodiscard]] Result<ObjectFile> parse_object(std::string_view bytes, const std::string& file);

/// The index of an archive: which member defines a symbol, in the index's order.
struct ArchiveSymbol {
    std::string name;
    std::size_t member = 0; ///< where the member's header lies in the archive

    bool operator==(const ArchiveSymbol&) const = default;
};

/// Empty where the archive has no index. Errors: no archive; a part that lies outside the file.
[[nodiscard]] Result<std::vector<ArchiveSymbol>> parse_archive_index(std::string_view bytes,
                                                                     const std::string& file);
/// The bytes of the member whose header lies at that place.
[[nodiscard]] Result<std::string_view> archive_member(std::string_view bytes, std::size_t place,
                                                      const std::string& file);

} // namespace tandem
