// One description of a configuration struct, used three ways: to read it from a Document (types,
// ranges, unknown keys with the nearest known one), to write it back, and to print its table of
// fields. A struct provides `void describe(Fields& fields, Struct& value)`; each call inside names
// one field with its unit, range and meaning, so checks and messages cannot drift apart.
//
//     void describe(Fields& fields, SearchOptions& options) {
//         fields.integer({"population", "designs a generation"}, options.population, {2, 100'000});
//         fields.integer({"seed", "of everything random"}, options.seed, kNonNegativeInteger);
//     }
//     SearchOptions options;
//     TANDEM_TRY(read_fields(document, file, "search", fields_of(options)));
//
// Rules across fields are checked afterwards, on the struct. A field may be visited depending on the
// value of an earlier one (`if (options.algorithm == "nsga2") ...`).
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
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
/// Both ends included. Infinities and NaN are never accepted.
struct NumberRange {
    double minimum = std::numeric_limits<double>::lowest();
    double maximum = std::numeric_limits<double>::max();
};

inline constexpr IntegerRange kPositiveInteger{.minimum = 1};
inline constexpr IntegerRange kNonNegativeInteger{.minimum = 0};
inline constexpr NumberRange kPositiveNumber{.minimum = std::numeric_limits<double>::denorm_min()};
inline constexpr NumberRange kNonNegativeNumber{.minimum = 0.0};
inline constexpr NumberRange kFraction{.minimum = 0.0, .maximum = 1.0};

/// "a positive integer", "an integer from 1 to 16", "a number of at least 3": the range as messages and
/// tables say it.
std::string to_string(IntegerRange range);
std::string to_string(NumberRange range);

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
    /// A number with no default: not set unless a file gives it, and not written while not set.
    virtual void optional_integer(FieldInfo info, std::optional<std::int64_t>& value, IntegerRange range) = 0;
    virtual void optional_number(FieldInfo info, std::optional<double>& value, NumberRange range) = 0;
    virtual void flag(FieldInfo info, bool& value) = 0;
    /// Text that is not empty when a file gives it.
    virtual void text(FieldInfo info, std::string& value) = 0;
    /// One of a list of words.
    virtual void choice(FieldInfo info, std::string& value, const std::vector<std::string>& words) = 0;
    virtual void integers(FieldInfo info, std::vector<std::int64_t>& values, IntegerRange each) = 0;
    virtual void numbers(FieldInfo info, std::vector<double>& values, NumberRange each) = 0;
    /// Words out of a list; an empty list allows any text.
    virtual void texts(FieldInfo info, std::vector<std::string>& values,
                       const std::vector<std::string>& words) = 0;
    /// Anything, judged by the caller after reading (a path or a map, say). `type` says what it may be
    /// in the table of fields.
    virtual void any(FieldInfo info, Document& value, std::string_view type) = 0;
    /// A nested map.
    virtual void section(FieldInfo info, const std::function<void(Fields&)>& describe) = 0;
    /// A list of maps. `resize` makes the struct's list that long; `describe` then visits each.
    /// `count` is the present length, used when writing. The table of fields asks for one element if
    /// there is none.
    virtual void sections(FieldInfo info, std::size_t count, const std::function<void(std::size_t)>& resize,
                          const std::function<void(Fields&, std::size_t)>& describe) = 0;
    /// A nested map that a file may leave out. `create` makes it when a file has it; it is not written
    /// while `is_present` is false.
    virtual void optional_section(FieldInfo info, bool is_present, const std::function<void()>& create,
                                  const std::function<void(Fields&)>& describe) = 0;
};

using DescribeFields = std::function<void(Fields&)>;

/// The description of one struct that has `describe(Fields&, Struct&)`.
template <class Struct> DescribeFields fields_of(Struct& value) {
    return [&value](Fields& fields) { describe(fields, value); };
}

/// Reads a map into the struct that `describe` visits. Gathers every problem: wrong types, values
/// out of range, missing required fields, unknown keys. A member without a value (null) counts as
/// left out. `place` is the path of the map inside the file ("machine"), empty at the top. An integer
/// is accepted where a number is expected, never the other way round. The struct is only to be used
/// when no error comes back.
[[nodiscard]] Result<void> read_fields(const Document& document, const std::string& file,
                                       const std::string& place, const DescribeFields& describe);

/// The struct as a Document, every field written.
Document write_fields(const DescribeFields& describe);

/// One row a field: path, type and range, default, meaning; for `--help` and the reference pages.
struct FieldRow {
    std::string path;          ///< "memories[].size_bytes"
    std::string type;          ///< "a positive integer", "one of nsga2, random"
    std::string default_value; ///< as in a file; "required" or "none" where there is no default
    std::string meaning;

    bool operator==(const FieldRow&) const = default;
};
/// The rows of every field that `describe` visits. Lists of sections may be resized to hold one
/// element, so describe a scratch struct.
std::vector<FieldRow> list_fields(const DescribeFields& describe);

} // namespace tandem
