// What training believes against what the integer engine computes: tensor by tensor.
#include "tandem/training/plugin/fake_quantizers.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "../../network_builder.h"
#include "small_training.h"
#include "tandem/codesign/quantized_training.h"
#include "tandem/engine/integer_executor.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/network/topologies/topologies.h"
#include "tandem/training/plugin/graph_module.h"
#include "tandem/training/plugin/optimizer.h"

namespace tandem {
namespace {

using testing::lines_dataset;
using torch::Tensor;

constexpr std::int64_t kSamples = 64;

/// A residual network for the lines, with widths that make a block's input be read at two of them.
struct Subject {
    Dataset dataset = lines_dataset(96);
    Network network =
        find_topology("resnet8")->build({.input_shape = {kBatch, 1, 6, 6}, .classes = 3, .seed = 3});

    Result<QuantizedStart> start(QuantizationMethod method, int bits) const {
        Strategy widths = uniform_strategy(network, bits, bits);
        for (LayerStrategy* layer : {&widths.layers.front(), &widths.layers.back()}) {
            layer->weight_bits = layer->activation_bits = 8;
        }
        for (LayerStrategy& layer : widths.layers) {
            if (layer.layer.find("shortcut") != std::string::npos) layer.activation_bits = 8;
        }
        if (method != QuantizationMethod::abc)
            return start_quantized_training(network, widths, method, dataset);
        return start_training_of_bases(network, widths, {.weights = 3, .activations = 2}, dataset);
    }
    Tensor images(std::int64_t first) const {
        std::vector<std::int64_t> indices;
        for (std::int64_t i = 0; i < kSamples; ++i) indices.push_back(first + i);
        return torch::tensor(to_floats(dataset.train, indices)).reshape({kSamples, 1, 6, 6});
    }
};

/// A few steps that move weights, normalisations and quantisers.
void train_a_little(GraphModule& module, const Subject& subject, std::int64_t steps = 4,
                    double learning_rate = 0.02) {
    TrainJob job = testing::small_job();
    job.learning_rate = learning_rate;
    const std::unique_ptr<torch::optim::Optimizer> optimizer = make_optimizer(module, job);
    for (std::int64_t step = 0; step < steps; ++step) {
        optimizer->zero_grad();
        const Tensor logits = module.forward(subject.images(step * kSamples), Mode::training, 0);
        const std::vector<std::int32_t> labels = labels_of(subject.dataset.train, [&] {
            std::vector<std::int64_t> indices;
            for (std::int64_t i = 0; i < kSamples; ++i) indices.push_back(step * kSamples + i);
            return indices;
        }());
        torch::cross_entropy_loss(logits, torch::tensor(labels, torch::kInt64)).backward();
        module.begin_step();
        optimizer->step();
        module.end_step();
    }
    module.average_statistics();
}

/// Integers that differ, and all that were compared.
struct Difference {
    std::int64_t different = 0;
    std::int64_t compared = 0;
    std::int64_t largest = 0;
};

/// Every stored tensor as the module computes it against the engine's, one step at a time: each reads what
/// the module gave, so that one difference is not counted again in every layer after it.
Difference compare(const GraphModule& module, const Tensor& images) {
    const Result<IntegerProgram> program =
        lower_to_integers(prepare_for_deployment(module.to_network()), module.strategy());
    EXPECT_TRUE(program) << to_string(program.error());
    std::map<std::string, Tensor> values;
    const torch::NoGradGuard no_gradients;
    module.forward(images, Mode::evaluation, 0, [&](const Node& node, const Tensor& output) {
        values[node.outputs.front()] = output.dim() == 4 ? output.permute({0, 2, 3, 1}).contiguous() : output;
    });
    const auto believed = [&](TensorIndex index) {
        const IntegerTensor& tensor = program->tensors[index];
        const Tensor flat = values.at(tensor.name).flatten().to(torch::kFloat64).contiguous();
        IntegerValues integers(tensor.format, static_cast<std::size_t>(flat.numel()));
        const double step = value_of(tensor, 1);
        for (std::int64_t i = 0; i < flat.numel(); ++i) {
            integers.set(static_cast<std::size_t>(i),
                         static_cast<std::int32_t>(std::lround(flat.data_ptr<double>()[i] / step)));
        }
        return integers;
    };
    const Tensor flat_images = images.contiguous().flatten();
    std::map<TensorIndex, IntegerValues> stored;
    stored[program->input] = quantize_input(
        *program, {flat_images.data_ptr<float>(), static_cast<std::size_t>(flat_images.numel())});
    Difference difference;
    for (std::size_t step = 0; step < program->steps.size(); ++step) {
        std::vector<const IntegerValues*> inputs;
        for (const TensorIndex input : inputs_of(program->steps[step])) inputs.push_back(&stored.at(input));
        const IntegerValues found = execute_plain_step(*program, step, inputs, kSamples);
        const TensorIndex output = output_of(program->steps[step]);
        if (!values.contains(program->tensors[output].name)) { // a part of what training sums at once
            stored.insert_or_assign(output, found);
            continue;
        }
        IntegerValues expected = believed(output);
        EXPECT_EQ(found.size(), expected.size()) << program->tensors[output].name;
        for (std::size_t i = 0; i < found.size(); ++i) {
            const std::int64_t distance = std::abs(std::int64_t{found[i]} - std::int64_t{expected[i]});
            difference.different += distance != 0 ? 1 : 0;
            difference.largest = std::max(difference.largest, distance);
        }
        difference.compared += static_cast<std::int64_t>(found.size());
        stored.insert_or_assign(output, std::move(expected));
    }
    return difference;
}

/// Logits of which the module's integers are not the engine's.
std::int64_t different_logits(const GraphModule& module, const Tensor& images) {
    const Result<IntegerProgram> program =
        lower_to_integers(prepare_for_deployment(module.to_network()), module.strategy());
    EXPECT_TRUE(program) << to_string(program.error());
    const torch::NoGradGuard no_gradients;
    const Tensor believed = module.integers()->forward(images).contiguous();
    const Tensor flat = images.contiguous();
    const std::vector<IntegerValues> computed = execute_plain(
        *program, quantize_input(*program, {flat.data_ptr<float>(), static_cast<std::size_t>(flat.numel())}),
        kSamples);
    const IntegerValues& logits = computed[program->output];
    EXPECT_EQ(static_cast<std::int64_t>(logits.size()), believed.numel());
    std::int64_t different = 0;
    for (std::size_t i = 0; i < logits.size(); ++i) {
        different += static_cast<float>(logits[i]) != believed.data_ptr<float>()[i] ? 1 : 0;
    }
    return different;
}

TEST(QuantizedTraining, WithPowersOfTwoEqualsTheEngineBitForBit) {
    const Subject subject;
    for (const int bits : {3, 4, 8}) {
        const Result<QuantizedStart> start = subject.start(QuantizationMethod::fixed, bits);
        ASSERT_TRUE(start) << to_string(start.error());
        GraphModule module(start->network, start->setup, torch::kCPU, 1);
        train_a_little(module, subject);
        const Difference difference = compare(module, subject.images(300));
        EXPECT_EQ(difference.different, 0) << bits << " bits, of " << difference.compared;
    }
}

/// The weights of all layers after so many epochs in fixed point that hardly move them.
std::vector<float> weights_after(std::int64_t epochs) {
    const Subject subject;
    const Result<QuantizedStart> start = subject.start(QuantizationMethod::fixed, 4);
    EXPECT_TRUE(start) << to_string(start.error());
    TrainJob job = testing::small_job();
    job.epochs = epochs;
    job.learning_rate = 1e-12;
    const Result<std::shared_ptr<Trainer>> trainer = load_trainer();
    EXPECT_TRUE(trainer) << to_string(trainer.error());
    const std::atomic<bool> never = false;
    Progress silent;
    const Result<QuantizedTraining> training = (*trainer)->train_quantized(
        job, start->setup, start->network, subject.dataset, {}, {}, never, silent);
    EXPECT_TRUE(training) << to_string(training.error());
    std::vector<float> weights;
    for (const Node* layer : layers(training->result.network)) {
        const Parameter& parameter = *training->result.network.parameter(layer->inputs[1]);
        const auto& values = std::get<std::vector<float>>(parameter.values);
        weights.insert(weights.end(), values.begin(), values.end());
    }
    return weights;
}

TEST(QuantizedTraining, OfFixedPointRoundsWeightsAtRandomBetweenItsFirstEpochs) {
    // What that takes away only a high learning rate gives back: the second half of the epochs keeps what it
    // learns.
    const std::vector<float> nearest = weights_after(1);
    EXPECT_EQ(weights_after(2), nearest);
    const std::vector<float> rounded = weights_after(3);
    ASSERT_EQ(rounded.size(), nearest.size());
    EXPECT_NE(rounded, nearest);
    EXPECT_EQ(weights_after(4), rounded); // integers stay what they are
}

TEST(QuantizedTraining, WithScalesEqualsTheEngineButForTies) {
    const Subject subject;
    for (const QuantizationMethod method :
         {QuantizationMethod::lsq, QuantizationMethod::lsq_channel, QuantizationMethod::pact,
          QuantizationMethod::dorefa, QuantizationMethod::binary, QuantizationMethod::ternary,
          QuantizationMethod::xnor}) {
        for (const int bits : {1, 2, 4, 8}) {
            const std::string& name = quantization_method_names()[static_cast<std::size_t>(method)];
            const Result<QuantizedStart> start = subject.start(method, bits);
            ASSERT_TRUE(start) << to_string(start.error());
            GraphModule module(start->network, start->setup, torch::kCPU, 2);
            train_a_little(module, subject);
            const Difference difference = compare(module, subject.images(300));
            // The float sums of training and the engine's exact ones part where the result lies within
            // float's precision of a tie.
            EXPECT_LE(difference.different, difference.compared / 10'000) << name << " " << bits << " bits";
            // The network's output has 16 bits, finer than float sums are exact.
            EXPECT_LE(difference.largest, 2) << name << " " << bits << " bits";
        }
    }
}

TEST(QuantizedTraining, MovesNoStepToMoreThanTwiceOrLessThanHalf) {
    const Subject subject;
    const Result<QuantizedStart> start = subject.start(QuantizationMethod::lsq, 4);
    ASSERT_TRUE(start) << to_string(start.error());
    GraphModule module(start->network, start->setup, torch::kCPU, 1);
    const Strategy before = module.strategy();
    train_a_little(module, subject, /*steps=*/1, /*learning_rate=*/1e4);
    const Strategy after = module.strategy();
    std::int64_t at_a_bound = 0;
    for (std::size_t i = 0; i < before.calibrated->tensors.size(); ++i) {
        const float ratio =
            after.calibrated->tensors[i].scale->scale / before.calibrated->tensors[i].scale->scale;
        EXPECT_GE(ratio, 0.5F) << before.calibrated->tensors[i].tensor;
        EXPECT_LE(ratio, 2.0F) << before.calibrated->tensors[i].tensor;
        at_a_bound += ratio == 0.5F || ratio == 2.0F ? 1 : 0;
    }
    EXPECT_GT(at_a_bound, 0) << "such a rate would move some further";
}

TEST(QuantizedTraining, BySumsOfBasesIsTheirsInTheEngineButForTheRoundingOfEachSum) {
    const Subject subject;
    const Result<QuantizedStart> start = subject.start(QuantizationMethod::abc, 1);
    ASSERT_TRUE(start) << to_string(start.error());
    GraphModule module(start->network, start->setup, torch::kCPU, 2);
    train_a_little(module, subject);
    // Six layers for each that is neither first nor last; three where a shortcut reads 8 bits.
    EXPECT_EQ(layers(module.to_network()).size(), 2U + 6U * 6U + 2U * 3U);
    const Difference difference = compare(module, subject.images(300));
    EXPECT_GT(difference.compared, 100'000);
    // Of 65,536 steps; a layer's six outputs and five sums are rounded to their own 16 bits.
    EXPECT_LE(difference.largest, 64);
}

TEST(QuantizedTraining, ValidatesTheIntegersOfTheEngine) {
    const Subject subject;
    for (const QuantizationMethod method :
         {QuantizationMethod::abc, QuantizationMethod::lsq, QuantizationMethod::lsq_channel,
          QuantizationMethod::pact, QuantizationMethod::dorefa, QuantizationMethod::binary,
          QuantizationMethod::ternary, QuantizationMethod::xnor}) {
        for (const int bits : {1, 2, 4, 8, 10}) {
            const Result<QuantizedStart> start = subject.start(method, bits);
            ASSERT_TRUE(start) << to_string(start.error());
            GraphModule module(start->network, start->setup, torch::kCPU, 1);
            train_a_little(module, subject);
            const std::int64_t different = different_logits(module, subject.images(300));
            EXPECT_EQ(different, 0) << quantization_method_names()[static_cast<std::size_t>(method)] << " "
                                    << bits << " bits";
        }
    }
}

TEST(QuantizedTraining, BySumsOfBasesValidatesTheIntegersOfATensorWithASign) {
    Subject subject;
    NetworkBuilder build({1, 6, 6}, 5);
    const std::string least = build.parameter({}, {-1.0F});
    const std::string most = build.parameter({}, {1.0F});
    const std::string first = build.add("Clip", {build.conv("input", {6, 1, 3, 3}), least, most});
    const std::string second = build.add("Clip", {build.conv(first, {5, 6, 3, 3}), least, most});
    const std::string flat = build.add(
        "Flatten", {build.add("MaxPool", {second}, {{"kernel_shape", std::vector<std::int64_t>{2, 2}}})});
    subject.network = build.finish(build.gemm(build.relu(build.gemm(flat, 5, 7)), 7, 3));
    Strategy widths = uniform_strategy(subject.network, 1, 1);
    widths.layers.front().activation_bits = 8;
    const Result<QuantizedStart> start =
        start_training_of_bases(subject.network, widths, {.weights = 2, .activations = 3}, subject.dataset);
    ASSERT_TRUE(start) << to_string(start.error());
    GraphModule module(start->network, start->setup, torch::kCPU, 1);
    train_a_little(module, subject);
    const Strategy strategy = module.strategy();
    EXPECT_EQ(strategy.layers.size(), 2U + 3U * 6U);
    EXPECT_TRUE(std::any_of(strategy.calibrated->tensors.begin(), strategy.calibrated->tensors.end(),
                            [](const TensorFormat& any) { return any.scale->zero_point == 1; }));
    EXPECT_EQ(different_logits(module, subject.images(300)), 0);
}

TEST(QuantizedTraining, MakesWeightsOfTwoBitsTernary) {
    const Subject subject;
    const Result<QuantizedStart> start = subject.start(QuantizationMethod::ternary, 2);
    ASSERT_TRUE(start) << to_string(start.error());
    const GraphModule module(start->network, start->setup, torch::kCPU, 1);
    const Network trained = module.to_network();
    int compared = 0;
    const std::vector<const Node*> nodes = layers(start->network);
    for (std::size_t place = 0; place < nodes.size(); ++place) {
        if (start->setup.strategy.layers[place].weight_bits != 2) continue; // the first and the last have 8
        const Node* const layer = nodes[place];
        ++compared;
        const std::vector<float>& latent = float_values(*start->network.parameter(layer->inputs[1]));
        const std::vector<float>& weights = float_values(*trained.parameter(layer->inputs[1]));
        double mean = 0.0;
        for (const float weight : latent) mean += std::abs(weight) / static_cast<double>(latent.size());
        double magnitude = 0.0;
        double beyond = 0.0;
        for (const float weight : latent) {
            if (std::abs(weight) <= 0.7 * mean) continue;
            magnitude += std::abs(weight);
            beyond += 1.0;
        }
        magnitude /= beyond;
        for (std::size_t i = 0; i < latent.size(); ++i) {
            const bool is_beyond = std::abs(latent[i]) > 0.7 * mean;
            const double expected = is_beyond ? std::copysign(magnitude, latent[i]) : 0.0;
            EXPECT_NEAR(weights[i], expected, 1e-5) << layer->name << " " << i;
        }
    }
    EXPECT_EQ(compared, 8);
}

TEST(QuantizedTraining, StartsAsTheNetworkWhoseNormalisationsScaleNegatively) {
    Subject subject;
    for (auto& [name, parameter] : subject.network.parameters) {
        const bool is_scale =
            name.find("scale") != std::string::npos || name.find("gamma") != std::string::npos;
        if (is_scale) std::get<std::vector<float>>(parameter.values)[0] *= -1.0F;
    }
    const Result<QuantizedStart> start = subject.start(QuantizationMethod::lsq, 8);
    ASSERT_TRUE(start) << to_string(start.error());
    const GraphModule module(start->network, start->setup, torch::kCPU, 1);
    const GraphModule in_float(subject.network, torch::kCPU, 1);
    const torch::NoGradGuard no_gradients;
    const Tensor images = subject.images(0);
    const Tensor difference =
        module.forward(images, Mode::evaluation, 0) - in_float.forward(images, Mode::evaluation, 0);
    EXPECT_LT(difference.abs().max().item<float>(),
              0.1F * in_float.forward(images, Mode::evaluation, 0).abs().max().item<float>());
}

TEST(QuantizedTraining, LetsMaximaPickAmongSigns) {
    Subject subject;
    NetworkBuilder build({1, 6, 6}, 5);
    const auto signs = [&](const std::string& input) {
        return build.add("Clip", {input, build.parameter({}, {-1.0F}), build.parameter({}, {1.0F})});
    };
    const std::string first = signs(build.conv("input", {4, 1, 3, 3}));
    const std::string pooled = build.add(
        "MaxPool", {first},
        {{"kernel_shape", std::vector<std::int64_t>{2, 2}}, {"strides", std::vector<std::int64_t>{2, 2}}});
    const std::string second = signs(build.conv(pooled, {4, 4, 2, 2}));
    subject.network = build.finish(build.gemm(build.add("Flatten", {second}), 4, 3));
    Strategy widths = uniform_strategy(subject.network, 1, 1);
    widths.layers.front().activation_bits = 8;
    const Result<QuantizedStart> start =
        start_quantized_training(subject.network, widths, QuantizationMethod::binary, subject.dataset);
    ASSERT_TRUE(start) << to_string(start.error());
    const auto stored =
        std::ranges::find(start->setup.strategy.calibrated->tensors, pooled, &TensorFormat::tensor);
    ASSERT_NE(stored, start->setup.strategy.calibrated->tensors.end());
    EXPECT_EQ(stored->format, bipolar_format());
    GraphModule module(start->network, start->setup, torch::kCPU, 1);
    train_a_little(module, subject);
    EXPECT_EQ(different_logits(module, subject.images(300)), 0);
}

} // namespace
} // namespace tandem
