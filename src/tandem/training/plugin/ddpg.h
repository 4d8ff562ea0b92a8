// Deep deterministic policy gradient: Lillicrap et al., "Continuous control with deep reinforcement
// learning", ICLR 2016, algorithm 1, without the exploration, which the search adds.
#pragma once

#include <memory>

#include "tandem/training/actor_critic.h"

namespace tandem {

std::unique_ptr<ActorCritic> make_ddpg_networks(const ActorCriticOptions& options);

} // namespace tandem
