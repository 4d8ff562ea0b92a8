#include "tandem/codesign/objectives.h"

#include <algorithm>
#include <cmath>

#include "tandem/core/check.h"
#include "tandem/machine/microcontroller/microcontroller.h"

namespace tandem {

namespace {

double accuracy(const Quality& quality, const Cost& /*cost*/) { return quality.accuracy; }
double divergence(const Quality& quality, const Cost& /*cost*/) { return quality.kl_divergence; }
double energy(const Quality& /*quality*/, const Cost& cost) { return cost.energy().value; }
double latency(const Quality& /*quality*/, const Cost& cost) {
    return static_cast<double>(cost.cycles().value);
}
double storage(const Quality& /*quality*/, const Cost& cost) {
    return static_cast<double>(bytes_holding(cost.weight_storage).value);
}

double flash(const Quality& /*quality*/, const Cost& cost) {
    return static_cast<double>(cost.image.value().flash().value);
}
double ram(const Quality& /*quality*/, const Cost& cost) {
    return static_cast<double>(cost.image.value().ram().value);
}
double instructions(const Quality& /*quality*/, const Cost& cost) {
    return std::round(cost.image.value().instructions());
}

} // namespace

bool is_cost(const Objective& objective) {
    return objective.name != "accuracy" && objective.name != "divergence";
}

const std::vector<Objective>& known_objectives() {
    static const std::vector<Objective> kObjectives{
        {"accuracy", "Accuracy", "%", Goal::maximize, 100.0, accuracy},
        {"divergence", "KL divergence", "nats", Goal::minimize, 1.0, divergence},
        {"energy", "Energy", "16-bit MACs", Goal::minimize, 1.0, energy, PricedBy::schedules},
        {"flash_bytes", "Flash (estimated)", "bytes", Goal::minimize, 1.0, flash, PricedBy::image},
        {"instructions", "Instructions (estimated)", "an inference", Goal::minimize, 1.0, instructions,
         PricedBy::image},
        {"latency", "Latency", "cycles", Goal::minimize, 1.0, latency, PricedBy::schedules},
        {"ram_bytes", "RAM (estimated)", "bytes", Goal::minimize, 1.0, ram, PricedBy::image},
        {"storage", "Weight storage", "bytes", Goal::minimize, 1.0, storage},
    };
    return kObjectives;
}

std::vector<std::string> objective_names() {
    std::vector<std::string> names;
    for (const Objective& objective : known_objectives()) names.emplace_back(objective.name);
    return names;
}

std::vector<std::string> objective_names(const Machine& machine) {
    const PricedBy own = board_of(machine) == nullptr ? PricedBy::schedules : PricedBy::image;
    std::vector<std::string> names;
    for (const Objective& objective : known_objectives()) {
        if (objective.priced_by == PricedBy::any || objective.priced_by == own) {
            names.emplace_back(objective.name);
        }
    }
    return names;
}

std::vector<const Objective*> find_objectives(const std::vector<std::string>& names) {
    std::vector<const Objective*> found;
    for (const std::string& name : names) {
        const auto match = std::find_if(known_objectives().begin(), known_objectives().end(),
                                        [&](const Objective& objective) { return objective.name == name; });
        TANDEM_CHECK(match != known_objectives().end(), "unknown objective " + name);
        found.push_back(&*match);
    }
    return found;
}

double to_minimized(const Objective& objective, double value) {
    return objective.goal == Goal::maximize ? 1.0 - value : value;
}

double from_minimized(const Objective& objective, double minimized) {
    return objective.goal == Goal::maximize ? 1.0 - minimized : minimized;
}

} // namespace tandem
