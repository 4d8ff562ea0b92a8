#include "tandem/report/run_schema.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/report/page_assets.h"
#include "tandem/report/run_view.h"

namespace tandem {

namespace {

std::string_view type_name(const Document& value) {
    constexpr std::array<std::string_view, 7> kNames{"null",   "boolean", "integer", "number",
                                                     "string", "array",   "object"};
    return kNames[value.value.index()];
}

std::optional<double> number_in(const Document& value) {
    if (const auto* whole = value.get_if<std::int64_t>()) return static_cast<double>(*whole);
    if (const auto* number = value.get_if<double>()) return *number;
    return std::nullopt;
}

/// A whole number is a number. One with a point or beyond 64 bits is not whole, narrower than the standard:
/// ids and counts are kept as they are read.
bool is_of_type(const Document& value, std::string_view type) {
    if (type == type_name(value)) return true;
    return type == "number" && value.get_if<std::int64_t>() != nullptr;
}

constexpr std::array<std::string_view, 16> kKnownKeywords{
    "$schema",  "title",   "description", "$defs",    "$ref",       "type",  "const",
    "enum",     "minimum", "maximum",     "required", "properties", "items", "additionalProperties",
    "minItems", "format"};

class SchemaJudge {
  public:
    SchemaJudge(const Document& schema, const std::string& file) : root_(schema), file_(file) {}

    std::vector<Problem> judge(const Document& document) {
        visit(document, root_, "");
        return std::move(problems_);
    }

  private:
    void add(const Document& value, const std::string& path, std::string found, std::string expected) {
        if (problems_.size() >= kMostSchemaProblems) return;
        problems_.push_back({file_, place_in_file(value.line, path), std::move(found), std::move(expected)});
    }

    const Document& resolved(const Document& schema) const {
        const Document* reference = schema.find("$ref");
        if (reference == nullptr) return schema;
        const auto* text = reference->get_if<std::string>();
        constexpr std::string_view kStart = "#/$defs/";
        TANDEM_CHECK(text != nullptr && text->starts_with(kStart), "a schema refers into its own $defs");
        const Document* definitions = root_.find("$defs");
        const Document* target =
            definitions != nullptr ? definitions->find(text->substr(kStart.size())) : nullptr;
        TANDEM_CHECK(target != nullptr, "a schema refers to what it does not define: " + *text);
        return *target;
    }

    void visit(const Document& value, const Document& given, const std::string& path) {
        if (problems_.size() >= kMostSchemaProblems) return;
        const Document& schema = resolved(given);
        const auto* keywords = schema.get_if<Document::Map>();
        TANDEM_CHECK(keywords != nullptr, "a schema is an object");
        for (const auto& [keyword, content] : *keywords) {
            TANDEM_CHECK(std::find(kKnownKeywords.begin(), kKnownKeywords.end(), keyword) !=
                             kKnownKeywords.end(),
                         "a schema of an unknown keyword: " + keyword);
        }
        if (!has_right_type(value, schema, path) || !has_right_value(value, schema, path)) return;
        if (const auto* map = value.get_if<Document::Map>()) visit_members(value, *map, schema, path);
        if (const auto* list = value.get_if<Document::List>()) visit_items(value, *list, schema, path);
    }

    bool has_right_type(const Document& value, const Document& schema, const std::string& path) {
        const Document* type = schema.find("type");
        if (type == nullptr) return true;
        std::vector<std::string> names;
        if (const auto* one = type->get_if<std::string>()) names.push_back(*one);
        for (const Document& name : list_at(schema, "type")) names.push_back(*name.get_if<std::string>());
        if (std::any_of(names.begin(), names.end(),
                        [&](const std::string& name) { return is_of_type(value, name); })) {
            return true;
        }
        add(value, path, summarize(value), fmt::format("{}", fmt::join(names, " or ")));
        return false;
    }

    bool has_right_value(const Document& value, const Document& schema, const std::string& path) {
        if (const Document* only = schema.find("const"); only != nullptr && !(*only == value)) {
            add(value, path, summarize(value), summarize(*only));
            return false;
        }
        if (const Document* known = schema.find("enum")) {
            const auto& words = *known->get_if<Document::List>();
            if (std::find(words.begin(), words.end(), value) == words.end()) {
                add(value, path, summarize(value), "one of " + to_json(*known, JsonLayout::compact));
                return false;
            }
        }
        const std::optional<double> number = number_in(value);
        if (!number) return true;
        const std::optional<double> least = number_at(schema, "minimum");
        const std::optional<double> most = number_at(schema, "maximum");
        if (least && !(*number >= *least)) {
            add(value, path, summarize(value), fmt::format("{} or more", *least));
        } else if (most && !(*number <= *most)) {
            add(value, path, summarize(value), fmt::format("{} or less", *most));
        }
        return true;
    }

