// The integers of one stored tensor, one byte an element for formats of up to 8 bits and two for
// wider ones: half the memory and half the traffic of a fixed 16 bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tandem/core/check.h"
#include "tandem/numerics/number_format.h"

namespace tandem {

/// Memory for large buffers, aligned to a cache line, kept for the next one when it is released: the
/// system's allocator returns it, and the page faults to get it again cost more than rounding a tensor.
void* allocate_buffer(std::size_t size_bytes);
void release_buffer(void* buffer);

/// Leaves elements uninitialised: every tensor is written in full before it is read.
template <class Element> struct RawAllocator {
    using value_type = Element;

    RawAllocator() = default;
    template <class Other> RawAllocator(const RawAllocator<Other>&) {} // NOLINT(google-explicit-constructor)

    Element* allocate(std::size_t count) {
        return static_cast<Element*>(allocate_buffer(count * sizeof(Element)));
    }
    void deallocate(Element* elements, std::size_t) { release_buffer(elements); }
    template <class Other> void construct(Other*) {}
    template <class Other> void construct(Other* element, const Other& value) { *element = value; }

    bool operator==(const RawAllocator&) const { return true; }
};

/// A vector without initial values.
template <class Element> using RawVector = std::vector<Element, RawAllocator<Element>>;

/// The integers of one stored tensor for some samples: (sample, row, column, channel).
class IntegerValues {
  public:
    IntegerValues() = default;
    /// `size` elements with no values yet.
    IntegerValues(const NumberFormat& format, std::size_t size)
        : format_(format), bytes_(size * bytes_per_element(format)) {}

    static std::size_t bytes_per_element(const NumberFormat& format) { return format.bits <= 8 ? 1 : 2; }

    const NumberFormat& format() const { return format_; }
    std::size_t size() const { return bytes_.size() / bytes_per_element(format_); }
    std::size_t size_bytes() const { return bytes_.size(); }

    /// One element. These two are for plain loops; the fast engine works on `as`.
    std::int32_t operator[](std::size_t index) const {
        if (format_.bits <= 8) return is_signed() ? as<std::int8_t>()[index] : as<std::uint8_t>()[index];
        return is_signed() ? as<std::int16_t>()[index] : as<std::uint16_t>()[index];
    }
    void set(std::size_t index, std::int32_t integer) {
        TANDEM_CHECK(minimum_integer(format_) <= integer && integer <= maximum_integer(format_),
                     "a stored integer lies within its format");
        if (format_.bits <= 8) {
            as<std::uint8_t>()[index] = static_cast<std::uint8_t>(integer);
        } else {
            as<std::uint16_t>()[index] = static_cast<std::uint16_t>(integer);
        }
    }

    /// The elements as they lie in memory: (u)int8_t for formats of up to 8 bits, (u)int16_t for wider.
    template <class Element> const Element* as() const {
        return reinterpret_cast<const Element*>(bytes_.data());
    }
    template <class Element> Element* as() { return reinterpret_cast<Element*>(bytes_.data()); }

    bool operator==(const IntegerValues&) const = default;

  private:
    bool is_signed() const { return format_.signedness == Signedness::is_signed; }

    NumberFormat format_;
    RawVector<std::uint8_t> bytes_;
};

} // namespace tandem
