// One description of a configuration struct, used three ways: to read it from a Document (types,
// ranges, unknown keys with the nearest known one), to write it back, and to print its table of
// fields. A struct provides `void describe(Fields& fields, Struct& value)`; each call inside names
// one field with its unit, range and meaning, so checks and messages cannot drift apart.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/core/document.h"
#include "tandem/core/result.h"

namespace tandem {

/// Both ends included.
struct IntegerRange {
    std::int64_t minimum = std::numeric_limits<std::int64_t>::min();
    std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
};
struct NumberRange {
    double minimum = -std::numeric_limits<double>::infinity();
    double maximum = std::numeric_limits<double>::infinity();
};

enum class Presence { optional, required };

/// A field's name (with its unit where it is a raw number), what it means, and whether a file
/// must give it. An optional field keeps the value the struct was built with.
struct FieldInfo {
    std::string_view name;
    std::string_view meaning;
    Presence presence = Presence::optional;
};

class Fields {
  public:
    virtual ~Fields() = default;

    virtual void integer(FieldInfo info, std::int64_t& value, IntegerRange range) = 0;
    virtual void number(FieldInfo info, double& value, NumberRange range) = 0;
    virtual void flag(FieldInfo info, bool& value) = 0;
    virtual void text(FieldInfo info, std::string& value) = 0;
    /// One of a list of words.
    virtual void choice(FieldInfo info, std::string& value, const std::vector<std::string>& words) = 0;
    virtual void integers(FieldInfo info, std::vector<std::int64_t>& values, IntegerRange each) = 0;
    /// Words out of a list; an empty list allows any text.
    virtual void texts(FieldInfo info, std::vector<std::string>& values,
                       const std::vector<std::string>& words) = 0;
    /// A nested map.
    virtual void section(FieldInfo info, const std::function<void(Fields&)>& describe) = 0;
    /// A list of maps. `resize` makes the struct's list that long; `describe` then visits each.
    /// `count` is the present length, used when writing.
    virtual void sections(FieldInfo info, std::size_t count, const std::function<void(std::size_t)>& resize,
                          const std::function<void(Fields&, std::size_t)>& describe) = 0;
};

using DescribeFields = std::function<void(Fields&)>;

/// Reads a map into the struct that `describe` visits. Gathers every problem: wrong types, values
/// out of range, missing required fields, unknown keys. `place` is the path of the map inside the
/// file ("machine"), empty at the top.
[[nodiscard]] Result<void> read_fields(const Document& document, const std::string& file,
                                       const std::string& place, const DescribeFields& describe);

/// The struct as a Document, every field written.
Document write_fields(const DescribeFields& describe);

/// One row a field: path, type and range, default, meaning; for `--help` and the reference pages.
struct FieldRow {
    std::string path;
    std::string type;
    std::string default_value;
    std::string meaning;
};
std::vector<FieldRow> list_fields(const DescribeFields& describe);

} // namespace tandem
