// What a command is: a name, one line about it, and a function that adds its options and says what to do.
// A command parses, calls the rooms and prints; it has no logic of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "tandem/codesign/job.h"
#include "tandem/core/document.h"
#include "tandem/core/result.h"

namespace tandem::app {

/// What main runs once the command line is parsed.
using Action = std::function<Result<void>()>;

struct Command {
    std::string_view name;
    std::string_view description;
    std::string_view example; ///< the end of its --help; runs as it stands from the project's root
    void (*add)(CLI::App& app, Action& action);
};

/// Every command, sorted by name.
const std::vector<Command>& commands();

void add_attack(CLI::App& app, Action& action);
void add_data(CLI::App& app, Action& action);
void add_deploy(CLI::App& app, Action& action);
void add_doctor(CLI::App& app, Action& action);
void add_eval(CLI::App& app, Action& action);
void add_execute(CLI::App& app, Action& action);
void add_front(CLI::App& app, Action& action);
void add_inspect(CLI::App& app, Action& action);
void add_machines(CLI::App& app, Action& action);
void add_map(CLI::App& app, Action& action);
void add_network(CLI::App& app, Action& action);
void add_quantize(CLI::App& app, Action& action);
void add_report(CLI::App& app, Action& action);
void add_reproduce(CLI::App& app, Action& action);
void add_run(CLI::App& app, Action& action);
void add_train(CLI::App& app, Action& action);
void add_verify(CLI::App& app, Action& action);

/// Options that mean the same in every command that has them.
struct CommonOptions {
    bool json = false;
    bool quiet = false;
    std::size_t threads = 0; ///< 0: all
};
void add_json_option(CLI::App& app, CommonOptions& options);
void add_work_options(CLI::App& app, CommonOptions& options); ///< --threads and --quiet

/// The data options: --data NAME[:FOLDER], or --dataset and --data-directory; --data-root; --scale, --mean
/// and --std.
void add_data_options(CLI::App& app, DataOptions& data);

/// Prints to standard output; a full disk or a closed pipe is an error.
[[nodiscard]] Result<void> print(std::string_view text);
[[nodiscard]] Result<void> print_json(const Document& document);

} // namespace tandem::app
