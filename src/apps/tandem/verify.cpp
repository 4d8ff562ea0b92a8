// `tandem verify`: builds what `tandem deploy` wrote, runs it, and compares every step with the engine.

#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "command.h"
#include "deploy_firmware.h"
#include "scoring.h"
#include "tandem/core/parallel.h"
#include "tandem/deploy/c/c_proof.h"
#include "tandem/deploy/firmware/deployment.h"
#include "tandem/deploy/firmware/firmware.h"
#include "tandem/machine/microcontroller/c_layer.h"
#include "tandem/report/report.h"
#include "tandem/report/text.h"

namespace tandem::app {

namespace fs = std::filesystem;

namespace {

struct Options {
    std::string folder;
    DataOptions data;
    std::int64_t samples = 100;
    CommonOptions common;
};

/// The first test images.
struct Samples {
    std::vector<float> images;
    std::vector<std::int32_t> expected; ///< the engine's output integers
};

Result<Samples> first_samples(const ReadyNetwork& ready, std::int64_t count) {
    ReferenceSamples test = TANDEM_TRY(reference_samples(ready.experiment, Portion::test));
    const auto classes = test.logits.size() / test.labels.size();
    const std::size_t size = test.samples.size() / test.labels.size();
    const std::size_t taken = std::min(static_cast<std::size_t>(count), test.labels.size());
    test.labels.resize(taken);
    test.samples.resize(taken * size);
    test.logits.resize(taken * classes);
    Samples samples{.images = test.samples, .expected = {}};
    samples.expected = Evaluator(std::move(test), Bytes(0)).outputs(ready.program);
    return samples;
}

Result<void> refuse_difference(const std::string& folder, std::int64_t differing, std::int64_t samples,
                               const std::string& where) {
    if (differing == 0) return {};
    return failed(folder, "",
                  fmt::format("integers that differ from the engine's on {} of {} images{}{}", differing,
                              samples, where.empty() ? "" : ", first in ", where),
                  "none; this is a defect of Tandem, please report it");
}

Result<void> verify_on_host(const Options& options, const ReadyNetwork& ready, const Samples& samples) {
    const CProof proof = TANDEM_TRY(prove_c(options.folder, ready.program, samples.images, samples.expected));
    TANDEM_TRY(refuse_difference(options.folder, proof.differing_samples, proof.samples, ""));
    if (options.common.json) {
        return print_json(Document::Map{{"target", "host"},
                                        {"samples", proof.samples},
                                        {"differing_samples", proof.differing_samples},
                                        {"compiler", proof.compiler}});
    }
    return print(fmt::format("host: {} images, every output equal to the engine ({})\n", proof.samples,
                             proof.compiler));
}

Document::List step_members(const IntegerProgram& program, const FirmwareProof& proof) {
    Document::List layers;
    for (std::size_t i = 0; i < program.steps.size(); ++i) {
        layers.emplace_back(Document::Map{{"name", step_name(program, program.steps[i])},
                                          {"kernel", std::string(kernel_name(program, program.steps[i]))},
                                          {"instructions", proof.step_instructions[i]}});
    }
    return layers;
}

Document to_document(const Deployment& deployment, const Board& board, const IntegerProgram& program,
                     const FirmwareProof& proof) {
    Document::Map members{{"target", deployment.target},
                          {"board", deployment.board},
                          {"emulator", board.emulator.machine},
                          {"samples", proof.samples},
                          {"differing_samples", proof.differing_samples},
                          {"instructions", proof.mean_instructions},
                          {"least_instructions", proof.least_instructions},
                          {"most_instructions", proof.most_instructions}};
    for (auto& member : image_members(proof.image.size, proof.image.stack_bound)) {
        members.push_back(std::move(member));
    }
    members.push_back({"painted_stack_bytes", proof.stack.value});
    members.push_back({"layers", step_members(program, proof)});
    return members;
}

/// Where the instructions go, a step of the program a row.
std::string step_table(const IntegerProgram& program, const FirmwareProof& proof) {
    std::vector<std::vector<std::string>> rows;
    for (std::size_t i = 0; i < program.steps.size(); ++i) {
        const double instructions = proof.step_instructions[i];
        rows.push_back({step_name(program, program.steps[i]),
                        std::string(kernel_name(program, program.steps[i])),
                        format_count(std::llround(instructions)),
                        format_fixed(100.0 * instructions / proof.mean_instructions, 1)});
    }
    return format_table({{"layer"}, {"kernel"}, {"instructions", Alignment::right}, {"%", Alignment::right}},
                        rows);
}

std::string to_text(const Board& board, const IntegerProgram& program, const FirmwareProof& proof) {
    const Target& target = *find_target(board.target);
    std::string text = fmt::format(
        "{}: {} images on {} of QEMU{}; every step of every image equal to the engine\n\n", board.name,
        proof.samples, board.emulator.machine, board.is_emulated() ? "" : ", linked at its addresses");
    text += fmt::format("  {:<14}{} an inference, counted ({} to {})\n", "instructions",
                        format_count(static_cast<std::int64_t>(proof.mean_instructions)),
                        format_count(proof.least_instructions), format_count(proof.most_instructions));
    if (target.cycles_per_instruction > 0.0) {
        const double cycles = proof.mean_instructions * target.cycles_per_instruction;
        text += fmt::format("  {:<14}about {}, at {} an instruction (estimate)\n", "cycles",
                            format_compact(cycles), target.cycles_per_instruction);
        text += fmt::format("  {:<14}about {:.3g} mJ in the core, at {} microwatts a megahertz (estimate)\n",
                            "energy", cycles * target.microwatts_per_megahertz * 1e-9,
                            target.microwatts_per_megahertz);
    }
    return text +
           describe_image(board, proof.image.size, proof.image.stack_bound,
                          fmt::format("at most, by its calls; {} painted", proof.stack.value)) +
           "\n" + step_table(program, proof);
}

Result<void> verify_on_board(const Options& options, const Deployment& deployment, const ReadyNetwork& ready,
                             const Samples& samples) {
    const Board& board = *find_board(deployment.board);
    const auto progress = make_progress(options.common.quiet ? Verbosity::quiet : Verbosity::normal);
    const FirmwareProof proof = TANDEM_TRY(prove_firmware(options.folder, board, deployment.optimization,
                                                          ready.program, samples.images, *progress));
    if (proof.image.overflow) {
        return does_not_fit(board, *proof.image.overflow, ready.program);
    }
    TANDEM_TRY(
        refuse_difference(options.folder, proof.differing_samples, proof.samples, proof.first_difference));
    if (options.common.json) return print_json(to_document(deployment, board, ready.program, proof));
    return print(to_text(board, ready.program, proof));
}

Result<void> execute(const Options& options) {
    std::optional<ThreadLimit> limit;
    if (options.common.threads > 0) limit.emplace(options.common.threads);
    const fs::path folder = options.folder;
    const Deployment deployment = TANDEM_TRY(load_deployment(folder));
    StrategyOptions strategy;
    strategy.file = (folder / kDeployedStrategyFile).string();
    const ReadyNetwork ready = TANDEM_TRY(load_ready_network(
        "tandem verify", (folder / kDeployedNetworkFile).string(), options.data, strategy));
    const Samples samples = TANDEM_TRY(first_samples(ready, options.samples));
    if (deployment.target == "host") return verify_on_host(options, ready, samples);
    return verify_on_board(options, deployment, ready, samples);
}

} // namespace

void add_verify(CLI::App& app, Action& action) {
    const auto options = std::make_shared<Options>();
    app.add_option("FOLDER", options->folder, "what `tandem deploy` wrote")->required();
    app.add_option("--samples", options->samples, "test images to run")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    add_data_options(app, options->data);
    add_json_option(app, options->common);
    add_work_options(app, options->common);
    app.callback([options, &action] { action = [options] { return execute(*options); }; });
}

} // namespace tandem::app
