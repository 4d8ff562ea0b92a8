#include "tandem/deploy/firmware/image_layout.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace tandem {

namespace {

/// What is defined and what is still asked for.
struct SymbolTable {
    std::set<std::string> defined;
    std::set<std::string> undefined;

    void add(const ObjectFile& object) {
        for (const std::string& name : object.defined) {
            defined.insert(name);
            undefined.erase(name);
        }
        for (const std::string& name : object.undefined) {
            if (!defined.contains(name)) undefined.insert(name);
        }
    }
};

/// Appends the members that are needed.
Result<void> search_library(const Library& library, SymbolTable& symbols, std::vector<ObjectFile>& objects) {
    const std::vector<ArchiveSymbol> index = TANDEM_TRY(parse_archive_index(library.bytes, library.name));
    for (bool is_searched_again = true; is_searched_again;) {
        is_searched_again = false;
        for (const ArchiveSymbol& symbol : index) {
            if (!symbols.undefined.contains(symbol.name)) continue;
            const std::string_view bytes =
                TANDEM_TRY(archive_member(library.bytes, symbol.member, library.name));
            objects.push_back(TANDEM_TRY(parse_object(bytes, library.name)));
            symbols.add(objects.back());
            symbols.undefined.erase(symbol.name);
            symbols.defined.insert(symbol.name); // whatever the member says: it is not asked again
            is_searched_again = true;
        }
    }
    return {};
}

/// Whether a pattern of link.ld, ".text .text.*", takes the section.
bool belongs_to(const ObjectSection& section, std::string_view kind) {
    return section.name == kind || (section.name.starts_with(kind) && section.name[kind.size()] == '.');
}

std::int64_t aligned(std::int64_t address, std::int64_t alignment) {
    return divide_up(address, alignment) * alignment;
}

/// The end of a section of the image that begins at `address` and takes these kinds one after the other.
std::int64_t append(const std::vector<ObjectFile>& objects, std::span<const std::string_view> kinds,
                    std::int64_t address) {
    for (const ObjectFile& object : objects) {
        for (const ObjectSection& section : object.sections) {
            const bool is_taken = std::any_of(
                kinds.begin(), kinds.end(), [&](std::string_view kind) { return belongs_to(section, kind); });
            if (is_taken) address = aligned(address, section.alignment) + section.size.value;
        }
    }
    return address;
}

/// Where the section of the image begins that takes these kinds: aligned as the strictest of them.
std::int64_t start_of(const std::vector<ObjectFile>& objects, std::span<const std::string_view> kinds,
                      std::int64_t address) {
    std::int64_t alignment = 1;
    for (const ObjectFile& object : objects) {
        for (const ObjectSection& section : object.sections) {
            for (const std::string_view kind : kinds) {
                if (belongs_to(section, kind)) alignment = std::max(alignment, section.alignment);
            }
        }
    }
    return aligned(address, alignment);
}

// The patterns of link.ld.
constexpr std::array<std::string_view, 1> kVectors{".vectors"};
constexpr std::array<std::string_view, 1> kCode{".text"};
constexpr std::array<std::string_view, 2> kConstants{".rodata", ".srodata"};
constexpr std::array<std::string_view, 2> kData{".data", ".sdata"};
constexpr std::array<std::string_view, 2> kZeroed{".bss", ".sbss"};
constexpr std::array<std::string_view, 2> kDiscarded{".ARM.exidx", ".eh_frame"};

Result<void> check_placed(const std::vector<ObjectFile>& objects) {
    const std::array<std::span<const std::string_view>, 6> all{kVectors, kCode,   kConstants,
                                                               kData,    kZeroed, kDiscarded};
    for (const ObjectFile& object : objects) {
        for (const ObjectSection& section : object.sections) {
            const bool is_placed = std::any_of(all.begin(), all.end(), [&](const auto& kinds) {
                return std::any_of(kinds.begin(), kinds.end(),
                                   [&](std::string_view kind) { return belongs_to(section, kind); });
            });
            if (!is_placed && section.size > Bytes(0)) {
                return failed("link.ld", section.name, "no place for the section",
                              "sections of code, constants and data");
            }
        }
    }
    return {};
}

} // namespace

Result<std::vector<ObjectFile>> with_library_members(std::vector<ObjectFile> objects,
                                                     std::span<const Library> libraries) {
    SymbolTable symbols;
    for (const ObjectFile& object : objects) symbols.add(object);
    for (const Library& library : libraries) TANDEM_TRY(search_library(library, symbols, objects));
    return objects;
}

Result<ImageLayout> lay_out_image(std::vector<ObjectFile> objects, std::span<const Library> libraries) {
    objects = TANDEM_TRY(with_library_members(std::move(objects), libraries));
    TANDEM_TRY(check_placed(objects));
    ImageLayout layout;
    std::int64_t address = append(objects, kVectors, 0);
    address = append(objects, kCode, address);
    layout.text = Bytes(aligned(append(objects, kConstants, address), 4));
    layout.data = Bytes(aligned(append(objects, kData, 0), 4));
    const std::int64_t zeroed = start_of(objects, kZeroed, layout.data.value);
    layout.ram = Bytes(aligned(append(objects, kZeroed, zeroed), 8));
    layout.bss = layout.ram - Bytes(zeroed);
    return layout;
}

} // namespace tandem
