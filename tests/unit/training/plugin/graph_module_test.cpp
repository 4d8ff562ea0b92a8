#include "tandem/training/plugin/graph_module.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "../../network_builder.h"
#include "small_training.h"
#include "tandem/network/topologies/topologies.h"
#include "tandem/training/plugin/optimizer.h"
#include "tandem/training/plugin/run_state.h"

namespace tandem {
namespace {

using testing::small_network;
using torch::Tensor;

TEST(GraphModule, GivesEveryParameterBackUntouched) {
    for (const Topology& topology : known_topologies()) {
        if (topology.is_large) continue; // the small ones have all they are made of
        const std::int64_t extent = std::max<std::int64_t>(28, topology.minimum_rows);
        const Network network =
            topology.build({.input_shape = {kBatch, 1, extent, extent}, .classes = 10, .seed = 3});
        EXPECT_EQ(GraphModule(network, torch::kCPU, 2).to_network(), network) << topology.name;
    }
}

TEST(GraphModule, TrainsWeightsAndOffsetsButNoStatistics) {
    const GraphModule module(small_network(1), torch::kCPU, 2);
    EXPECT_EQ(module.weights().size(), 2U);     // Conv, Gemm
    EXPECT_EQ(module.offsets().size(), 3U);     // scale, shift, bias of Gemm
    EXPECT_EQ(module.statistics(0).size(), 2U); // mean, variance
    for (const Tensor& statistic : module.statistics(1)) EXPECT_FALSE(statistic.requires_grad());
    for (const Tensor& weight : module.weights()) EXPECT_TRUE(weight.requires_grad());
}

TEST(GraphModule, LeavesASoftmaxAtTheEndOut) {
    NetworkBuilder build({4}, 7);
    const std::string logits = build.gemm("input", 4, 3);
    const Network bare = build.finish(logits);
    const Network softmax = build.finish(build.add("Softmax", {logits}));
    const Tensor input = torch::ones({2, 4});
    const Tensor expected = GraphModule(bare, torch::kCPU, 1).forward(input, Mode::evaluation, 0);
    EXPECT_TRUE(GraphModule(softmax, torch::kCPU, 1).forward(input, Mode::evaluation, 0).equal(expected));
}

TEST(GraphModule, AveragesTheStatisticsOfItsShards) {
    GraphModule module(small_network(1), torch::kCPU, 2);
    const Tensor dark = torch::zeros({4, 1, 6, 6});
    const Tensor bright = torch::ones({4, 1, 6, 6});
    {
        const torch::NoGradGuard no_gradients;
        module.forward(dark, Mode::training, 0);
        module.forward(bright, Mode::training, 1);
    }
    const Tensor first = module.statistics(0)[0].clone();
    const Tensor second = module.statistics(1)[0].clone();
    EXPECT_FALSE(first.equal(second));
    module.average_statistics();
    EXPECT_TRUE(torch::allclose(module.statistics(0)[0], (first + second) / 2.0));
    EXPECT_TRUE(module.statistics(0)[0].equal(module.statistics(1)[0]));
}

TEST(GraphModule, MovesStatisticsByOnnxsMomentum) {
    // Mean 0 moves a quarter of the way to the batch's mean of 2: ONNX's momentum is what stays.
    NetworkBuilder build({1, 2, 2}, 1);
    const std::string one = build.parameter({1}, {1.0F});
    const std::string zero = build.parameter({1}, {0.0F});
    const std::string mean = build.parameter({1}, {0.0F});
    const std::string variance = build.parameter({1}, {1.0F});
    const Network network = build.finish(
        build.add("BatchNormalization", {"input", one, zero, mean, variance}, {{"momentum", 0.75F}}));
    const GraphModule module(network, torch::kCPU, 1);
    module.forward(torch::full({3, 1, 2, 2}, 2.0), Mode::training, 0);
    EXPECT_NEAR(module.statistics(0)[0].item<double>(), 0.5, 1e-6);
}

TEST(RunState, SurvivesTheTripThroughBytes) {
    for (const char* name : {"sgd", "adam", "adamw"}) {
        TrainJob job = testing::small_job();
        job.optimizer = name;
        GraphModule module(small_network(1), torch::kCPU, 2);
        const std::unique_ptr<torch::optim::Optimizer> optimizer = make_optimizer(module, job);
        const auto step = [](GraphModule& any, torch::optim::Optimizer& with) {
            with.zero_grad();
            any.forward(torch::ones({4, 1, 6, 6}), Mode::training, 0).square().sum().backward();
            with.step();
            any.average_statistics();
        };
        const std::vector<Tensor> first = copies_of(module);
        step(module, *optimizer);
        const RunState state{.epochs = {{1, 0.1, 2.5, 0.25, 0.75, 3.0}, {2, 0.05, 1.5, 0.5, 0.875, 4.0}},
                             .decision = {.masks = {{"a", {1, 0}}, {"b", {0}}}, .holds_masks = true},
                             .best = BestEpoch{.epoch = 1, .accuracy = 0.75, .tensors = first}};
        const std::string bytes = save_state(state, module, *optimizer);

        GraphModule other(small_network(2), torch::kCPU, 2);
        const std::unique_ptr<torch::optim::Optimizer> loaded = make_optimizer(other, job);
        const RunState found = load_state(bytes, other, *loaded);
        EXPECT_EQ(found.epochs, state.epochs);
        EXPECT_EQ(found.decision, state.decision);
        EXPECT_EQ(other.to_network(), module.to_network());
        // The moments came along: the next steps are equal too.
        step(module, *optimizer);
        step(other, *loaded);
        EXPECT_EQ(other.to_network(), module.to_network()) << name;
        ASSERT_TRUE(found.best);
        EXPECT_EQ(found.best->epoch, 1);
        EXPECT_EQ(found.best->accuracy, 0.75);
        restore(found.best->tensors, other);
        EXPECT_EQ(other.to_network(), small_network(1));
    }
}

TEST(Optimizer, PullsAtWeightsAlone) {
    TrainJob job = testing::small_job();
    job.learning_rate = 0.5;
    job.weight_decay = 0.5;
    const GraphModule module(small_network(1), torch::kCPU, 1);
    const std::unique_ptr<torch::optim::Optimizer> optimizer = make_optimizer(module, job);
    const Tensor weight = module.weights()[0].detach().clone();
    const Tensor scale = module.offsets()[0].detach().clone();
    for (const Tensor& any : {module.weights()[0], module.offsets()[0]}) {
        any.mutable_grad() = torch::zeros_like(any);
    }
    optimizer->step();
    EXPECT_TRUE(torch::allclose(module.weights()[0], 0.75 * weight)); // 1 - rate * decay
    EXPECT_TRUE(module.offsets()[0].equal(scale));
}

} // namespace
} // namespace tandem
