#include "tandem/codesign/objectives.h"

#include <algorithm>

#include "tandem/core/check.h"

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

} // namespace

const std::vector<Objective>& known_objectives() {
    static const std::vector<Objective> kObjectives{
        {"accuracy", "Accuracy", "%", Goal::maximize, 100.0, accuracy},
        {"divergence", "KL divergence", "nats", Goal::minimize, 1.0, divergence},
        {"energy", "Energy", "16-bit MACs", Goal::minimize, 1.0, energy},
        {"latency", "Latency", "cycles", Goal::minimize, 1.0, latency},
        {"storage", "Weight storage", "bytes", Goal::minimize, 1.0, storage},
    };
    return kObjectives;
}

std::vector<std::string> objective_names() {
    std::vector<std::string> names;
    for (const Objective& objective : known_objectives()) names.emplace_back(objective.name);
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
