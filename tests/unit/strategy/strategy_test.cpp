#include "tandem/strategy/strategy.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "../network_builder.h"
#include "tandem/core/files.h"

namespace tandem {
namespace {

/// Conv_0, Relu, MaxPool, then Conv_3 and Conv_4 side by side, added, averaged, flattened, Gemm_8.
Network two_branches() {
    NetworkBuilder build({1, 8, 8}, /*seed=*/1);
    const std::string stem = build.relu(build.conv("input", {4, 1, 3, 3}));
    const std::string pooled =
        build.add("MaxPool", {stem}, {{"kernel_shape", std::vector<std::int64_t>{2, 2}}});
    const std::string left = build.conv(pooled, {4, 4, 1, 1});
    const std::string right = build.conv(pooled, {4, 4, 1, 1});
    const std::string sum = build.add("Add", {left, right});
    const std::string vector = build.add("Flatten", {build.add("GlobalAveragePool", {sum})});
    return build.finish(build.gemm(vector, 4, 3));
}

Strategy mixed_strategy(const Network& network) {
    Strategy strategy = uniform_strategy(network, 8, 8);
    strategy.layers[1].activation_bits = 4;
    strategy.layers[2].activation_bits = 6;
    strategy.layers[3].activation_bits = 2;
    return strategy;
}

Strategy calibrated_strategy(const Network& network) {
    Strategy strategy = mixed_strategy(network);
    Calibrated calibrated;
    for (const LayerStrategy& layer : strategy.layers) {
        calibrated.layers.push_back({.layer = layer.layer,
                                     .weights = {layer.weight_bits, 7, Signedness::is_signed},
                                     .activations = {layer.activation_bits, -2, Signedness::is_unsigned}});
    }
    calibrated.tensors.push_back({.tensor = "input", .format = {8, 3, Signedness::is_signed}});
    strategy.calibrated = calibrated;
    return strategy;
}

std::string problems_of(const Strategy& strategy, const Network& network) {
    const Result<void> valid = validate(strategy, network, "strategy.json");
    return valid ? "none" : to_string(valid.error());
}

TEST(Strategy, IsUniformOverTheLayersInOrder) {
    const Strategy strategy = uniform_strategy(two_branches(), 4, 6);
    ASSERT_EQ(strategy.layers.size(), 4U);
    EXPECT_EQ(strategy.layers[0], (LayerStrategy{"Conv_0", 4, 6}));
    EXPECT_EQ(strategy.layers[1], (LayerStrategy{"Conv_3", 4, 6}));
    EXPECT_EQ(strategy.layers[2], (LayerStrategy{"Conv_4", 4, 6}));
    EXPECT_EQ(strategy.layers[3], (LayerStrategy{"Gemm_8", 4, 6}));
}

TEST(StoredBits, AreTheWidestAmongTheReaders) {
    const Network network = two_branches();
    const Strategy strategy = mixed_strategy(network);
    EXPECT_EQ(stored_bits(network, strategy, "input"), 8);
    EXPECT_EQ(stored_bits(network, strategy, "MaxPool_2_out"), 6);
}

TEST(StoredBits, PassThroughOperatorsThatAreNoLayers) {
    const Network network = two_branches();
    const Strategy strategy = mixed_strategy(network);
    EXPECT_EQ(stored_bits(network, strategy, "Conv_0_out"), 6); // through Relu and MaxPool
    EXPECT_EQ(stored_bits(network, strategy, "Conv_3_out"), 2); // through Add, mean and Flatten
}

TEST(StoredBits, AreTheOutputsWhereNoLayerReads) {
    const Network network = two_branches();
    Strategy strategy = mixed_strategy(network);
    EXPECT_EQ(stored_bits(network, strategy, "Gemm_8_out"), kOutputBits);
    strategy.output_bits = 8;
    EXPECT_EQ(stored_bits(network, strategy, "Gemm_8_out"), 8);
}

TEST(ValidateStrategy, AcceptsEachLayerOnceInOrder) {
    const Network network = two_branches();
    EXPECT_EQ(problems_of(mixed_strategy(network), network), "none");
    EXPECT_EQ(problems_of(calibrated_strategy(network), network), "none");
}

TEST(ValidateStrategy, SuggestsTheLayerThatWasMeant) {
    const Network network = two_branches();
    Strategy strategy = mixed_strategy(network);
    strategy.layers[1].layer = "Conf_3";
    EXPECT_EQ(problems_of(strategy, network),
              "strategy.json: layers[1].layer: found unknown layer 'Conf_3' (did you mean 'Conv_3'?), "
              "expected a layer of the network\n"
              "strategy.json: layers: found no entry for layer 'Conv_3', expected each layer once");
}

TEST(ValidateStrategy, ReportsRepeatedAndMisplacedLayers) {
    const Network network = two_branches();
    Strategy repeated = mixed_strategy(network);
    repeated.layers[1].layer = "Conv_0";
    EXPECT_EQ(problems_of(repeated, network),
              "strategy.json: layers[1].layer: found 'Conv_0' a second time, expected each layer once\n"
              "strategy.json: layers: found no entry for layer 'Conv_3', expected each layer once");
    Strategy swapped = mixed_strategy(network);
    std::swap(swapped.layers[1], swapped.layers[2]);
    EXPECT_EQ(
        problems_of(swapped, network),
        "strategy.json: layers[1].layer: found 'Conv_4', expected 'Conv_3': layers stand in network order\n"
        "strategy.json: layers[2].layer: found 'Conv_3', expected 'Conv_4': layers stand in network order");
}

TEST(ValidateStrategy, ReportsAllWidthsOutOfRange) {
    const Network network = two_branches();
    Strategy strategy = mixed_strategy(network);
    strategy.layers[0].weight_bits = 0;
    strategy.layers[3].activation_bits = 17;
    strategy.output_bits = 32;
    EXPECT_EQ(problems_of(strategy, network),
              "strategy.json: layers[0].weight_bits: found 0, expected 1 to 16 bits\n"
              "strategy.json: layers[3].activation_bits: found 17, expected 1 to 16 bits\n"
              "strategy.json: output_bits: found 32, expected 1 to 16 bits");
}

TEST(ValidateStrategy, ReportsFormatsThatContradictTheStrategy) {
    const Network network = two_branches();
    Strategy strategy = calibrated_strategy(network);
    strategy.calibrated->layers[0].weights.bits = 4;
    strategy.calibrated->layers[1].activations.fraction_bits = 40;
    strategy.calibrated->tensors.push_back({.tensor = "inputs", .format = {}});
    strategy.calibrated->tensors.push_back({.tensor = "input", .format = {}});
    EXPECT_EQ(
        problems_of(strategy, network),
        "strategy.json: calibrated.layers[0].weights.bits: found 4, expected the 8 bits of the strategy\n"
        "strategy.json: calibrated.layers[1].activations.fraction_bits: found 40, expected -32 to 32\n"
        "strategy.json: calibrated.tensors[1].tensor: found unknown tensor 'inputs' (did you mean "
        "'input'?), expected an activation of the network\n"
        "strategy.json: calibrated.tensors[2].tensor: found 'input' a second time, expected each tensor "
        "once");
}

TEST(StrategyJson, ReadsBackEqual) {
    const Network network = two_branches();
    for (const Strategy& strategy : {mixed_strategy(network), calibrated_strategy(network)}) {
        const std::string text = to_json(to_document(strategy), JsonLayout::indented);
        const Result<Document> document = parse_json(text, "strategy.json");
        ASSERT_TRUE(document.has_value()) << to_string(document.error());
        const Result<Strategy> read = parse_strategy(*document, "strategy.json");
        ASSERT_TRUE(read.has_value()) << to_string(read.error());
        EXPECT_EQ(*read, strategy) << text;
    }
}

TEST(StrategyJson, KeepsTheDefaultOutputWidthWhereNoneIsGiven) {
    const Result<Document> document =
        parse_json(R"({"layers": [{"layer": "a", "weight_bits": 2, "activation_bits": 4}]})", "s.json");
    const Result<Strategy> strategy = parse_strategy(document.value(), "s.json");
    ASSERT_TRUE(strategy.has_value()) << to_string(strategy.error());
    EXPECT_EQ(strategy->output_bits, kOutputBits);
    EXPECT_FALSE(strategy->calibrated.has_value());
}

TEST(StrategyJson, GathersAllProblems) {
    const Result<Document> document = parse_json(
        R"({"layers": [{"layer": "a", "weight_bit": 2, "activation_bits": 40}],
            "calibrated": {"layers": [], "tensors": [{"tensor": "x", "format": {"bits": 8,
             "fraction_bits": 0, "signedness": "maybe"}}]}})",
        "s.json");
    const Result<Strategy> strategy = parse_strategy(document.value(), "s.json");
    ASSERT_FALSE(strategy.has_value());
    EXPECT_EQ(strategy.error().kind, ErrorKind::bad_input);
    const std::string text = to_string(strategy.error());
    for (const char* part : {"weight_bit", "activation_bits", "signedness"}) {
        EXPECT_NE(text.find(part), std::string::npos) << text;
    }
    EXPECT_GE(strategy.error().problems.size(), 4U) << text; // unknown, missing, range, word
}

