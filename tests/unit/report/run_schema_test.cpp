#include "tandem/report/run_schema.h"

#include <string>

#include <gtest/gtest.h>

#include "synthetic_run.h"
#include "tandem/core/check.h"

namespace tandem {
namespace {

/// All problems of a document under a schema, both written in JSON.
std::string judged(const std::string& document, const std::string& schema) {
    std::string text;
    for (const Problem& problem :
         find_schema_problems(*parse_json(document, "d.json"), *parse_json(schema, "s.json"), "d.json")) {
        text += to_string(problem) + "\n";
    }
    return text;
}

std::string refusal(const Document& run) {
    const Result<void> valid = validate_run_document(run, "front.json");
    return valid ? "" : to_string(valid.error());
}

Document& first(Document& list) { return std::get<Document::List>(list.value).front(); }

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(RunSchema, KnowsTypes) {
    EXPECT_EQ(judged("3", R"({"type": "number"})"), "") << "a whole number is a number";
    EXPECT_TRUE(holds(judged("3.0", R"({"type": "integer"})"), "expected integer"))
        << "a count is kept whole";
    EXPECT_TRUE(holds(judged("1e300", R"({"type": "integer"})"), "expected integer"));
    EXPECT_TRUE(holds(judged("3.5", R"({"type": "integer"})"), "found 3.5, expected integer"));
    EXPECT_EQ(judged("null", R"({"type": ["integer", "null"]})"), "");
    EXPECT_TRUE(holds(judged("true", R"({"type": ["integer", "null"]})"), "expected integer or null"));
}

TEST(RunSchema, NamesThePlaceOfEveryProblem) {
    const std::string schema = R"({"type": "object", "required": ["a", "b"],
        "properties": {"a": {"type": "array", "items": {"$ref": "#/$defs/small"}}},
        "additionalProperties": false, "$defs": {"small": {"type": "integer", "maximum": 2}}})";
    EXPECT_EQ(judged(R"({"a": [1, 2], "b": 1})", schema),
              "d.json: line 1: b: found an unknown key, expected none\n");
    const std::string all = judged(R"({"a": [1, 3, "x"], "c": 0})", schema);
    EXPECT_TRUE(holds(all, "a[1]: found 3, expected 2 or less")) << all;
    EXPECT_TRUE(holds(all, "a[2]: found 'x', expected integer")) << all;
    EXPECT_TRUE(holds(all, "b: found nothing, expected a value")) << all;
    EXPECT_TRUE(holds(all, "c: found an unknown key")) << all;
}

TEST(RunSchema, RefusesASchemaItWouldMisread) {
    EXPECT_THROW(judged("1", R"({"multipleOf": 2})"), InternalError);
    EXPECT_THROW(judged("1", R"({"$ref": "#/$defs/absent"})"), InternalError);
}

TEST(RunSchema, HoldsForTheDocumentsOfThisProgram) {
    EXPECT_EQ(refusal(synthetic_run(20)), "");
    EXPECT_EQ(refusal(synthetic_run(500)), "");
}

TEST(RunSchema, RefusesAnotherVersionOfTheDocument) {
    Document run = synthetic_run(20);
    member(run, "document_version") = Document(2);
    EXPECT_TRUE(holds(refusal(run), "document_version: found 2, expected 1"));
    remove_member(run, "document_version");
    EXPECT_TRUE(holds(refusal(run), "document_version: found nothing"));
}

TEST(RunSchema, RefusesWhatTheSchemaCannotSay) {
    Document run = synthetic_run(20);
    std::get<Document::List>(member(member(run, "designs"), "energy").value).pop_back();
    EXPECT_TRUE(holds(refusal(run), "designs.energy: found 19 entries, expected 20"));

    run = synthetic_run(20);
    first(member(run, "front")) = Document(999);
    EXPECT_TRUE(holds(refusal(run), "front: found 999, expected the id of a design in details"));

    run = synthetic_run(20);
    member(first(member(first(member(run, "details")), "layers")), "mapping") = Document(7);
    EXPECT_TRUE(holds(refusal(run), "details.layers.mapping: found 7, expected a place in mappings"));

    run = synthetic_run(20);
    first(member(first(member(run, "details")), "confusion")) = Document(1);
    std::get<Document::List>(member(first(member(run, "details")), "confusion").value).pop_back();
    EXPECT_TRUE(holds(refusal(run), "details.confusion: found 99 counts, expected 100"));

    run = synthetic_run(20);
    Document& nodes = member(member(run, "network"), "nodes");
    member(first(nodes), "inputs") = Document(Document::List{Document(0)});
    EXPECT_TRUE(holds(refusal(run), "network.nodes.inputs: found 0, expected a node further up"));
}

TEST(RunSchema, RefusesAFrontThatIsNone) {
    for (const char* text : {"[]", "1", "{}", R"({"document_version": 1, "details": 3})"}) {
        EXPECT_FALSE(validate_front_document(*parse_json(text, "front.json"), "front.json").has_value())
            << text;
    }
}

TEST(RunSchema, AcceptsTheFrontOfARun) {
    Document front = synthetic_run(50);
    for (const char* key : {"reasons", "designs", "generations"}) remove_member(front, key);
    const Result<void> valid = validate_front_document(front, "front.json");
    EXPECT_TRUE(valid.has_value()) << to_string(valid.error());
}

} // namespace
} // namespace tandem
