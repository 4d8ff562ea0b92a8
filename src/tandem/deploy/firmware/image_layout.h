// What the linker will make of objects, to the byte, before it runs: sections in the order of link.ld, each
// at its alignment, and the members of the compiler's libraries that something asks for.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/core/result.h"
#include "tandem/core/units.h"
#include "tandem/deploy/firmware/object_file.h"

namespace tandem {

/// Sizes of the sections of an image without its stack.
struct ImageLayout {
    Bytes text; ///< code and constants, what fills up between them included
    Bytes data;
    Bytes bss;
    Bytes ram; ///< from the first byte of .data to the last of .bss

    /// What lies in flash: the initial values of .data too.
    Bytes flash() const { return text + data; }

    bool operator==(const ImageLayout&) const = default;
};

/// An archive that the linker searches.
struct Library {
    std::string name; ///< in errors
    std::string bytes;
};

/// The members of the libraries that the objects ask for, appended to them as the linker does: `objects` and
/// `libraries` in the order of the command line. A library is searched once, for what is undefined then; its
/// members are taken in the order of its index, again and again until none is needed, as GNU ld does. Errors:
/// a library that is none.
[[nodiscard]] Result<std::vector<ObjectFile>> with_library_members(std::vector<ObjectFile> objects,
                                                                   std::span<const Library> libraries);

/// Of these objects and what they need of the libraries. Errors: those of with_library_members(); a section
/// that link.ld has no place for.
[[nodiscard]] Result<ImageLayout> lay_out_image(std::vector<ObjectFile> objects,
                                                std::span<const Library> libraries);

} // namespace tandem
