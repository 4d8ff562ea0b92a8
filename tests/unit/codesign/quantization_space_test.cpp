#include "tandem/codesign/quantization_space.h"

#include <gtest/gtest.h>

#include "tandem/codesign/joint_space.h"
#include "tandem/machine/bitserial/bismo.h"
#include "tandem/network/topologies/topologies.h"

namespace tandem {
namespace {

Network small_network() {
    return find_topology("resnet8")->build({.input_shape = {kBatch, 1, 28, 28}, .classes = 10, .seed = 1});
}

TEST(QuantizationSpace, HasAGeneForEachLayerAndOperand) {
    const Network network = small_network();
    const std::size_t layer_count = layers(network).size();
    const GenomeSpace space = quantization_space(network, SpaceOptions{});
    EXPECT_EQ(space.alleles, std::vector<int>(2 * layer_count, 5));
    EXPECT_EQ(space.gene_names.front(), "conv1.weight_bits");
    EXPECT_EQ(space.cut_points.size(), layer_count - 1);
    EXPECT_EQ(space.cut_points.front(), 2U);
}

TEST(QuantizationSpace, HasAGeneForEachLayerWhenWidthsAreTied) {
    const Network network = small_network();
    const SpaceOptions options{.weight_bits = {4, 8}, .activation_bits = {4, 8}, .tie = true};
    const GenomeSpace space = quantization_space(network, options);
    ASSERT_EQ(space.alleles.size(), layers(network).size());
    Genome genome(space.alleles.size(), 0);
    genome[1] = 1;
    const Strategy strategy = decode(genome, network, options);
    EXPECT_EQ(strategy.layers[0].weight_bits, 4);
    EXPECT_EQ(strategy.layers[1].weight_bits, 8);
    EXPECT_EQ(strategy.layers[1].activation_bits, 8);
}

TEST(QuantizationSpace, DecodesEachGeneIntoItsWidth) {
    const Network network = small_network();
    const SpaceOptions options{.weight_bits = {2, 16}, .activation_bits = {4, 6, 8}, .tie = false};
    const GenomeSpace space = quantization_space(network, options);
    Genome genome(space.alleles.size(), 0);
    genome[2] = 1; // second layer's weights
    genome[3] = 2; // second layer's input
    const Strategy strategy = decode(genome, network, options);
    EXPECT_EQ(strategy.layers[0], (LayerStrategy{"conv1", 2, 4}));
    EXPECT_EQ(strategy.layers[1].weight_bits, 16);
    EXPECT_EQ(strategy.layers[1].activation_bits, 8);
}

TEST(QuantizationSpace, GuessesTheWidestFirstAndThenTheUniformOnes) {
    const Network network = small_network();
    const SpaceOptions options{.weight_bits = {4, 8}, .activation_bits = {2, 4, 8}, .tie = false};
    const GenomeSpace space = quantization_space(network, options);
    ASSERT_EQ(space.first_guesses.size(),
              2U); // 8 bits, which is the widest, and 4 bits; 2 bits only fit inputs
    EXPECT_EQ(space.first_guesses[0], widest_genome(space));
    for (const LayerStrategy& layer : decode(space.first_guesses[1], network, options).layers) {
        EXPECT_EQ(layer.weight_bits, 4);
        EXPECT_EQ(layer.activation_bits, 4);
    }
}

TEST(QuantizationSpace, ListsEachWidthOnce) {
    EXPECT_EQ(all_widths({.weight_bits = {2, 8}, .activation_bits = {4, 8}, .tie = false}),
              (std::vector<int>{2, 4, 8}));
}

TEST(QuantizationSpace, LeavesNoChoiceWhereTheFirstAndLastLayerAreGiven) {
    const Network network = small_network();
    const SpaceOptions options{
        .weight_bits = {2, 4}, .activation_bits = {1, 2, 4}, .tie = false, .first_last_bits = 8};
    const GenomeSpace space = quantization_space(network, options);
    const std::size_t last = layers(network).size() - 1;
    for (const std::size_t gene : {std::size_t{0}, std::size_t{1}, 2 * last, 2 * last + 1}) {
        EXPECT_EQ(space.alleles[gene], 1) << gene;
    }
    EXPECT_EQ(space.alleles[2], 2);
    EXPECT_EQ(space.alleles[3], 3);
    const Strategy strategy = decode(widest_genome(space), network, options);
    for (std::size_t i = 0; i <= last; ++i) {
        const int expected = i == 0 || i == last ? 8 : 4;
        EXPECT_EQ(strategy.layers[i].weight_bits, expected) << i;
        EXPECT_EQ(strategy.layers[i].activation_bits, expected) << i;
    }
    EXPECT_EQ(all_widths(options), (std::vector<int>{1, 2, 4, 8}));
    const auto uniforms = uniform_genomes(space, options);
    ASSERT_EQ(uniforms.size(), 2U) << "of 4 and of 2 bits, the ends apart";
    EXPECT_EQ(uniforms[0].genome, widest_genome(space));
    EXPECT_EQ(uniforms[1].bits, 2);
    EXPECT_EQ(uniforms[1].genome[3], 1);
}

TEST(JointSpace, HasTheArrayAfterTheLayers) {
    const Network network = find_topology("lenet5")->build({.input_shape = {kBatch, 1, 28, 28}});
    const SpaceOptions widths{.weight_bits = {2, 4, 8}, .activation_bits = {4, 8}};
    const GenomeSpace of_layers = quantization_space(network, widths);
    const HardwareSpace hardware;
    const HardwarePoint first = nearest_point(hardware, bitserial::bismo(8, 16, 64, 1000, 32));
    EXPECT_EQ(first, (HardwarePoint{
                         .rows = 3, .columns = 7, .dot_product_bits = 0, .left_words = 5, .right_words = 0}));
    const GenomeSpace space = with_hardware_genes(of_layers, hardware, [&](const Genome&) { return first; });
    ASSERT_EQ(space.gene_names.size(), of_layers.gene_names.size() + 5);
    EXPECT_EQ(space.unordered_genes.size(), 5U);
    EXPECT_EQ(space.cut_points, of_layers.cut_points);
    EXPECT_EQ(hardware_point(widest_genome(space)), first);
    EXPECT_EQ(widest_genome(space), space.first_guesses.front());
    EXPECT_EQ(decode(widest_genome(space), network, widths), uniform_strategy(network, 8, 8));
    const std::vector<UniformGenome> uniform = uniform_genomes(space, widths);
    ASSERT_EQ(uniform.size(), 2U); // 8 and 4; 2 bits no activation has
    EXPECT_EQ(uniform.back().genome.size(), space.alleles.size());
    EXPECT_EQ(decode(uniform.back().genome, network, widths), uniform_strategy(network, 4, 4));

    Genome other = widest_genome(space);
    other[0] = 1;
    other.back() = 8;
    const Genome translated = translate_genome(other, space.gene_names, widths, space, widths);
    EXPECT_EQ(translated[0], 1);
    EXPECT_EQ(hardware_point(translated), first);
}

} // namespace
} // namespace tandem
