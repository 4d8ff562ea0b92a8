#include "archive_files.h"

#include <cstdint>
#include <cstdio>

#include <zlib.h>

namespace tandem {

namespace {

/// The lowest byte first.
void put(std::string& bytes, std::uint64_t value, int count) {
    for (int i = 0; i < count; ++i, value >>= 8U) bytes.push_back(static_cast<char>(value & 0xFFU));
}

/// What a member's local and central header share: versions, method "stored", time, check sum, sizes, name's
/// length.
std::string member(const std::string& name, const std::string& contents) {
    std::string bytes;
    put(bytes, 20, 2);
    put(bytes, 0, 2 + 2 + 2 + 2);
    put(bytes, crc32(0, reinterpret_cast<const Bytef*>(contents.data()), static_cast<uInt>(contents.size())),
        4);
    put(bytes, contents.size(), 4);
    put(bytes, contents.size(), 4);
    put(bytes, name.size(), 2);
    put(bytes, 0, 2);
    return bytes;
}

} // namespace

std::string tar_of(const std::map<std::string, std::string>& files) {
    std::string tar;
    for (const auto& [name, contents] : files) {
        std::string header(512, '\0');
        header.replace(0, name.size(), name);
        header.replace(100, 7, "0000644");
        char octal[12];
        std::snprintf(octal, sizeof octal, "%011o", static_cast<unsigned>(contents.size()));
        header.replace(124, 11, octal);
        header.replace(136, 11, "00000000000");
        header[156] = '0';
        header.replace(257, 8, std::string("ustar\0", 6) + "00");
        header.replace(148, 8, "        ");
        unsigned sum = 0;
        for (const char byte : header) sum += static_cast<unsigned char>(byte);
        std::snprintf(octal, sizeof octal, "%06o", sum);
        header.replace(148, 7, std::string(octal, 6) + '\0');
        tar += header + contents + std::string((512 - contents.size() % 512) % 512, '\0');
    }
    return tar + std::string(1024, '\0');
}

std::string zip_of(const std::map<std::string, std::string>& files) {
    std::string zip;
    std::string directory;
    for (const auto& [name, contents] : files) {
        put(directory, 0x02014B50, 4);
        put(directory, 20, 2);
        directory += member(name, contents);
        put(directory, 0, 2 + 2 + 2 + 4);
        put(directory, zip.size(), 4);
        directory += name;
        put(zip, 0x04034B50, 4);
        zip += member(name, contents) + name + contents;
    }
    std::string end;
    put(end, 0x06054B50, 4);
    put(end, 0, 4);
    put(end, files.size(), 2);
    put(end, files.size(), 2);
    put(end, directory.size(), 4);
    put(end, zip.size(), 4);
    put(end, 0, 2);
    return zip + directory + end;
}

} // namespace tandem
