#include "tandem/training/plugin/ddpg.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "tandem/core/random.h"

namespace tandem {
namespace {

constexpr std::size_t kBatch = 64;

/// One-step episodes in two states, with actions drawn evenly and worth the more the nearer they are to the
/// state's own best.
Transitions draw(Random& random, double best_of_first, double best_of_second) {
    Transitions batch;
    for (std::size_t i = 0; i < kBatch; ++i) {
        const bool is_first = random.below(2) == 0;
        const double action = random.uniform();
        const double error = action - (is_first ? best_of_first : best_of_second);
        batch.states.insert(batch.states.end(), {is_first ? 1.0 : 0.0, is_first ? 0.0 : 1.0});
        batch.next_states.insert(batch.next_states.end(), {0.0, 0.0});
        batch.actions.push_back(action);
        batch.rewards.push_back(-4.0 * error * error);
        batch.goes_on.push_back(0.0);
    }
    return batch;
}

std::vector<double> learned(const ActorCriticOptions& options, int updates) {
    const auto networks = make_ddpg_networks(options);
    Random random(7);
    for (int i = 0; i < updates; ++i) networks->learn(draw(random, 0.8, 0.3));
    return networks->act(std::vector<double>{1.0, 0.0, 0.0, 1.0});
}

TEST(DdpgNetworks, BeginNearTheMiddle) {
    for (const double action : learned({.state_size = 2}, 0)) EXPECT_NEAR(action, 0.5, 0.01);
}

TEST(DdpgNetworks, LearnTheBestActionOfEachState) {
    const std::vector<double> actions = learned({.state_size = 2, .actor_learning_rate = 1e-3}, 800);
    EXPECT_NEAR(actions[0], 0.8, 0.1);
    EXPECT_NEAR(actions[1], 0.3, 0.1);
}

TEST(DdpgNetworks, LearnTheSameOnAnyNumberOfThreads) {
    const int before = at::get_num_threads();
    at::set_num_threads(1);
    const std::vector<double> alone = learned({.state_size = 2}, 20);
    at::set_num_threads(4);
    EXPECT_EQ(learned({.state_size = 2}, 20), alone);
    EXPECT_EQ(at::get_num_threads(), 4) << "whoever else computes keeps its threads";
    at::set_num_threads(before);
    EXPECT_NE(learned({.state_size = 2, .seed = 2}, 20), alone);
}

} // namespace
} // namespace tandem
