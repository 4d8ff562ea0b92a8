#include "tandem/deploy/firmware/object_file.h"

#include <elf.h>

#include <bit>
#include <charconv>
#include <cstring>
#include <optional>
#include <type_traits>

#include <fmt/format.h>

namespace tandem {

namespace {

static_assert(std::endian::native == std::endian::little, "headers are copied as they lie in the file");

tl::unexpected<Error> damaged(const std::string& file, std::string_view place) {
    return bad_input(file, std::string(place), "a part outside the file", "a whole file");
}

/// The bytes from `first` on; none where they are not all there.
std::optional<std::string_view> part_of(std::string_view bytes, std::uint64_t first, std::uint64_t count) {
    if (first > bytes.size() || count > bytes.size() - first) return std::nullopt;
    return bytes.substr(first, count);
}

template <class Header> std::optional<Header> header_at(std::string_view bytes, std::uint64_t place) {
    static_assert(std::is_trivially_copyable_v<Header>);
    const auto found = part_of(bytes, place, sizeof(Header));
    if (!found) return std::nullopt;
    Header header;
    std::memcpy(&header, found->data(), sizeof header);
    return header;
}

/// The text at `place` of a table of strings, each of which ends in a zero.
std::optional<std::string> string_at(std::string_view table, std::uint64_t place) {
    if (place >= table.size()) return std::nullopt;
    const std::size_t end = table.find('\0', place);
    if (end == std::string_view::npos) return std::nullopt;
    return std::string(table.substr(place, end - place));
}

/// The contents of a section; empty of one that has none in the file.
std::optional<std::string_view> contents_of(std::string_view bytes, const Elf32_Shdr& section) {
    if (section.sh_type == SHT_NOBITS) return std::string_view();
    return part_of(bytes, section.sh_offset, section.sh_size);
}

Result<std::vector<Elf32_Shdr>> section_headers(std::string_view bytes, const Elf32_Ehdr& header,
                                                const std::string& file) {
    std::vector<Elf32_Shdr> sections;
    for (std::uint64_t i = 0; i < header.e_shnum; ++i) {
        const auto section = header_at<Elf32_Shdr>(bytes, header.e_shoff + i * sizeof(Elf32_Shdr));
        if (!section) return damaged(file, fmt::format("header of section {}", i));
        sections.push_back(*section);
    }
    return sections;
}

Result<void> add_symbols(std::string_view bytes, const std::vector<Elf32_Shdr>& sections,
                         const Elf32_Shdr& table, const std::string& file, ObjectFile& object) {
    const auto symbols = contents_of(bytes, table);
    if (!symbols || table.sh_link >= sections.size()) return damaged(file, "symbols");
    const auto names = contents_of(bytes, sections[table.sh_link]);
    if (!names) return damaged(file, "names of symbols");
    for (std::uint64_t place = 0; place + sizeof(Elf32_Sym) <= symbols->size(); place += sizeof(Elf32_Sym)) {
        const Elf32_Sym symbol = *header_at<Elf32_Sym>(*symbols, place);
        const auto binding = ELF32_ST_BIND(symbol.st_info);
        if (binding != STB_GLOBAL && binding != STB_WEAK) continue;
        const auto name = string_at(*names, symbol.st_name);
        if (!name) return damaged(file, "name of a symbol");
        if (symbol.st_shndx != SHN_UNDEF) {
            object.defined.push_back(*name);
        } else if (binding == STB_GLOBAL) {
            object.undefined.push_back(*name);
        }
    }
    return {};
}

constexpr std::string_view kArchiveMagic = "!<arch>\n";
/// Of a member's header: where its parts begin (System V ABI, 7).
constexpr std::size_t kHeaderBytes = 60;
constexpr std::size_t kSizeField = 48;
constexpr std::size_t kSizeDigits = 10;

std::uint32_t big_endian_word(std::string_view bytes, std::size_t place) {
    std::uint32_t word = 0;
    for (std::size_t i = 0; i < 4; ++i) word = word << 8 | static_cast<unsigned char>(bytes[place + i]);
    return word;
}

} // namespace

Result<ObjectFile> parse_object(std::string_view bytes, const std::string& file) {
    const auto header = header_at<Elf32_Ehdr>(bytes, 0);
    if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
        header->e_ident[EI_CLASS] != ELFCLASS32 || header->e_ident[EI_DATA] != ELFDATA2LSB) {
        return bad_input(file, "", "something else", "a 32-bit ELF file, least significant byte first");
    }
    const std::vector<Elf32_Shdr> sections = TANDEM_TRY(section_headers(bytes, *header, file));
    if (header->e_shstrndx >= sections.size()) return damaged(file, "names of sections");
    const auto names = contents_of(bytes, sections[header->e_shstrndx]);
    if (!names) return damaged(file, "names of sections");
    ObjectFile object;
    for (const Elf32_Shdr& section : sections) {
        if (section.sh_type == SHT_SYMTAB) {
            TANDEM_TRY(add_symbols(bytes, sections, section, file, object));
        }
        if ((section.sh_flags & SHF_ALLOC) == 0) continue;
        const auto name = string_at(*names, section.sh_name);
        if (!name) return damaged(file, "name of a section");
        const std::uint32_t alignment = section.sh_addralign == 0 ? 1 : section.sh_addralign;
        if (!std::has_single_bit(alignment)) {
            return bad_input(file, *name, fmt::format("an alignment of {}", alignment), "a power of two");
        }
        object.sections.push_back({.name = *name, .size = Bytes(section.sh_size), .alignment = alignment});
    }
    return object;
}

Result<std::vector<ArchiveSymbol>> parse_archive_index(std::string_view bytes, const std::string& file) {
    if (!bytes.starts_with(kArchiveMagic)) return bad_input(file, "", "something else", "an archive");
    std::vector<ArchiveSymbol> symbols;
    if (!bytes.substr(kArchiveMagic.size()).starts_with("/ ")) return symbols;
    // The index: a count, the place of each symbol's member, their names, all numbers most significant first.
    const std::string_view index = TANDEM_TRY(archive_member(bytes, kArchiveMagic.size(), file));
    if (index.size() < 4) return damaged(file, "index");
    const std::uint64_t count = big_endian_word(index, 0);
    if (index.size() / 4 < count + 1) return damaged(file, "index");
    const std::string_view names = index.substr(4 * (count + 1));
    std::size_t place = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto name = string_at(names, place);
        if (!name) return damaged(file, "names of the index");
        symbols.push_back({.name = *name, .member = big_endian_word(index, 4 * (i + 1))});
        place += name->size() + 1;
    }
    return symbols;
}

Result<std::string_view> archive_member(std::string_view bytes, std::size_t place, const std::string& file) {
    const auto header = part_of(bytes, place, kHeaderBytes);
    if (!header) return damaged(file, fmt::format("member at {}", place));
    std::uint64_t size = 0;
    const char* const digits = header->data() + kSizeField;
    if (std::from_chars(digits, digits + kSizeDigits, size).ec != std::errc()) {
        return bad_input(file, fmt::format("member at {}", place), "no size", "a header of a member");
    }
    const auto member = part_of(bytes, place + kHeaderBytes, size);
    if (!member) return damaged(file, fmt::format("member at {}", place));
    return *member;
}

} // namespace tandem
