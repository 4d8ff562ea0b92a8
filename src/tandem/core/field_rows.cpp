// The table of fields, whose defaults stand as YAML has them.
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tandem/core/field_text.h"
#include "tandem/core/fields.h"

namespace tandem {

namespace {

class Lister : public Fields {
  public:
    Lister(std::string place, std::vector<FieldRow>& rows) : place_(std::move(place)), rows_(rows) {}

    void integer(FieldInfo info, std::int64_t& value, IntegerRange range) override {
        add(info, to_string(range), value);
    }
    void number(FieldInfo info, double& value, NumberRange range) override {
        add(info, to_string(range), value);
    }
    void optional_integer(FieldInfo info, std::optional<std::int64_t>& value, IntegerRange range) override {
        add(info, to_string(range), value ? Document(*value) : Document());
    }
    void optional_number(FieldInfo info, std::optional<double>& value, NumberRange range) override {
        add(info, to_string(range), value ? Document(*value) : Document());
    }
    void flag(FieldInfo info, bool& value) override { add(info, "true or false", value); }
    void text(FieldInfo info, std::string& value) override {
        add(info, "text", value.empty() ? Document() : Document(value));
    }
    void choice(FieldInfo info, std::string& value, const std::vector<std::string>& words) override {
        add(info, one_of(words), value);
    }
    void integers(FieldInfo info, std::vector<std::int64_t>& values, IntegerRange each) override {
        add(info, "a list, each " + to_string(each), Document::List(values.begin(), values.end()));
    }
    void numbers(FieldInfo info, std::vector<double>& values, NumberRange each) override {
        add(info, "a list, each " + to_string(each), Document::List(values.begin(), values.end()));
    }
    void texts(FieldInfo info, std::vector<std::string>& values,
               const std::vector<std::string>& words) override {
        add(info, "a list, each " + (words.empty() ? "text" : one_of(words)),
            Document::List(values.begin(), values.end()));
    }
    void any(FieldInfo info, Document& value, std::string_view type) override {
        add(info, std::string(type), value);
    }
    void section(FieldInfo info, const std::function<void(Fields&)>& describe) override {
        add_rows(info, "", describe);
    }
    void optional_section(FieldInfo info, bool is_present, const std::function<void()>& create,
                          const std::function<void(Fields&)>& describe) override {
        if (!is_present) create();
        add_rows(info, "", describe);
    }
    void sections(FieldInfo info, std::size_t count, const std::function<void(std::size_t)>& resize,
                  const std::function<void(Fields&, std::size_t)>& describe) override {
        if (count == 0) resize(1);
        add_rows(info, "[]", [&](Fields& fields) { describe(fields, 0); });
    }

  private:
    void add(const FieldInfo& info, std::string type, const Document& value) {
        std::string default_value = value.get_if<std::monostate>() != nullptr ? "none" : one_line(value);
        if (info.presence == Presence::required) default_value = "required";
        rows_.push_back(FieldRow{.path = join(place_, info.name),
                                 .type = std::move(type),
                                 .default_value = std::move(default_value),
                                 .meaning = std::string(info.meaning)});
    }

    /// A scalar or a list of them as a file would say it.
    static std::string one_line(const Document& value) {
        const auto* list = value.get_if<Document::List>();
        if (list == nullptr) {
            std::string text = to_yaml(value);
            text.pop_back(); // the newline
            return text;
        }
        std::vector<std::string> items;
        for (const Document& item : *list) items.push_back(one_line(item));
        return fmt::format("[{}]", fmt::join(items, ", "));
    }

    void add_rows(const FieldInfo& info, std::string_view suffix,
                  const std::function<void(Fields&)>& describe) {
        Lister inner(join(place_, info.name) + std::string(suffix), rows_);
        describe(inner);
    }

    std::string place_;
    std::vector<FieldRow>& rows_;
};

} // namespace

std::vector<FieldRow> list_fields(const DescribeFields& describe) {
    std::vector<FieldRow> rows;
    Lister lister("", rows);
    describe(lister);
    return rows;
}

} // namespace tandem
