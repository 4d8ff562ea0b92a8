#include "tandem/data/checksum.h"

#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>

#include "tandem/core/check.h"

namespace tandem {

std::string sha256_of(std::string_view bytes) {
    std::array<unsigned char, 32> digest{};
    unsigned length = 0;
    TANDEM_CHECK(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr) == 1 &&
                     length == digest.size(),
                 "libcrypto has SHA-256");
    return fmt::format("{:02x}", fmt::join(digest, ""));
}

} // namespace tandem
