// Objects and archives byte by byte, small enough to see what is in them.
#pragma once

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tandem {

/// What object_text() has in .text, aligned to four.
inline constexpr std::int64_t kObjectTextBytes = 8;

struct ObjectSymbols {
    std::string defined;
    std::string undefined; ///< none where empty
};

/// A 32-bit ELF file with a section .text, one symbol that it defines and one that it needs.
inline std::string object_text(const ObjectSymbols& symbols) {
    std::string bytes(sizeof(Elf32_Ehdr), '\0');
    const auto append = [&](const auto& part) {
        const auto place = static_cast<Elf32_Off>(bytes.size());
        bytes.append(reinterpret_cast<const char*>(&part), sizeof part);
        return place;
    };
    const auto append_text = [&](const std::string& text) {
        const auto place = static_cast<Elf32_Off>(bytes.size());
        bytes += text;
        return place;
    };
    const std::string section_names("\0.text\0", 7);
    const std::string names = '\0' + symbols.defined + '\0' + symbols.undefined + '\0';
    std::vector<Elf32_Shdr> sections(4);
    sections[1] = {.sh_name = 1,
                   .sh_type = SHT_PROGBITS,
                   .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
                   .sh_addr = 0,
                   .sh_offset = append_text(std::string(kObjectTextBytes, '\0')),
                   .sh_size = kObjectTextBytes,
                   .sh_link = 0,
                   .sh_info = 0,
                   .sh_addralign = 4,
                   .sh_entsize = 0};
    sections[2].sh_type = SHT_STRTAB;
    sections[2].sh_offset = append_text(section_names + names);
    sections[2].sh_size = static_cast<Elf32_Word>(section_names.size() + names.size());
    const auto name_at = static_cast<Elf32_Word>(section_names.size() + 1);
    Elf32_Sym symbol{};
    sections[3].sh_type = SHT_SYMTAB;
    sections[3].sh_link = 2;
    sections[3].sh_offset = append(symbol);
    symbol.st_info = ELF32_ST_INFO(STB_GLOBAL, STT_FUNC);
    symbol.st_name = name_at;
    symbol.st_shndx = 1;
    append(symbol);
    if (!symbols.undefined.empty()) {
        symbol.st_name = name_at + static_cast<Elf32_Word>(symbols.defined.size() + 1);
        symbol.st_shndx = SHN_UNDEF;
        append(symbol);
    }
    sections[3].sh_size = static_cast<Elf32_Word>(bytes.size()) - sections[3].sh_offset;
    Elf32_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS32;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_shoff = static_cast<Elf32_Off>(bytes.size());
    header.e_shnum = static_cast<Elf32_Half>(sections.size());
    header.e_shstrndx = 2;
    for (const Elf32_Shdr& section : sections) append(section);
    std::memcpy(bytes.data(), &header, sizeof header);
    return bytes;
}

inline std::string big_endian(std::size_t number) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xFF);
    return bytes;
}

/// An archive whose index names a symbol of each member.
inline std::string archive_text(const std::vector<std::pair<std::string, std::string>>& members) {
    const auto member = [](const std::string& name, std::string contents) {
        if (contents.size() % 2 != 0) contents += '\n';
        return fmt::format("{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", name, 0, 0, 0, 644, contents.size()) +
               contents;
    };
    std::string names;
    for (const auto& [symbol, contents] : members) names += symbol + '\0';
    const std::string magic = "!<arch>\n";
    const std::size_t index_bytes =
        member("/", std::string(4 + 4 * members.size() + names.size(), ' ')).size();
    std::string index = big_endian(members.size());
    std::string text;
    for (const auto& [symbol, contents] : members) {
        index += big_endian(magic.size() + index_bytes + text.size());
        text += member("member.o/", contents);
    }
    return magic + member("/", index + names) + text;
}

} // namespace tandem
