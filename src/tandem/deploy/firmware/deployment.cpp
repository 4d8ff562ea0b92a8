#include "tandem/deploy/firmware/deployment.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tandem/core/document.h"
#include "tandem/core/files.h"
#include "tandem/machine/microcontroller/board.h"

namespace tandem {

namespace {

template <class Entry> std::vector<std::string> names_of(const std::vector<Entry>& entries) {
    std::vector<std::string> names;
    names.reserve(entries.size());
    for (const Entry& entry : entries) names.emplace_back(entry.name);
    return names;
}

std::vector<std::string> target_names() {
    std::vector<std::string> names = names_of(known_targets());
    names.emplace_back("host");
    return names;
}

/// Of gcc. The size of an image depends on it, so it is part of what was deployed.
const std::vector<std::string> kOptimizations{"-O1", "-O2", "-O3", "-Os"};

std::string file_of(std::string_view what, const std::string& point, std::string_view ending) {
    return fmt::format("{}{}{}{}", what, point.empty() ? "" : "-", point, ending);
}

} // namespace

std::string deployed_network_file(const std::string& point) { return file_of("network", point, ".onnx"); }

std::string deployed_strategy_file(const std::string& point) { return file_of("strategy", point, ".json"); }

void describe(Fields& fields, Deployment& deployment) {
    fields.choice({.name = "target", .meaning = "processor", .presence = Presence::required},
                  deployment.target, target_names());
    fields.texts({.name = "points", .meaning = "operating points"}, deployment.points, {});
    if (deployment.target == "host") return;
    fields.choice({.name = "board", .meaning = "board", .presence = Presence::required}, deployment.board,
                  names_of(known_boards()));
    fields.choice({.name = "optimization", .meaning = "of the compiler"}, deployment.optimization,
                  kOptimizations);
}

Result<Deployment> make_deployment(const std::string& target, const std::string& board,
                                   const std::string& optimization) {
    const auto one_of = [](const std::vector<std::string>& names) {
        return fmt::format("one of: {}", fmt::join(names, ", "));
    };
    Deployment deployment{.target = target, .board = board, .optimization = optimization};
    if (std::find(kOptimizations.begin(), kOptimizations.end(), optimization) == kOptimizations.end()) {
        return bad_input("--optimization", "", optimization, one_of(kOptimizations));
    }
    if (!board.empty()) {
        const Board* known = find_board(board);
        if (known == nullptr) {
            return bad_input("--board", "", with_suggestion(board, names_of(known_boards())),
                             one_of(names_of(known_boards())));
        }
        if (deployment.target.empty()) deployment.target = known->target;
        if (deployment.target != known->target) {
            return bad_input("--target", "", deployment.target,
                             fmt::format("{}, the processor of {}", known->target, known->name));
        }
        return deployment;
    }
    if (deployment.target.empty()) deployment.target = "host";
    if (deployment.target == "host") return deployment;
    const Target* known = find_target(deployment.target);
    if (known == nullptr) {
        return bad_input("--target", "", with_suggestion(target, target_names()), one_of(target_names()));
    }
    deployment.board = known->default_board;
    return deployment;
}

Result<Deployment> load_deployment(const std::filesystem::path& directory) {
    const std::string file = (directory / kDeploymentFile).string();
    const std::string text = TANDEM_TRY(read_file(file));
    const Document document = TANDEM_TRY(parse_json(text, file));
    Deployment deployment;
    TANDEM_TRY(read_fields(document, file, "", fields_of(deployment)));
    if (deployment.target != "host" && find_board(deployment.board)->target != deployment.target) {
        return bad_input(file, "board", deployment.board,
                         fmt::format("a board with a {}", deployment.target));
    }
    return deployment;
}

} // namespace tandem
