// Content hashes: the identity of a value is the hash of what it says. 128-bit XXH3, stable across
// machines and runs; not meant to withstand an attacker.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace tandem {

struct ContentHash {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    auto operator<=>(const ContentHash&) const = default; // NOLINT(modernize-use-nullptr): no null is here
};

/// 32 lower-case hexadecimal digits.
std::string to_string(const ContentHash& hash);

/// Feeds values into one hash. Strings and spans are length-prefixed, so that neighbours cannot
/// trade bytes.
class Hasher {
  public:
    Hasher();

    template <class Number>
    requires(std::is_arithmetic_v<Number> || std::is_enum_v<Number>) Hasher& add(Number number) {
        return add_bytes(&number, sizeof number);
    }
    Hasher& add(std::string_view text);
    Hasher& add(const ContentHash& hash);

    template <class Number>
    requires std::is_arithmetic_v<Number> Hasher& add(std::span<const Number> numbers) {
        add(static_cast<std::uint64_t>(numbers.size()));
        return add_bytes(numbers.data(), numbers.size_bytes());
    }

    ContentHash finish() const;

  private:
    Hasher& add_bytes(const void* bytes, std::size_t count);

    struct State;
    struct Deleter {
        void operator()(State* state) const;
    };
    std::unique_ptr<State, Deleter> state_;
};

} // namespace tandem

template <> struct std::hash<tandem::ContentHash> {
    std::size_t operator()(const tandem::ContentHash& value) const noexcept {
        return static_cast<std::size_t>(value.low);
    }
};
