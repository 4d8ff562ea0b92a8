// Supernets from their start to their files and subnetworks, without training.
#include <algorithm>
#include <cmath>
#include <memory>

#include <gtest/gtest.h>

#include "../training/small_supernet.h"
#include "tandem/codesign/quantized_training.h"
#include "tandem/codesign/supernet_agreement.h"
#include "tandem/core/files.h"
#include "tandem/engine/integer_program.h"
#include "tandem/network/rewrites/rewrites.h"

namespace tandem {
namespace {

const PrecisionSpace kSpace{.weight_bits = {1, 2, 4, 8}, .activation_bits = {2, 4, 8}, .first_last_bits = 8};

/// 6x6 images of noise, enough to hold some out.
Dataset noise() {
    Images images{.channels = 1, .rows = 6, .columns = 6, .pixels = {}, .labels = {}};
    Random random(3);
    for (std::int64_t i = 0; i < kHeldOut + 10; ++i) {
        images.labels.push_back(static_cast<std::uint8_t>(random.below(3)));
        for (int pixel = 0; pixel < 36; ++pixel) {
            images.pixels.push_back(static_cast<std::uint8_t>(random.below(256)));
        }
    }
    return {.name = "noise", .classes = {"a", "b", "c"}, .train = images, .test = images};
}

PrecisionSupernet make_supernet() {
    Result<SupernetStart> start = start_supernet(testing::residual_network(), kSpace, noise());
    EXPECT_TRUE(start) << to_string(start.error());
    PrecisionSupernet supernet{
        .network = start->network, .space = kSpace, .strategies = start->setup.strategies, .statistics = {}};
    supernet.statistics = testing::equal_statistics(supernet.network, supernet.strategies);
    // As training leaves them: steps of weights before normalisation.
    for (Strategy& strategy : supernet.strategies) {
        for (LayerFormats& layer : strategy.calibrated->layers) layer.weight_scales = {0.125F};
    }
    return supernet;
}

class SupernetFiles : public ::testing::Test {
  protected:
    void SetUp() override {
        Result<TemporaryDirectory> created = TemporaryDirectory::create();
        ASSERT_TRUE(created);
        directory_ = std::make_unique<TemporaryDirectory>(std::move(created).value());
        ASSERT_TRUE(save_supernet(directory_->path(), make_supernet(), Existing::refuse));
    }

    std::string tables() const { return (directory_->path() / "supernet.json").string(); }
    std::string refusal_with(const std::string& found, const std::string& other) {
        std::string text = read_file(tables()).value();
        const std::size_t place = text.find(found);
        EXPECT_NE(place, std::string::npos) << found;
        text.replace(place, found.size(), other);
        EXPECT_TRUE(write_file(tables(), text, Existing::replace));
        const Result<PrecisionSupernet> loaded = load_supernet(directory_->path());
        return loaded ? "loaded" : to_string(loaded.error());
    }

