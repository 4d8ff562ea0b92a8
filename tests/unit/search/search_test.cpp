#include "tandem/search/search.h"

#include <gtest/gtest.h>

#include "tandem/core/check.h"
#include "toy_problem.h"

namespace tandem {
namespace {

Result<SearchOptions> read(const std::string& yaml) {
    SearchOptions options;
    const Document document = TANDEM_TRY(parse_yaml(yaml, "job.yaml"));
    TANDEM_TRY(
        read_fields(document, "job.yaml", "search", [&](Fields& fields) { describe(fields, options); }));
    return options;
}

TEST(SearchOptions, ReadWhatTheyWrite) {
    SearchOptions options;
    options.algorithm = "random";
    options.population = 7;
    options.generations = 3;
    options.crossover_probability = 0.1;
    options.mutation_probability = 0.25;
    options.seed = 99;
    SearchOptions written = options;
    const Document document = write_fields([&](Fields& fields) { describe(fields, written); });
    EXPECT_EQ(read(to_yaml(document)).value(), options);
    EXPECT_EQ(read("{}").value(), SearchOptions());
}

TEST(SearchOptions, RefuseAllThatIsWrongAtOnce) {
    const auto options = read("{algorithm: nsgaz2, population: 0, seed: -1, mutation_probability: 2, "
                              "genertions: 4}");
    ASSERT_FALSE(options);
    EXPECT_EQ(options.error().kind, ErrorKind::bad_input);
    EXPECT_EQ(options.error().problems.size(), 5U) << to_string(options.error());
    EXPECT_NE(to_string(options.error()).find("'nsga2'"), std::string::npos) << to_string(options.error());
}

TEST(MakeAlgorithm, RefusesWhatTheReaderWouldNotPass) {
    SearchOptions options;
    options.algorithm = "nsgaz2";
    EXPECT_THROW(static_cast<void>(make_algorithm(toy::space(2, 2), options)), InternalError);
    options = {};
    options.population = 0;
    EXPECT_THROW(static_cast<void>(make_algorithm(toy::space(2, 2), options)), InternalError);
}

TEST(GenomeHash, TellsGenomesApart) {
    EXPECT_EQ(content_hash(Genome{1, 2}), content_hash(Genome{1, 2}));
    EXPECT_NE(content_hash(Genome{1, 2}), content_hash(Genome{2, 1}));
    EXPECT_NE(content_hash(Genome{}), content_hash(Genome{0}));
}

} // namespace
} // namespace tandem