    void visit_members(const Document& value, const Document::Map& map, const Document& schema,
                       const std::string& path) {
        for (const Document& name : list_at(schema, "required")) {
            const std::string& key = *name.get_if<std::string>();
            if (value.find(key) == nullptr) add(value, joined(path, key), "nothing", "a value");
        }
        const Document& known = member_at(schema, "properties");
        const Document* others = schema.find("additionalProperties");
        for (const auto& [key, member] : map) {
            if (const Document* own = known.find(key)) {
                visit(member, *own, joined(path, key));
            } else if (others != nullptr && others->get_if<bool>() != nullptr) {
                if (!*others->get_if<bool>()) add(member, joined(path, key), "an unknown key", "none");
            } else if (others != nullptr) {
                visit(member, *others, joined(path, key));
            }
        }
    }

    void visit_items(const Document& value, const Document::List& list, const Document& schema,
                     const std::string& path) {
        if (const auto least = count_at(schema, "minItems");
            least && static_cast<std::int64_t>(list.size()) < *least) {
            add(value, path, fmt::format("{} items", list.size()), fmt::format("{} or more", *least));
        }
        const Document* items = schema.find("items");
        if (items == nullptr) return;
        for (std::size_t i = 0; i < list.size(); ++i) visit(list[i], *items, fmt::format("{}[{}]", path, i));
    }

    static std::string joined(const std::string& path, const std::string& key) {
        return path.empty() ? key : path + "." + key;
    }

    const Document& root_;
    std::string file_;
    std::vector<Problem> problems_;
};

/// What the schema cannot say. The document keeps to the schema.
class RelationJudge {
  public:
    RelationJudge(const Document& run, const std::string& file) : run_(run), file_(file) {}

    std::vector<Problem> judge() {
        judge_columns();
        for (const Document& id : list_at(run_, "front")) judge_id(id, "front", details_);
        for (const char* key : {"chosen", "knee", "reference"}) {
            const Document& id = member_at(run_, key);
            if (id.get_if<std::int64_t>() != nullptr) judge_id(id, key, details_);
        }
        for (const Document& uniform : list_at(run_, "uniform")) {
            judge_id(member_at(uniform, "id"), "uniform", details_);
        }
        judge_details();
        judge_nodes();
        judge_fine_tuning();
        return std::move(problems_);
    }

  private:
    void add(const Document& value, std::string_view path, std::string found, std::string expected) {
        problems_.push_back({file_, place_in_file(value.line, path), std::move(found), std::move(expected)});
    }

    void judge_columns() {
        const Document& designs = member_at(run_, "designs");
        const std::size_t count = list_at(designs, "id").size();
        for (const auto& [name, column] : *designs.get_if<Document::Map>()) {
            const std::size_t found = column.get_if<Document::List>()->size();
            if (found != count) {
                add(column, "designs." + name, fmt::format("{} entries", found),
                    fmt::format("{}, as many as designs.id has", count));
            }
        }
        for (const Document& objective : list_at(run_, "objectives")) {
            const std::string key = text_at(objective, "key");
            if (designs.find(key) == nullptr) {
                add(objective, "objectives", "'" + key + "'", "an objective with a column in designs");
            }
        }
        const auto reasons = static_cast<std::int64_t>(list_at(run_, "reasons").size());
        for (const Document& reason : list_at(designs, "reason")) {
            const auto* place = reason.get_if<std::int64_t>();
            if (place != nullptr && *place >= reasons) {
                add(reason, "designs.reason", fmt::format("{}", *place), "a place in reasons");
            }
        }
        for (const Document& id : list_at(designs, "id")) ids_.insert(*id.get_if<std::int64_t>());
        for (const Document& details : list_at(run_, "details")) {
            judge_id(member_at(details, "id"), "details", ids_);
            details_.insert(*member_at(details, "id").get_if<std::int64_t>());
        }
    }

    void judge_id(const Document& id, std::string_view path, const std::set<std::int64_t>& known) {
        const auto* number = id.get_if<std::int64_t>();
        if (number == nullptr || !known.contains(*number)) {
            add(id, path, summarize(id),
                &known == &ids_ ? "the id of a design" : "the id of a design in details");
        }
    }