    std::unique_ptr<TemporaryDirectory> directory_;
};

TEST(Subnetworks, RunAtEveryWidthOfTheSpace) {
    const Subnetworks subnetworks(make_supernet());
    Random random(1);
    for (int i = 0; i < 20; ++i) {
        const Strategy widths = draw_strategy(kSpace, subnetworks.network(), random);
        const Result<QuantizedNetwork> subnetwork = subnetworks.subnetwork(widths);
        ASSERT_TRUE(subnetwork) << to_string(subnetwork.error());
        EXPECT_EQ(subnetwork->strategy.layers, widths.layers);
        const Result<IntegerProgram> program = lower_to_integers(subnetwork->network, subnetwork->strategy);
        ASSERT_TRUE(program) << to_string(program.error());
    }
}

TEST(Subnetworks, HaveTheWeightsThatBecomeIntegersAndTheStatisticsOfTheirWidths) {
    PrecisionSupernet supernet = make_supernet();
    const std::string second = layers(supernet.network)[1]->name;
    for (NormalizationStatistics& entry : supernet.statistics) {
        if (entry.weight_bits == 2 && entry.activation_bits == 4) entry.variance.assign(4, 8.0F);
    }
    const Subnetworks subnetworks(supernet);
    const auto scales_at = [&](int weight_bits, int activation_bits) {
        Strategy widths = widest_strategy(kSpace, supernet.network);
        widths.layers[1].weight_bits = weight_bits;
        widths.layers[1].activation_bits = activation_bits;
        return subnetworks.subnetwork(widths)->strategy.calibrated->layers[1].weight_scales;
    };
    // step * scale / sqrt(variance + epsilon), of both variances.
    EXPECT_FLOAT_EQ(scales_at(2, 8).at(3), 0.125F * 0.5F / std::sqrt(2.0F + 1e-5F));
    EXPECT_FLOAT_EQ(scales_at(2, 4).at(3), 0.125F * 0.5F / std::sqrt(8.0F + 1e-5F));

    Strategy widths = widest_strategy(kSpace, supernet.network);
    widths.layers[1].weight_bits = 2;
    const QuantizedNetwork narrow = subnetworks.subnetwork(widths).value();
    const IntegerProgram program = lower_to_integers(narrow.network, narrow.strategy).value();
    const std::vector<float>& latent =
        float_values(*supernet.network.parameter(layers(supernet.network)[1]->inputs[1]));
    for (const Step& step : program.steps) {
        const auto* const layer = std::get_if<LayerStep>(&step);
        if (layer == nullptr || layer->layer != second) continue;
        // (output, input, row, column) of the latent weights is (output, row, column, input) here.
        for (std::size_t i = 0; i < latent.size(); ++i) {
            const std::size_t output = i / 36;
            const std::size_t input = i / 9 % 4;
            const std::size_t pixel = i % 9;
            const double expected =
                std::nearbyint(std::clamp(static_cast<double>(latent[i]) / 0.125, -2.0, 1.0));
            EXPECT_EQ(layer->weights[output * 36 + pixel * 4 + input], static_cast<int>(expected));
        }
    }
}

TEST(Subnetworks, RefuseOtherWidths) {
    const Subnetworks subnetworks(make_supernet());
    const Result<QuantizedNetwork> refused =
        subnetworks.subnetwork(uniform_strategy(subnetworks.network(), 3, 4));
    ASSERT_FALSE(refused);
    EXPECT_NE(to_string(refused.error()).find("found weights of 3 bits, expected one of 1, 2, 4, 8 bits"),
              std::string::npos)
        << to_string(refused.error());
}

TEST(Subnetworks, RefuseFormatsThatAreNotTheirs) {
    const Subnetworks subnetworks(make_supernet());
    Strategy own = subnetworks.subnetwork(widest_strategy(kSpace, subnetworks.network()))->strategy;
    EXPECT_TRUE(subnetworks.subnetwork(own));
    own.calibrated->layers[1].weight_scales.front() *= 2.0F;
    const Result<QuantizedNetwork> refused = subnetworks.subnetwork(own);
    ASSERT_FALSE(refused);
    EXPECT_NE(to_string(refused.error()).find("formats that are not this supernet's"), std::string::npos);
}

TEST_F(SupernetFiles, ReadBackEqual) {
    const PrecisionSupernet supernet = make_supernet();
    EXPECT_TRUE(is_supernet(directory_->path()));
    const Result<PrecisionSupernet> loaded = load_supernet(directory_->path());
    ASSERT_TRUE(loaded) << to_string(loaded.error());
    EXPECT_EQ(loaded->network, supernet.network);
    EXPECT_EQ(loaded->space, supernet.space);
    EXPECT_EQ(loaded->strategies, supernet.strategies);
    EXPECT_EQ(loaded->statistics, supernet.statistics);
}

TEST_F(SupernetFiles, RefuseTablesOfAnotherNetwork) {
    EXPECT_TRUE(save_supernet(directory_->path(), make_supernet(), Existing::replace));
    const std::string hash = to_string(content_hash(make_supernet().network));
    EXPECT_EQ(
        refusal_with(hash, std::string(hash.size(), '0')),
        tables() +
            ": network: found the hash of another network, expected that of the network.onnx beside it");
}

TEST_F(SupernetFiles, RefuseTablesWithGaps) {
    EXPECT_NE(refusal_with("\"weight_bits\":[1,2,4,8]", "\"weight_bits\":[1,2,8,4]").find("each width once"),
              std::string::npos);
    SetUp();
    EXPECT_NE(refusal_with("\"weight_bits\":[1,2,4,8]", "\"weight_bits\":[1,2,3,4,8]")
                  .find("4 of them, expected 5, one a width"),
              std::string::npos);
    SetUp();
    const std::string entry = "\"weight_bits\":4,\"activation_bits\":2,\"mean\":[";
    EXPECT_NE(refusal_with(entry, "\"weight_bits\":5,\"activation_bits\":2,\"mean\":[")
                  .find("at 4 and 2 bits: found none, expected means and variances"),
              std::string::npos);
    SetUp();
    EXPECT_NE(refusal_with(entry, entry + "1.0,").find("another number of channels, expected 4"),
              std::string::npos);
}

TEST(KendallTau, CountsPairsInOneOrder) {
    const std::vector<double> rising{1.0, 2.0, 3.0, 4.0};
    EXPECT_DOUBLE_EQ(kendall_tau(rising, rising), 1.0);
    EXPECT_DOUBLE_EQ(kendall_tau(rising, std::vector{4.0, 3.0, 2.0, 1.0}), -1.0);
    // Five of six pairs in one order, one reversed.
    EXPECT_DOUBLE_EQ(kendall_tau(rising, std::vector{1.0, 3.0, 2.0, 4.0}), 4.0 / 6.0);
    // A tie on one side: five pairs agree, and the sides tie none and one of six.
    EXPECT_DOUBLE_EQ(kendall_tau(rising, std::vector{1.0, 2.0, 2.0, 3.0}), 5.0 / std::sqrt(6.0 * 5.0));
    EXPECT_DOUBLE_EQ(kendall_tau(rising, std::vector{1.0, 1.0, 1.0, 1.0}), 0.0);
}

} // namespace
} // namespace tandem
