// `tandem deploy`: a network under a calibrated strategy as standalone C, proven on real images.

#include <filesystem>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "command.h"
#include "scoring.h"
#include "tandem/core/files.h"
#include "tandem/core/parallel.h"
#include "tandem/deploy/c/c_proof.h"
#include "tandem/deploy/c/c_writer.h"
#include "tandem/engine/evaluator.h"

namespace tandem::app {

namespace fs = std::filesystem;

namespace {

struct Options {
    std::string network;
    DataOptions data;
    StrategyOptions strategy;
    std::string out;
    bool proves = false;
    bool force = false;
    CommonOptions common;
};

/// Refuses before anything is written, so that a folder never holds half of two networks.
Result<void> check_free(const fs::path& folder, const std::vector<EmittedFile>& files) {
    std::vector<Problem> problems;
    for (const EmittedFile& file : files) {
        if (fs::exists(folder / file.name)) {
            problems.push_back({(folder / file.name).string(), "", "a file that exists already",
                                "another folder, or --force to replace it"});
        }
    }
    if (!problems.empty()) return bad_input(std::move(problems));
    return {};
}

Result<void> execute(const Options& options) {
    std::optional<ThreadLimit> limit;
    if (options.common.threads > 0) limit.emplace(options.common.threads);
    const ReadyNetwork ready = TANDEM_TRY(
        load_ready_network("tandem deploy", options.network, options.data, options.strategy, Formats::keep));
    const auto& [experiment, strategy, program] = ready;
    const std::vector<EmittedFile> files = emit_c(program);
    if (!options.force) TANDEM_TRY(check_free(options.out, files));
    std::error_code code;
    fs::create_directories(options.out, code);
    if (code) return failed(options.out, "", code.message(), "a folder that can be made");
    for (const EmittedFile& file : files) {
        TANDEM_TRY(write_file(fs::path(options.out) / file.name, file.contents, Existing::replace));
    }
    if (!options.proves) return print(fmt::format("{} files in {}\n", files.size(), options.out));

    ReferenceSamples test = TANDEM_TRY(reference_samples(experiment, Portion::test));
    const std::vector<float> samples = test.samples;
    const std::vector<std::int32_t> expected = Evaluator(std::move(test), Bytes(0)).outputs(program);
    const CProof proof = TANDEM_TRY(prove_c(options.out, program, samples, expected));
    if (proof.differing_samples != 0) {
        return failed(options.out, "",
                      fmt::format("C that differs from the engine on {} of {} images",
                                  proof.differing_samples, proof.samples),
                      "none; this is a defect of Tandem, please report it");
    }
    return print(fmt::format("{} files in {}; equal to the engine on all {} test images ({})\n", files.size(),
                             options.out, proof.samples, proof.compiler));
}

} // namespace

void add_deploy(CLI::App& app, Action& action) {
    const auto options = std::make_shared<Options>();
    app.add_option("NETWORK", options->network, "ONNX file")->required();
    add_strategy_options(app, options->strategy);
    app.add_option("--out", options->out, "folder to write to")->required();
    app.add_flag("--prove", options->proves, "compile it and compare it with the engine on the test images");
    app.add_flag("--force", options->force, "replace files that exist");
    add_data_options(app, options->data);
    add_work_options(app, options->common);
    app.callback([options, &action] { action = [options] { return execute(*options); }; });
}

} // namespace tandem::app