    void judge_details() {
        const std::size_t layers = list_at(member_at(run_, "network"), "layers").size();
        const std::size_t classes = list_at(member_at(run_, "dataset"), "classes").size();
        const auto mappings = static_cast<std::int64_t>(list_at(run_, "mappings").size());
        for (const Document& details : list_at(run_, "details")) {
            if (list_at(details, "layers").size() != layers) {
                add(details, "details.layers", fmt::format("{} layers", list_at(details, "layers").size()),
                    fmt::format("{}, as the network has", layers));
            }
            const std::size_t confusion = list_at(details, "confusion").size();
            if (confusion != 0 && confusion != classes * classes) {
                add(details, "details.confusion", fmt::format("{} counts", confusion),
                    fmt::format("{}, the square of the classes", classes * classes));
            }
            for (const Document& layer : list_at(details, "layers")) {
                const auto mapping = count_at(layer, "mapping");
                if (mapping && *mapping >= mappings) {
                    add(layer, "details.layers.mapping", fmt::format("{}", *mapping), "a place in mappings");
                }
            }
        }
    }

    void judge_nodes() {
        const Document& network = member_at(run_, "network");
        const auto layers = static_cast<std::int64_t>(list_at(network, "layers").size());
        std::int64_t index = 0;
        for (const Document& node : list_at(network, "nodes")) {
            for (const Document& input : list_at(node, "inputs")) {
                if (*input.get_if<std::int64_t>() >= index) {
                    add(input, "network.nodes.inputs", summarize(input), "a node further up");
                }
            }
            const auto layer = count_at(node, "layer");
            if (layer && *layer >= layers) {
                add(node, "network.nodes.layer", fmt::format("{}", *layer), "a place in layers");
            }
            ++index;
        }
    }

    void judge_fine_tuning() {
        const Document& tuning = member_at(run_, "fine_tuning");
        for (const Document& trained : list_at(tuning, "finals")) {
            const Document& id = member_at(trained, "id");
            if (id.get_if<std::int64_t>() != nullptr) judge_id(id, "fine_tuning.finals", details_);
        }
    }

    const Document& run_;
    std::string file_;
    std::set<std::int64_t> ids_;
    std::set<std::int64_t> details_;
    std::vector<Problem> problems_;
};

} // namespace

std::vector<Problem> find_schema_problems(const Document& document, const Document& schema,
                                          const std::string& file) {
    return SchemaJudge(schema, file).judge(document);
}

const Document& run_schema() {
    static const Document kSchema = [] {
        Result<Document> parsed = parse_json(run_schema_text(), "run.schema.json");
        TANDEM_CHECK(parsed.has_value(), "the schema that was built in is JSON");
        return std::move(*parsed);
    }();
    return kSchema;
}

Result<void> validate_run_document(const Document& run, const std::string& file) {
    std::vector<Problem> problems = find_schema_problems(run, run_schema(), file);
    if (problems.empty()) problems = RelationJudge(run, file).judge();
    if (problems.size() > kMostSchemaProblems) problems.resize(kMostSchemaProblems);
    if (!problems.empty()) return bad_input(std::move(problems));
    return {};
}

Result<void> validate_front_document(const Document& front, const std::string& file) {
    if (front.get_if<Document::Map>() == nullptr) {
        return bad_input(file, "", summarize(front), "the front of a run");
    }
    Document run = front;
    auto& members = std::get<Document::Map>(run.value);
    Document::Map columns{{"id", Document::List{}},
                          {"generation", Document::List{}},
                          {"feasible", Document::List{}},
                          {"reason", Document::List{}}};
    for (const Document& details : list_at(front, "details")) {
        for (auto& [name, column] : columns) {
            auto& entries = std::get<Document::List>(column.value);
            if (name == "id") {
                entries.push_back(member_at(details, "id"));
            } else if (name == "feasible") {
                entries.emplace_back(true);
            } else {
                entries.push_back(name == "reason" ? Document() : Document(0));
            }
        }
    }
    for (const Document& objective : list_at(front, "objectives")) {
        columns.emplace_back(text_at(objective, "key"), Document::List(list_at(front, "details").size()));
    }
    members.emplace_back("reasons", Document::List{});
    members.emplace_back("designs", std::move(columns));
    members.emplace_back("generations", Document::List{});
    return validate_run_document(run, file);
}

} // namespace tandem
