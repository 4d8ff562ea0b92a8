#include "tandem/core/fields.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tandem/core/field_text.h"

namespace tandem {

namespace {

bool holds(IntegerRange range, std::int64_t value) {
    return value >= range.minimum && value <= range.maximum;
}
bool holds(NumberRange range, double value) {
    return std::isfinite(value) && value >= range.minimum && value <= range.maximum;
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// Reads one map, member by member, and remembers which keys were asked for.
class Reader : public Fields {
  public:
    Reader(const Document& map, const std::string& file, std::string place, std::vector<Problem>& problems)
        : map_(map), file_(file), place_(std::move(place)), problems_(problems) {}

    void integer(FieldInfo info, std::int64_t& value, IntegerRange range) override {
        if (const Document* found = take(info)) read_integer(*found, join(place_, info.name), value, range);
    }

    void number(FieldInfo info, double& value, NumberRange range) override {
        if (const Document* found = take(info)) read_number(*found, join(place_, info.name), value, range);
    }

    void optional_integer(FieldInfo info, std::optional<std::int64_t>& value, IntegerRange range) override {
        if (const Document* found = take(info)) {
            read_integer(*found, join(place_, info.name), value.emplace(), range);
        }
    }

    void optional_number(FieldInfo info, std::optional<double>& value, NumberRange range) override {
        if (const Document* found = take(info)) {
            read_number(*found, join(place_, info.name), value.emplace(), range);
        }
    }

    void flag(FieldInfo info, bool& value) override {
        const Document* found = take(info);
        if (found == nullptr) return;
        if (const auto* given = found->get_if<bool>()) {
            value = *given;
        } else {
            problem(*found, join(place_, info.name), "true or false");
        }
    }

    void text(FieldInfo info, std::string& value) override {
        if (const Document* found = take(info)) read_text(*found, join(place_, info.name), value, {});
    }

    void choice(FieldInfo info, std::string& value, const std::vector<std::string>& words) override {
        if (const Document* found = take(info)) read_text(*found, join(place_, info.name), value, words);
    }

    void integers(FieldInfo info, std::vector<std::int64_t>& values, IntegerRange each) override {
        read_list(info, values, [&](const Document& item, const std::string& path, std::int64_t& value) {
            read_integer(item, path, value, each);
        });
    }

    void numbers(FieldInfo info, std::vector<double>& values, NumberRange each) override {
        read_list(info, values, [&](const Document& item, const std::string& path, double& value) {
            read_number(item, path, value, each);
        });
    }

    void texts(FieldInfo info, std::vector<std::string>& values,
               const std::vector<std::string>& words) override {
        read_list(info, values, [&](const Document& item, const std::string& path, std::string& value) {
            read_text(item, path, value, words);
        });
    }

    void any(FieldInfo info, Document& value, std::string_view /*type*/) override {
        if (const Document* found = take(info)) value = *found;
    }

    void section(FieldInfo info, const std::function<void(Fields&)>& describe) override {
        if (const Document* found = take(info)) read_section(*found, join(place_, info.name), describe);
    }

    void optional_section(FieldInfo info, bool /*is_present*/, const std::function<void()>& create,
                          const std::function<void(Fields&)>& describe) override {
        const Document* found = take(info);
        if (found == nullptr) return;
        create();
        read_section(*found, join(place_, info.name), describe);
    }

    void sections(FieldInfo info, std::size_t /*count*/, const std::function<void(std::size_t)>& resize,
                  const std::function<void(Fields&, std::size_t)>& describe) override {
        const Document* found = take(info);
        if (found == nullptr) return;
        const std::string path = join(place_, info.name);
        const auto* list = found->get_if<Document::List>();
        if (list == nullptr) {
            problem(*found, path, "a list of maps");
            return;
        }
        resize(list->size());
        for (std::size_t i = 0; i < list->size(); ++i) {
            read_section((*list)[i], fmt::format("{}[{}]", path, i),
                         [&](Fields& fields) { describe(fields, i); });
        }
    }

    /// Every key that no field asked for is a slip.
    void refuse_unknown_keys() {
        const auto* map = map_.get_if<Document::Map>();
        for (const auto& [key, member] : *map) {
            if (contains(known_, key)) continue;
            const std::string nearest = nearest_word(key, known_);
            problems_.push_back(Problem{
                .file = file_,
                .place = place_in_file(member.line, join(place_, key)),
                .found = nearest.empty() ? "an unknown key"
                                         : fmt::format("an unknown key (did you mean '{}'?)", nearest),
                .expected = known_.empty() ? "no keys" : one_of(known_)});
        }
    }

  private:
    /// The member's value, or null when it is left out (noted when the field is required).
    const Document* take(const FieldInfo& info) {
        known_.emplace_back(info.name);
        const Document* found = map_.find(info.name);
        if (found != nullptr && found->get_if<std::monostate>() == nullptr) return found;
        if (info.presence == Presence::required) {
            problems_.push_back(Problem{
                .file = file_,
                .place = place_in_file(found != nullptr ? found->line : map_.line, join(place_, info.name)),
                .found = "nothing",
                .expected = std::string(info.meaning)});
        }
        return nullptr;
    }

    void problem(const Document& found, const std::string& path, std::string expected) {
        problems_.push_back(Problem{.file = file_,
                                    .place = place_in_file(found.line, path),
                                    .found = summarize(found),
                                    .expected = std::move(expected)});
    }

    void read_integer(const Document& found, const std::string& path, std::int64_t& value,
                      IntegerRange range) {
        const auto* given = found.get_if<std::int64_t>();
        if (given != nullptr && holds(range, *given)) {
            value = *given;
        } else {
            problem(found, path, to_string(range));
        }
    }

    void read_number(const Document& found, const std::string& path, double& value, NumberRange range) {
        double given = std::numeric_limits<double>::quiet_NaN();
        if (const auto* number = found.get_if<double>()) given = *number;
        if (const auto* integer = found.get_if<std::int64_t>()) given = static_cast<double>(*integer);
        if (holds(range, given)) {
            value = given;
        } else {
            problem(found, path, to_string(range));
        }
    }

    /// One of the words; any text but the empty one when there are none.
    void read_text(const Document& found, const std::string& path, std::string& value,
                   const std::vector<std::string>& words) {
        const auto* given = found.get_if<std::string>();
        if (given != nullptr && (words.empty() ? !given->empty() : contains(words, *given))) {
            value = *given;
            return;
        }
        if (given != nullptr && !words.empty()) {
            problems_.push_back(Problem{.file = file_,
                                        .place = place_in_file(found.line, path),
                                        .found = with_suggestion(*given, words),
                                        .expected = one_of(words)});
            return;
        }
        problem(found, path, words.empty() ? "text" : one_of(words));
    }

    template <class Element, class ReadElement>
    void read_list(const FieldInfo& info, std::vector<Element>& values, const ReadElement& read) {
        const Document* found = take(info);
        if (found == nullptr) return;
        const std::string path = join(place_, info.name);
        const auto* list = found->get_if<Document::List>();
        if (list == nullptr) {
            problem(*found, path, "a list");
            return;
        }
        values.assign(list->size(), Element{});
        for (std::size_t i = 0; i < list->size(); ++i) {
            read((*list)[i], fmt::format("{}[{}]", path, i), values[i]);
        }
    }

    void read_section(const Document& found, const std::string& path,
                      const std::function<void(Fields&)>& describe) {
        if (found.get_if<Document::Map>() == nullptr) {
            problem(found, path, "a map");
            return;
        }
        Reader inner(found, file_, path, problems_);
        describe(inner);
        inner.refuse_unknown_keys();
    }

    const Document& map_;
    const std::string& file_;
    std::string place_;
    std::vector<Problem>& problems_;
    std::vector<std::string> known_;
};

class Writer : public Fields {
  public:
    Document::Map map;

    void integer(FieldInfo info, std::int64_t& value, IntegerRange /*range*/) override { add(info, value); }
    void number(FieldInfo info, double& value, NumberRange /*range*/) override { add(info, value); }
    void optional_integer(FieldInfo info, std::optional<std::int64_t>& value,
                          IntegerRange /*range*/) override {
        if (value) add(info, *value);
    }
    void optional_number(FieldInfo info, std::optional<double>& value, NumberRange /*range*/) override {
        if (value) add(info, *value);
    }
    void flag(FieldInfo info, bool& value) override { add(info, value); }
    void text(FieldInfo info, std::string& value) override {
        // An empty text is one that was never given, and would not be read back.
        if (!value.empty()) add(info, value);
    }
    void choice(FieldInfo info, std::string& value, const std::vector<std::string>& /*words*/) override {
        add(info, value);
    }
    void integers(FieldInfo info, std::vector<std::int64_t>& values, IntegerRange /*each*/) override {
        add(info, Document::List(values.begin(), values.end()));
    }
    void numbers(FieldInfo info, std::vector<double>& values, NumberRange /*each*/) override {
        add(info, Document::List(values.begin(), values.end()));
    }
    void texts(FieldInfo info, std::vector<std::string>& values,
               const std::vector<std::string>& /*words*/) override {
        add(info, Document::List(values.begin(), values.end()));
    }
    void any(FieldInfo info, Document& value, std::string_view /*type*/) override {
        if (value.get_if<std::monostate>() == nullptr) add(info, value);
    }
    void section(FieldInfo info, const std::function<void(Fields&)>& describe) override {
        add(info, write_fields(describe));
    }
    void optional_section(FieldInfo info, bool is_present, const std::function<void()>& /*create*/,
                          const std::function<void(Fields&)>& describe) override {
        if (is_present) add(info, write_fields(describe));
    }
    void sections(FieldInfo info, std::size_t count, const std::function<void(std::size_t)>& /*resize*/,
                  const std::function<void(Fields&, std::size_t)>& describe) override {
        Document::List list;
        for (std::size_t i = 0; i < count; ++i) {
            list.push_back(write_fields([&](Fields& fields) { describe(fields, i); }));
        }
        add(info, std::move(list));
    }

  private:
    void add(const FieldInfo& info, Document value) {
        map.emplace_back(std::string(info.name), std::move(value));
    }
};

/// "a number from 0 to 1"; a bound that does not exist is given as empty text.
std::string range_text(std::string_view article_and_unit, const std::string& minimum,
                       const std::string& maximum) {
    if (minimum.empty() && maximum.empty()) return std::string(article_and_unit);
    if (maximum.empty()) return fmt::format("{} of at least {}", article_and_unit, minimum);
    if (minimum.empty()) return fmt::format("{} of at most {}", article_and_unit, maximum);
    return fmt::format("{} from {} to {}", article_and_unit, minimum, maximum);
}

} // namespace

std::string to_string(IntegerRange range) {
    const IntegerRange all;
    const bool is_open = range.maximum == all.maximum;
    if (is_open && range.minimum == 1) return "a positive integer";
    if (is_open && range.minimum == 0) return "a non-negative integer";
    return range_text("an integer", range.minimum == all.minimum ? "" : fmt::format("{}", range.minimum),
                      is_open ? "" : fmt::format("{}", range.maximum));
}

std::string to_string(NumberRange range) {
    const NumberRange all;
    const bool is_open = range.maximum == all.maximum;
    const bool is_positive = range.minimum == kPositiveNumber.minimum;
    if (is_open && is_positive) return "a positive number";
    if (is_open && range.minimum == 0.0) return "a non-negative number";
    if (is_positive) return fmt::format("a positive number of at most {}", range.maximum);
    return range_text("a number", range.minimum == all.minimum ? "" : fmt::format("{}", range.minimum),
                      is_open ? "" : fmt::format("{}", range.maximum));
}

Result<void> read_fields(const Document& document, const std::string& file, const std::string& place,
                         const DescribeFields& describe) {
    if (document.get_if<Document::Map>() == nullptr) {
        return bad_input(file, place_in_file(document.line, place), summarize(document), "a map of fields");
    }
    std::vector<Problem> problems;
    Reader reader(document, file, place, problems);
    describe(reader);
    reader.refuse_unknown_keys();
    if (!problems.empty()) return bad_input(std::move(problems));
    return {};
}

Document write_fields(const DescribeFields& describe) {
    Writer writer;
    describe(writer);
    return std::move(writer.map);
}

} // namespace tandem
