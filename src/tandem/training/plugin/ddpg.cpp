#include "tandem/training/plugin/ddpg.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <ATen/Parallel.h>
#include <torch/optim/adam.h>
#include <torch/types.h>

#include "tandem/core/check.h"
#include "tandem/core/random.h"

namespace tandem {

namespace {

using torch::Tensor;

/// Kernels of one thread while it lives: the networks are small, and sums stay in one order.
class OneThread {
  public:
    OneThread() { at::set_num_threads(1); }
    OneThread(const OneThread&) = delete;
    OneThread& operator=(const OneThread&) = delete;
    ~OneThread() { at::set_num_threads(before_); }

  private:
    int before_ = at::get_num_threads();
};

/// Two hidden layers of rectified units and one output.
class Perceptron {
  public:
    Perceptron(std::int64_t inputs, std::int64_t width, double last_bound, Random random) {
        const auto bound = [](std::int64_t fan_in) { return 1.0 / std::sqrt(static_cast<double>(fan_in)); };
        add(inputs, width, bound(inputs), random);
        add(width, width, bound(width), random);
        add(width, 1, last_bound, random);
    }

    Tensor operator()(const Tensor& rows) const {
        const auto layer = [&](const Tensor& in, std::size_t i) {
            return torch::addmm(parameters_[2 * i + 1], in, parameters_[2 * i]);
        };
        return layer(layer(layer(rows, 0).relu(), 1).relu(), 2);
    }

    const std::vector<Tensor>& parameters() const { return parameters_; }

    Perceptron copy() const {
        Perceptron twin = *this;
        for (Tensor& parameter : twin.parameters_) parameter = parameter.detach().clone();
        return twin;
    }

    /// Moves each parameter a share of the way to the other's.
    void follow(const Perceptron& other, double share) {
        const torch::NoGradGuard no_gradients;
        for (std::size_t i = 0; i < parameters_.size(); ++i) {
            parameters_[i].lerp_(other.parameters_[i], share);
        }
    }

  private:
    void add(std::int64_t inputs, std::int64_t outputs, double bound, Random& random) {
        for (const std::int64_t rows : {inputs, std::int64_t{1}}) {
            Tensor parameter = torch::empty({rows, outputs}, torch::kFloat64);
            double* const values = parameter.data_ptr<double>();
            for (std::int64_t i = 0; i < parameter.numel(); ++i)
                values[i] = bound * (2.0 * random.uniform() - 1.0);
            parameters_.push_back(parameter.requires_grad_(true));
        }
    }

    std::vector<Tensor> parameters_; ///< by layer: weights (inputs by outputs), then biases as a row
};

/// A copy of the numbers as rows of `columns`.
Tensor to_rows(std::span<const double> numbers, std::int64_t columns) {
    const auto rows = static_cast<std::int64_t>(numbers.size()) / columns;
    TANDEM_CHECK(rows * columns == static_cast<std::int64_t>(numbers.size()), "whole rows");
    Tensor table = torch::empty({rows, columns}, torch::kFloat64);
    std::copy(numbers.begin(), numbers.end(), table.data_ptr<double>());
    return table;
}

torch::optim::Adam adam(const Perceptron& network, double rate) {
    return torch::optim::Adam(network.parameters(), torch::optim::AdamOptions(rate));
}

class DdpgNetworks final : public ActorCritic {
  public:
    explicit DdpgNetworks(const ActorCriticOptions& options)
        : options_(options),
          actor_(options.state_size, options.width, kLastBound, Random(options.seed).fork("actor")),
          critic_(options.state_size + 1, options.width, kLastBound, Random(options.seed).fork("critic")),
          actor_target_(actor_.copy()), critic_target_(critic_.copy()),
          actor_optimizer_(adam(actor_, options.actor_learning_rate)),
          critic_optimizer_(adam(critic_, options.critic_learning_rate)) {}

    std::vector<double> act(std::span<const double> states) override {
        const OneThread one_thread;
        const torch::NoGradGuard no_gradients;
        const Tensor actions = choose(actor_, to_rows(states, options_.state_size)).contiguous();
        const double* const values = actions.data_ptr<double>();
        return {values, values + actions.numel()};
    }

    void learn(const Transitions& batch) override {
        const OneThread one_thread;
        const Tensor states = to_rows(batch.states, options_.state_size);
        const Tensor value = critic_(torch::cat({states, to_rows(batch.actions, 1)}, 1));
        step(critic_optimizer_, (value - target(batch)).square().mean());
        step(actor_optimizer_, -critic_(torch::cat({states, choose(actor_, states)}, 1)).mean());
        actor_target_.follow(actor_, options_.target_share);
        critic_target_.follow(critic_, options_.target_share);
    }

  private:
    /// Lillicrap et al. 2016, section 7: so small that the first actions and values are near their middle.
    static constexpr double kLastBound = 3e-3;

    static Tensor choose(const Perceptron& actor, const Tensor& states) { return actor(states).sigmoid(); }

    /// What the targets make of an action: its reward and, where the episode goes on, what follows.
    Tensor target(const Transitions& batch) const {
        const torch::NoGradGuard no_gradients;
        const Tensor next = to_rows(batch.next_states, options_.state_size);
        const Tensor follows = critic_target_(torch::cat({next, choose(actor_target_, next)}, 1));
        return to_rows(batch.rewards, 1) + options_.discount * to_rows(batch.goes_on, 1) * follows;
    }

    static void step(torch::optim::Adam& optimizer, const Tensor& loss) {
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
    }

    ActorCriticOptions options_;
    Perceptron actor_;
    Perceptron critic_;
    Perceptron actor_target_;
    Perceptron critic_target_;
    torch::optim::Adam actor_optimizer_;
    torch::optim::Adam critic_optimizer_;
};

} // namespace

std::unique_ptr<ActorCritic> make_ddpg_networks(const ActorCriticOptions& options) {
    return std::make_unique<DdpgNetworks>(options);
}

} // namespace tandem
