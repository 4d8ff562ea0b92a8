// What a folder of deployed C is for: written beside the sources as deploy.json, with the network and the
// strategy, so that `tandem verify` can build, run and compare it without being told anything again.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tandem/core/fields.h"
#include "tandem/core/result.h"

namespace tandem {

/// The names of the files beside the sources; of an operating point without a name "network.onnx", of another
/// "network-fast.onnx".
inline constexpr std::string_view kDeploymentFile = "deploy.json";
std::string deployed_network_file(const std::string& point);
std::string deployed_strategy_file(const std::string& point);

struct Deployment {
    std::string target = "host"; ///< "host", or the name of a Target
    std::string board;           ///< the name of a Board; empty for the host
    std::string optimization = "-O3";
    std::vector<std::string> points = {}; ///< the operating points' names; none where there is no choice

    bool operator==(const Deployment&) const = default;
};
void describe(Fields& fields, Deployment& deployment);

/// From a target and a board as a user names them, either of which may be empty: the board decides the
/// target, the target its default board. Errors: unknown names, a board with another processor.
[[nodiscard]] Result<Deployment> make_deployment(const std::string& target, const std::string& board,
                                                 const std::string& optimization);

/// Reads deploy.json of a folder. Errors: none there, unknown keys, unknown names.
[[nodiscard]] Result<Deployment> load_deployment(const std::filesystem::path& directory);

} // namespace tandem