TEST(StrategyJson, LoadsFromAFile) {
    const Result<TemporaryDirectory> folder = TemporaryDirectory::create();
    ASSERT_TRUE(folder.has_value());
    const std::string path = (folder->path() / "strategy.json").string();
    const Strategy strategy = mixed_strategy(two_branches());
    ASSERT_TRUE(
        write_file(path, to_json(to_document(strategy), JsonLayout::indented), Existing::refuse).has_value());
    EXPECT_EQ(load_strategy(path).value(), strategy);
    EXPECT_FALSE(load_strategy(path + ".missing").has_value());
}

TEST(StrategyHash, ChangesWithEachDecision) {
    const Network network = two_branches();
    const Strategy strategy = calibrated_strategy(network);
    std::vector<Strategy> variants(6, strategy);
    variants[0].layers[0].weight_bits = 7;
    variants[1].layers[0].activation_bits = 7;
    variants[2].output_bits = 8;
    variants[3].calibrated.reset();
    variants[4].calibrated->layers[2].activations.signedness = Signedness::is_signed;
    variants[5].calibrated->tensors[0].format.fraction_bits = 4;
    EXPECT_EQ(content_hash(strategy), content_hash(calibrated_strategy(network)));
    for (const Strategy& variant : variants) EXPECT_NE(content_hash(variant), content_hash(strategy));
}

