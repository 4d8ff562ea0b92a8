// The networks of a learning agent, as a search sees them: an actor that chooses an action in each state, and
// a critic that says what it is worth. They learn in the training plug-in.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tandem {

/// Defaults are those of HAQ (Wang et al. 2019) as published in code, but for the width, 400 and 300 there.
struct ActorCriticOptions {
    std::int64_t state_size = 1;
    std::int64_t width = 64; ///< units of each of the two hidden layers; an update takes under a millisecond
    double actor_learning_rate = 1e-4;
    double critic_learning_rate = 1e-3;
    double target_share =
        0.01;               ///< tau of Lillicrap et al. 2016: how far the target networks follow in an update
    double discount = 1.0;  ///< the reward of a design is due to all its layers alike
    std::uint64_t seed = 1; ///< of the first weights; nothing else is random
};

/// What was done in one state. Rows of a batch.
struct Transitions {
    std::vector<double> states;      ///< state_size numbers each
    std::vector<double> actions;     ///< in [0, 1]
    std::vector<double> rewards;     ///< with the baseline taken off
    std::vector<double> next_states; ///< state_size numbers each; not read where the episode ended
    std::vector<double> goes_on;     ///< 1, or 0 where the episode ended
};

/// Deterministic: the same options and calls give the same actions on one kind of processor, on any number of
/// threads.
class ActorCritic {
  public:
    virtual ~ActorCritic() = default;
    /// The actor's action in (0, 1) for each state; `states` holds state_size numbers for each.
    virtual std::vector<double> act(std::span<const double> states) = 0;
    /// One gradient step of the critic, then of the actor, then of their targets (Lillicrap et al. 2016,
    /// algorithm 1).
    virtual void learn(const Transitions& batch) = 0;
};

} // namespace tandem
