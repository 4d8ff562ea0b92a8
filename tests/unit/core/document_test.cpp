#include "tandem/core/document.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "tandem/core/files.h"
#include "tandem/core/random.h"

namespace tandem {
namespace {

Document yaml(std::string_view text) {
    auto parsed = parse_yaml(text, "test.yaml");
    if (!parsed) {
        ADD_FAILURE() << to_string(parsed.error());
        return {};
    }
    return *parsed;
}

Document json(std::string_view text) {
    auto parsed = parse_json(text, "test.json");
    if (!parsed) {
        ADD_FAILURE() << to_string(parsed.error());
        return {};
    }
    return *parsed;
}

std::string yaml_error(std::string_view text) {
    const auto parsed = parse_yaml(text, "test.yaml");
    return parsed ? "no error" : to_string(parsed.error());
}

std::string json_error(std::string_view text) {
    const auto parsed = parse_json(text, "test.json");
    return parsed ? "no error" : to_string(parsed.error());
}

TEST(Document, FindsTheMembersOfAMap) {
    const Document document(Document::Map{{"a", 1}, {"b", "two"}});
    ASSERT_NE(document.find("b"), nullptr);
    EXPECT_EQ(*document.find("b"), Document("two"));
    EXPECT_EQ(document.find("c"), nullptr);
    EXPECT_EQ(Document(3).find("a"), nullptr);
}

TEST(Document, TellsIntegersFromDoublesAndTextFromFlags) {
    EXPECT_NE(Document(1), Document(1.0));
    EXPECT_NE(Document("true"), Document(true));
    EXPECT_TRUE(std::holds_alternative<std::string>(Document("x").value));
}

TEST(Document, SummarizesEachKindOfValueForMessages) {
    EXPECT_EQ(summarize(Document()), "nothing");
    EXPECT_EQ(summarize(-4), "-4");
    EXPECT_EQ(summarize(0.1), "0.1");
    EXPECT_EQ(summarize(true), "true");
    EXPECT_EQ(summarize("abc"), "'abc'");
    EXPECT_EQ(summarize(Document::List{1}), "a list");
    EXPECT_EQ(summarize(Document::Map{}), "a map");
    EXPECT_LT(summarize(std::string(1'000'000, 'x')).size(), 100U);
}

TEST(Yaml, ReadsPlainScalarsByTheCoreSchema) {
    const std::pair<const char*, Document> cases[] = {
        {"true", true},
        {"False", false},
        {"yes", "yes"},
        {"~", Document()},
        {"null", Document()},
        {"", Document()},
        {"12", 12},
        {"-12", -12},
        {"+12", 12},
        {"0o17", 15},
        {"0xff", 255},
        {"0xzz", "0xzz"},
        {"1.5", 1.5},
        {"-.5", -0.5},
        {"1.", 1.0},
        {"1e3", 1000.0},
        {"+1.5E-1", 0.15},
        {".", "."},
        {"e5", "e5"},
        {"1e", "1e"},
        {"1.2.3", "1.2.3"},
        {"-", Document(Document::List{Document()})},
        {".inf", std::numeric_limits<double>::infinity()},
        {"-.inf", -std::numeric_limits<double>::infinity()},
        {"9223372036854775807", std::numeric_limits<std::int64_t>::max()},
        {"9223372036854775808", 9223372036854775808.0},
        {"some text", "some text"},
        {"2024-01-01", "2024-01-01"},
    };
    for (const auto& [text, expected] : cases) EXPECT_EQ(yaml(text), expected) << text;
    EXPECT_TRUE(std::isnan(*yaml(".nan").get_if<double>()));
}

TEST(Yaml, TakesQuotedScalarsAsText) {
    EXPECT_EQ(yaml("'12'"), Document("12"));
    EXPECT_EQ(yaml("\"true\""), Document("true"));
    EXPECT_EQ(yaml("a: ''"), Document(Document::Map{{"a", ""}}));
    EXPECT_EQ(yaml("a: |\n  1\n"), Document(Document::Map{{"a", "1\n"}}));
}

TEST(Yaml, KeepsTheOrderOfKeysAndTheLineOfEach) {
    const Document document = yaml("b: 1\n"
                                   "a:\n"
                                   "  - x\n"
                                   "  - {c: 2,\n"
                                   "     d: 3}\n"
                                   "e:\n");
    const auto& map = *document.get_if<Document::Map>();
    ASSERT_EQ(map.size(), 3U);
    EXPECT_EQ(map[0].first, "b");
    EXPECT_EQ(map[0].second.line, 1);
    EXPECT_EQ(map[1].first, "a");
    EXPECT_EQ(map[1].second.line, 2);
    const auto& list = *map[1].second.get_if<Document::List>();
    EXPECT_EQ(list[0].line, 3);
    EXPECT_EQ(list[1].line, 4);
    EXPECT_EQ(list[1].find("d")->line, 5);
    EXPECT_EQ(map[2].second.line, 6);
}

TEST(Yaml, ReadsJson) { EXPECT_EQ(yaml(R"({"a": [1, 2.5, "x"]})"), json(R"({"a": [1, 2.5, "x"]})")); }

TEST(Yaml, NamesEveryDuplicateKeyWithItsLine) {
    EXPECT_EQ(yaml_error("a: 1\nb: {c: 1, c: 2}\na: 3\n"),
              "test.yaml: line 2: b.c: found a key given twice, expected each key once\n"
              "test.yaml: line 3: a: found a key given twice, expected each key once");
}

TEST(Yaml, RefusesAliasesSoThatASmallFileCannotBecomeAHugeTree) {
    EXPECT_EQ(yaml_error("a: &x [1]\nb: [*x, *x]\n"),
              "test.yaml: line 2: b[0]: found an alias, expected the value written out\n"
              "test.yaml: line 2: b[1]: found an alias, expected the value written out");
}

TEST(Yaml, RefusesWhatDescriptionsNeverNeed) {
    EXPECT_EQ(
        yaml_error("a: !!str 5"),
        "test.yaml: line 1: a: found the tag 'tag:yaml.org,2002:str', expected no tags; quotes make text");
    EXPECT_EQ(yaml_error("[1]: 5"),
              "test.yaml: line 1: found a key that is a list or a map, expected a key that is text");
    EXPECT_EQ(yaml_error("~: 5"), "test.yaml: line 1: found an empty key, expected a key that is text");
    EXPECT_EQ(yaml_error("a: 1\n---\nb: 2\n"),
              "test.yaml: found a second document, expected one document a file");
    EXPECT_EQ(yaml_error("a: 1e999"),
              "test.yaml: line 1: a: found '1e999', expected a number that a double can hold");
}

TEST(Yaml, NamesTheLineOfASyntaxError) {
    const std::string error = yaml_error("a: 1\nb: [1, 2\n");
    EXPECT_TRUE(error.starts_with("test.yaml: line 3: found malformed YAML (")) << error;
}

TEST(Yaml, RefusesDeepNestingInEveryStyle) {
    std::string block;
    for (std::size_t i = 0; i < 300; ++i) block += std::string(i, ' ') + "a:\n";
    for (const std::string& text : {std::string(150, '['), std::string(150, '[') + std::string(150, ']'),
                                    std::string(100'000, '['), std::string(100'000, '{'), block}) {
        EXPECT_NE(yaml_error(text), "no error");
    }
    EXPECT_EQ(yaml_error(block).substr(0, 40), "test.yaml: line 101: a.a.a.a.a.a.a.a.a.a");
    std::string dashes;
    for (int i = 0; i < 20'000; ++i) dashes += "- ";
    EXPECT_NE(yaml_error(dashes), "no error");
}

TEST(Yaml, KeepsAHundredLevels) {
    EXPECT_EQ(yaml_error(std::string(100, '[') + std::string(100, ']')), "no error");
}

TEST(Yaml, RefusesMoreThanFourMebibytes) {
    EXPECT_EQ(yaml_error(std::string((4U << 20U) + 1, 'a')),
              "test.yaml: found 4194305 bytes, expected at most 4194304 bytes of YAML");
}

TEST(Yaml, RefusesWhatIsNoUtf8) {
    const Result<Document> document = parse_yaml("good: \xC3\xA9\nbad: \xE6\xE6\n\xFF: 1\n", "a.yaml");
    ASSERT_FALSE(document);
    EXPECT_EQ(to_string(document.error()),
              "a.yaml: line 2: bad: found bytes that are no UTF-8, expected text in UTF-8\n"
              "a.yaml: line 3: found bytes that are no UTF-8, expected text in UTF-8");
}

TEST(Yaml, MarksKeysThatAreTooLongToBeFound) {
    const std::string bell(400, '\a'); // six characters each once written
    const Document document = Document::Map{
        {"first", Document::List{Document::Map{{bell, std::int64_t{1}}, {std::string(2000, 'k'), "text"}}}},
        {std::string(1500, 'x'),
         Document::Map{{std::string(1500, 'y'), Document::List{1.5, false}}, {"z", "w"}}}};
    EXPECT_EQ(yaml(to_yaml(document)), document) << to_yaml(document);
}

TEST(Yaml, WritesReadableBlocks) {
    const Document document(Document::Map{
        {"name", "spatial-256"},
        {"bits", Document::List{2, 4, 6}},
        {"memories", Document::List{Document::Map{{"name", "dram"}, {"energy", 200.0}},
                                    Document::Map{{"name", "12"}, {"shared", true}}}},
        {"nested", Document::List{Document::List{1, 2}, Document::List{Document::List{}}}},
        {"empty", Document::Map{}},
        {"nothing", Document()},
    });
    EXPECT_EQ(to_yaml(document), "name: spatial-256\n"
                                 "bits: [2, 4, 6]\n"
                                 "memories:\n"
                                 "  - name: dram\n"
                                 "    energy: 200.0\n"
                                 "  - name: \"12\"\n"
                                 "    shared: true\n"
                                 "nested:\n"
                                 "  - [1, 2]\n"
                                 "  - [[]]\n"
                                 "empty: {}\n"
                                 "nothing: null\n");
}

TEST(Yaml, QuotesTextThatWouldReadAsSomethingElse) {
    for (const char* text :
         {"",     " ",           "true", "NULL", "~",       "12", "-1.5", ".inf", "0x1f",
          "1e5",  "no",          "a: b", "a #b", "- a",     "[",  "*x",   "&x",   "!t",
          "? ",   "---",         "...",  "---x", "'",       "\"", "\n",   "a\tb", "\x01",
          "\x7f", "caf\xc3\xa9", "a ",   "%a",   "@a",      "`a", "a,b",  "{",    "\xe2\x80\xa8",
          "+1",   "1+2",         "<<",   "=",    "x/y.onnx"}) {
        const Document document(Document::Map{{text, text}});
        EXPECT_EQ(yaml(to_yaml(document)), document) << to_yaml(document);
        EXPECT_EQ(yaml(to_yaml(text)), Document(text)) << to_yaml(text);
    }
}

TEST(Json, ReadsEveryKindOfValue) {
    EXPECT_EQ(json(R"({"a": [null, true, -3, 2.5, "x"], "b": {}})"),
              Document(Document::Map{{"a", Document::List{Document(), true, -3, 2.5, "x"}},
                                     {"b", Document::Map{}}}));
    EXPECT_EQ(json("18446744073709551615"), Document(18446744073709551615.0));
}

TEST(Json, KnowsTheLineOfEachPart) {
    const Document document = json("{\"a\":\n1\n,\n\"b\": [\n2\n,\n{}]}");
    EXPECT_EQ(document.find("a")->line, 1);
    EXPECT_EQ(document.find("b")->line, 4);
    const auto& list = *document.find("b")->get_if<Document::List>();
    EXPECT_EQ(list[0].line, 5);
    EXPECT_EQ(list[1].line, 7);
}

TEST(Json, RefusesDuplicateKeysDeepNestingAndHugeNumbers) {
    EXPECT_EQ(json_error("{\"a\": 1,\n\"a\": 2}"),
              "test.json: line 2: a: found a key given twice, expected each key once");
    EXPECT_NE(json_error(std::string(101, '[') + std::string(101, ']')), "no error");
    EXPECT_EQ(json_error(std::string(100, '[') + std::string(100, ']')), "no error");
    EXPECT_NE(json_error(std::string(1'000'000, '[')), "no error");
    EXPECT_EQ(json_error("[1e999]"),
              "test.json: line 1: found malformed JSON (number overflow parsing '1e999')");
}

TEST(Json, NamesTheLineOfASyntaxErrorAndStaysShort) {
    const std::string error = json_error("{\n\"a\": 1,\n}");
    EXPECT_TRUE(error.starts_with("test.json: line 3: found malformed JSON (syntax error")) << error;
    EXPECT_LT(json_error("[\"" + std::string(10'000, 'x')).size(), 300U);
    for (const char* text : {"", " ", "{", "[1,]", "{\"a\"}", "nul", "// a", "[1] 2", "\"\xff\"", "'a'"}) {
        EXPECT_NE(json_error(text), "no error") << text;
    }
}

TEST(Json, WritesCompactAndIndentedText) {
    const Document document(Document::Map{{"a", Document::List{1, 2.0, "x\n"}},
                                          {"b", Document::List{Document::Map{{"c", Document()}}}},
                                          {"d", Document::Map{}}});
    EXPECT_EQ(to_json(document, JsonLayout::compact), R"({"a":[1,2.0,"x\n"],"b":[{"c":null}],"d":{}})");
    EXPECT_EQ(to_json(document, JsonLayout::indented), "{\n"
                                                       "  \"a\": [\n"
                                                       "    1, 2.0, \"x\\n\"\n"
                                                       "  ],\n"
                                                       "  \"b\": [\n"
                                                       "    {\n"
                                                       "      \"c\": null\n"
                                                       "    }\n"
                                                       "  ],\n"
                                                       "  \"d\": {}\n"
                                                       "}\n");
}

TEST(Json, WritesDoublesThatReadBackExactlyAndNullForOthers) {
    for (const double number :
         {0.1, 1.0 / 3.0, 5e-324, std::numeric_limits<double>::max(), 1e21, -0.0, 1e15}) {
        const std::string text = to_json(number, JsonLayout::compact);
        EXPECT_EQ(json(text), Document(number)) << text;
        EXPECT_EQ(yaml(to_yaml(number)), Document(number)) << to_yaml(number);
    }
    EXPECT_EQ(to_json(std::numeric_limits<double>::infinity(), JsonLayout::compact), "null");
    EXPECT_EQ(to_json(std::numeric_limits<double>::quiet_NaN(), JsonLayout::compact), "null");
}

TEST(Json, ReplacesBytesThatAreNoText) {
    EXPECT_EQ(to_json("\xff", JsonLayout::compact), "\"\xef\xbf\xbd\"");
}

TEST(Document, LoadsFilesAndNamesThemInErrors) {
    const auto folder = TemporaryDirectory::create();
    ASSERT_TRUE(folder);
    const std::string path = folder->path() / "a.yaml";
    ASSERT_TRUE(write_file(path, "{\"a\": 1}", Existing::refuse));
    EXPECT_EQ(load_yaml(path).value(), load_json(path).value());
    const auto missing = load_yaml("/nowhere/a.yaml");
    ASSERT_FALSE(missing);
    EXPECT_EQ(to_string(missing.error()), "/nowhere/a.yaml: found no such file, expected an existing file");
    EXPECT_FALSE(load_json("/nowhere/a.json"));
}

/// A random tree of every kind of value, at most `depth` levels deep.
Document random_document(Random& random, int depth) {
    constexpr std::string_view kLetters = "ab1.-: #'\"\n\t[]{}?,&*!%@\\~e+x";
    const auto random_text = [&] {
        std::string text;
        const std::uint64_t length = random.below(6);
        for (std::uint64_t i = 0; i < length; ++i) text += kLetters[random.below(kLetters.size())];
        return text;
    };
    switch (random.below(depth > 0 ? 7 : 5)) {
    case 0: return {};
    case 1: return random.below(2) == 0;
    case 2: return static_cast<std::int64_t>(random.next() >> random.below(64));
    case 3: return random.normal() * std::pow(10.0, static_cast<double>(random.below(40)) - 20.0);
    case 4: return random_text();
    case 5: {
        Document::List list;
        const std::uint64_t length = random.below(5);
        for (std::uint64_t i = 0; i < length; ++i) list.push_back(random_document(random, depth - 1));
        return list;
    }
    default: {
        Document::Map map;
        const std::uint64_t length = random.below(5);
        for (std::uint64_t i = 0; i < length; ++i) {
            map.emplace_back(random_text() + std::to_string(i), random_document(random, depth - 1));
        }
        return map;
    }
    }
}

TEST(Document, ReadsBackEqualFromYamlAndJsonWhateverItHolds) {
    for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
        Random random(seed);
        const Document document = random_document(random, 4);
        ASSERT_EQ(yaml(to_yaml(document)), document) << "seed " << seed << "\n" << to_yaml(document);
        for (const JsonLayout layout : {JsonLayout::compact, JsonLayout::indented}) {
            ASSERT_EQ(json(to_json(document, layout)), document) << "seed " << seed << "\n"
                                                                 << to_json(document, layout);
        }
    }
}

} // namespace
} // namespace tandem