Strategy scaled_strategy(const Network& network) {
    Strategy strategy = calibrated_strategy(network);
    strategy.arithmetic.requantization = RequantizationKind::multiplier_twice;
    for (LayerFormats& layer : strategy.calibrated->layers) layer.weight_scales = {0.1F};
    strategy.calibrated->layers[0].weight_scales = {0.1F, 1e-20F, 3.0F, 0.0039215689F};
    strategy.calibrated->layers[0].bias = {1, -2, std::int64_t{1} << 30, 0};
    for (TensorFormat& tensor : strategy.calibrated->tensors) tensor.scale = AffineScale{0.3F, -128};
    return strategy;
}

TEST(StrategyJson, ReadsScalesAndArithmeticBackEqual) {
    const Network network = two_branches();
    Strategy strategy = scaled_strategy(network);
    strategy.arithmetic.accumulator = Accumulator{.bits = 24, .overflow = Overflow::saturate};
    EXPECT_EQ(problems_of(strategy, network), "none");
    Result<Strategy> again = parse_strategy(to_document(strategy), "strategy.json");
    ASSERT_TRUE(again) << to_string(again.error());
    EXPECT_EQ(*again, strategy);
    EXPECT_EQ(content_hash(*again), content_hash(strategy));

    strategy = calibrated_strategy(network);
    strategy.arithmetic = {.rounding = Rounding::stochastic, .seed = 7};
    strategy.calibrated->layers[0].weights = ternary_format(3);
    strategy.calibrated->layers[1].weights = bipolar_format(-1);
    again = parse_strategy(to_document(strategy), "strategy.json");
    ASSERT_TRUE(again) << to_string(again.error());
    EXPECT_EQ(*again, strategy);
    EXPECT_NE(content_hash(strategy), content_hash(calibrated_strategy(network)));
}

TEST(StrategyJson, SaysNothingOfArithmeticThatIsTandemsOwn) {
    const std::string text = to_json(to_document(calibrated_strategy(two_branches())), JsonLayout::compact);
    for (const char* word : {"arithmetic", "affine", "scaled"}) EXPECT_EQ(text.find(word), std::string::npos);
}

TEST(StrategyValidation, WantsScalesExactlyWhereTheyAreUsed) {
    const Network network = two_branches();
    Strategy strategy = scaled_strategy(network);
    strategy.arithmetic.requantization = RequantizationKind::shift;
    EXPECT_NE(problems_of(strategy, network).find("calibrated.tensors[0].scale: found a scale"),
              std::string::npos);
    strategy = scaled_strategy(network);
    strategy.calibrated->tensors[0].scale->zero_point = 128;
    EXPECT_NE(problems_of(strategy, network).find("zero_point: found 128, expected an integer of s8"),
              std::string::npos);
    strategy = scaled_strategy(network);
    strategy.calibrated->layers[0].weight_scales = {1.0F, 2.0F};
    EXPECT_NE(problems_of(strategy, network).find("found 2 numbers, expected 1 or 4"), std::string::npos);
    strategy = scaled_strategy(network);
    strategy.calibrated->layers[0].weight_scales = {0.0F};
    EXPECT_NE(problems_of(strategy, network).find("a positive number"), std::string::npos);
    strategy = scaled_strategy(network);
    strategy.arithmetic.rounding = Rounding::half_up;
    EXPECT_NE(problems_of(strategy, network).find("arithmetic.rounding"), std::string::npos);
    strategy = calibrated_strategy(network);
    strategy.arithmetic = {.requantization = RequantizationKind::threshold, .rounding = Rounding::stochastic};
    EXPECT_NE(problems_of(strategy, network).find("tables of thresholds"), std::string::npos);
}

} // namespace
} // namespace tandem
