// `tandem verify`: builds what `tandem deploy` wrote, runs it, and compares every step with the engine.

#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "command.h"
#include "deploy_firmware.h"
#include "points.h"
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

Result<void> refuse_difference(const std::string& folder, std::int64_t differing, std::int64_t samples,
                               const std::string& where) {
    if (differing == 0) return {};
    return failed(folder, "",
                  fmt::format("integers that differ from the engine's on {} of {} images{}{}", differing,
                              samples, where.empty() ? "" : ", first in ", where),
                  "none; this is a defect of Tandem, please report it");
}

Result<void> verify_on_host(const Options& options, const OperatingPoints& points,
                            const ReferenceSamples& test) {
    const CProof proof = TANDEM_TRY(prove_c(options.folder, points, test.samples, outputs_of(test, points)));
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

Document::List step_members(const IntegerProgram& program, const InstructionCounts& counts) {
    Document::List layers;
    for (std::size_t i = 0; i < program.steps.size(); ++i) {
        layers.emplace_back(Document::Map{{"name", step_name(program, program.steps[i])},
                                          {"kernel", std::string(kernel_name(program, program.steps[i]))},
                                          {"instructions", counts.steps[i]}});
    }
    return layers;
}

Document::Map count_members(const IntegerProgram& program, const InstructionCounts& counts) {
    return {{"instructions", counts.mean},
            {"least_instructions", counts.least},
            {"most_instructions", counts.most},
            {"layers", step_members(program, counts)}};
}

/// One program's counts stand beside the rest, those of operating points in a list.
Document to_document(const Deployment& deployment, const Board& board, const OperatingPoints& points,
                     const FirmwareProof& proof) {
    Document::Map members{{"target", deployment.target},
                          {"board", deployment.board},
                          {"emulator", board.emulator.machine},
                          {"samples", proof.samples},
                          {"differing_samples", proof.differing_samples}};
    for (auto& member : image_members(proof.image.size, proof.image.stack_bound)) {
        members.push_back(std::move(member));
    }
    members.push_back({"painted_stack_bytes", proof.stack.value});
    if (!points.are_named()) {
        for (auto& member : count_members(points.first(), proof.points.front())) {
            members.push_back(std::move(member));
        }
        return members;
    }
    Document::List counted;
    for (std::size_t i = 0; i < points.size(); ++i) {
        Document::Map point{{"name", points.all()[i].name}};
        for (auto& member : count_members(points.all()[i].program, proof.points[i])) {
            point.push_back(std::move(member));
        }
        counted.emplace_back(std::move(point));
    }
    members.push_back({"points", std::move(counted)});
    return members;
}

/// Where the instructions go, a step of the program a row.
std::string step_table(const IntegerProgram& program, const InstructionCounts& counts) {
    std::vector<std::vector<std::string>> rows;
    for (std::size_t i = 0; i < program.steps.size(); ++i) {
        const double instructions = counts.steps[i];
        rows.push_back(
            {step_name(program, program.steps[i]), std::string(kernel_name(program, program.steps[i])),
             format_count(std::llround(instructions)), format_fixed(100.0 * instructions / counts.mean, 1)});
    }
    return format_table({{"layer"}, {"kernel"}, {"instructions", Alignment::right}, {"%", Alignment::right}},
                        rows);
}

/// What an inference takes: instructions counted, the rest estimated.
std::string describe_counts(const Target& target, const InstructionCounts& counts) {
    std::string text = fmt::format("  {:<14}{} an inference, counted ({} to {})\n", "instructions",
                                   format_count(static_cast<std::int64_t>(counts.mean)),
                                   format_count(counts.least), format_count(counts.most));
    if (target.cycles_per_instruction <= 0.0) return text;
    const double cycles = counts.mean * target.cycles_per_instruction;
    return text +
           fmt::format("  {:<14}about {}, at {} an instruction (estimate)\n", "cycles",
                       format_compact(cycles), target.cycles_per_instruction) +
           fmt::format("  {:<14}about {:.3g} mJ in the core, at {} microwatts a megahertz (estimate)\n",
                       "energy", cycles * target.microwatts_per_megahertz * 1e-9,
                       target.microwatts_per_megahertz);
}

std::string to_text(const Board& board, const OperatingPoints& points, const FirmwareProof& proof) {
    const Target& target = *find_target(board.target);
    std::string text = fmt::format(
        "{}: {} images on {} of QEMU{}; every step of every image equal to the engine{}\n\n", board.name,
        proof.samples, board.emulator.machine, board.is_emulated() ? "" : ", linked at its addresses",
        points.are_named() ? fmt::format(", at each of {} operating points", points.size()) : "");
    const std::string image =
        describe_image(board, proof.image.size, proof.image.stack_bound,
                       fmt::format("at most, by its calls; {} painted", proof.stack.value));
    if (!points.are_named()) {
        const InstructionCounts& counts = proof.points.front();
        return text + describe_counts(target, counts) + image + "\n" + step_table(points.first(), counts);
    }
    text += image;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const auto& [name, program] = points.all()[i];
        text += fmt::format("\n{}\n", name) + describe_counts(target, proof.points[i]) + "\n" +
                step_table(program, proof.points[i]);
    }
    return text;
}

Result<void> verify_on_board(const Options& options, const Deployment& deployment,
                             const OperatingPoints& points, const ReferenceSamples& test) {
    const Board& board = *find_board(deployment.board);
    const auto progress = make_progress(options.common.quiet ? Verbosity::quiet : Verbosity::normal);
    const FirmwareProof proof = TANDEM_TRY(
        prove_firmware(options.folder, board, deployment.optimization, points, test.samples, *progress));
    if (proof.image.overflow) return does_not_fit(board, *proof.image.overflow, points);
    TANDEM_TRY(
        refuse_difference(options.folder, proof.differing_samples, proof.samples, proof.first_difference));
    if (options.common.json) return print_json(to_document(deployment, board, points, proof));
    return print(to_text(board, points, proof));
}

Result<void> execute(const Options& options) {
    std::optional<ThreadLimit> limit;
    if (options.common.threads > 0) limit.emplace(options.common.threads);
    const Deployment deployment = TANDEM_TRY(load_deployment(options.folder));
    const std::vector<QuantizedPoint> quantized =
        TANDEM_TRY(load_deployed_points("tandem verify", options.folder, deployment.points));
    const OperatingPoints points = TANDEM_TRY(lower_points(quantized));
    const fs::path network = fs::path(options.folder) / deployed_network_file(quantized.front().name);
    const Experiment experiment = TANDEM_TRY(load_experiment(network.string(), options.data));
    ReferenceSamples test = TANDEM_TRY(reference_samples(experiment, Portion::test));
    keep_first(test, options.samples);
    if (deployment.target == "host") return verify_on_host(options, points, test);
    return verify_on_board(options, deployment, points, test);
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
