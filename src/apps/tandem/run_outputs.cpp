#include "run_outputs.h"

#include <chrono>

#include <fmt/format.h>

#include "tandem/codesign/run_record.h"
#include "tandem/core/check.h"
#include "tandem/core/files.h"
#include "tandem/deploy/c/c_proof.h"
#include "tandem/deploy/c/c_writer.h"
#include "tandem/network/onnx/onnx.h"
#include "tandem/report/front_table.h"
#include "tandem/report/report.h"
#include "tandem/report/run_schema.h"

namespace tandem::app {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

namespace {

/// Rows of the front that a finished run prints; `tandem front` prints them all.
constexpr std::size_t kRowsAtTheEnd = 16;

fs::path proof_path(const RunPaths& paths) { return paths.chosen() / "proof.json"; }

double accuracy_of(const std::vector<std::int32_t>& outputs, const std::vector<std::int32_t>& labels) {
    const std::size_t classes = outputs.size() / labels.size();
    std::int64_t correct = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (predicted_class(std::span(outputs).subspan(i * classes, classes)) == labels[i]) ++correct;
    }
    return static_cast<double>(correct) / static_cast<double>(labels.size());
}

/// Writes the chosen design, as C and as the network that its strategy is for, and proves the C on the test
/// images.
Result<CProof> deploy_chosen(const RunPaths& paths, const Network& network, const Strategy& strategy,
                             const IntegerProgram& program, const std::vector<float>& samples,
                             const std::vector<std::int32_t>& expected) {
    TANDEM_TRY(make_folder(paths.chosen()));
    TANDEM_TRY(write_file(paths.chosen() / "strategy.json",
                          to_json(to_document(strategy), JsonLayout::indented) + "\n", Existing::replace));
    TANDEM_TRY(write_file(paths.chosen() / "network.onnx", emit_onnx(network), Existing::replace));
    for (const EmittedFile& file : emit_c_project(program)) {
        TANDEM_TRY(write_file(paths.chosen() / file.name, file.contents, Existing::replace));
    }
    CProof proof = TANDEM_TRY(prove_c(paths.chosen(), program, samples, expected));
    if (proof.differing_samples != 0) {
        return failed(paths.chosen().string(), "",
                      fmt::format("C that differs from the engine on {} of {} images",
                                  proof.differing_samples, proof.samples),
                      "none; this is a defect of Tandem, please report it");
    }
    return proof;
}

Document to_document(const CProof& proof) {
    return Document::Map{{"samples", proof.samples},
                         {"differing_samples", proof.differing_samples},
                         {"compiler", proof.compiler}};
}

} // namespace

Result<Document> write_outputs(const QuantizationProblem& problem, const std::vector<StoredDesign>& designs,
                               const RunStore& store, const RunPaths& paths, Phases phases,
                               Deployment deployment, Progress& progress) {
    const Selection selection = TANDEM_TRY(select_designs(problem, designs));
    auto end_phase = [&phases, start = Clock::now()](const char* name) mutable {
        phases.emplace_back(name, std::chrono::duration<double>(Clock::now() - start).count());
        start = Clock::now();
    };
    constexpr std::int64_t kPhases = 3;
    progress.begin("final figures", kPhases);
    ReferenceSamples test = TANDEM_TRY(reference_samples(problem.experiment(), Portion::test));
    FinalFigures figures{.float_test_accuracy = float_accuracy(test),
                         .test_samples = static_cast<std::int64_t>(test.labels.size())};
    const std::vector<float> samples = test.samples;
    const std::vector<std::int32_t> labels = test.labels;
    const Evaluator evaluator(std::move(test), Bytes(0));
    const IntegerProgram reference = TANDEM_TRY(problem.program(designs[selection.reference].genome));
    figures.reference_test_accuracy = accuracy_of(evaluator.outputs(reference), labels);
    const IntegerProgram chosen = TANDEM_TRY(problem.program(designs[selection.chosen].genome));
    const std::vector<std::int32_t> outputs = evaluator.outputs(chosen);
    figures.chosen_test_accuracy = accuracy_of(outputs, labels);

    end_phase("test accuracy");
    if (deployment == Deployment::proven_c) {
        progress.update(1, "proving the generated C");
        const CProof proof = TANDEM_TRY(deploy_chosen(paths, problem.experiment().network,
                                                      problem.strategy(designs[selection.chosen].genome),
                                                      chosen, samples, outputs));
        TANDEM_TRY(write_file(proof_path(paths), to_json(to_document(proof), JsonLayout::indented) + "\n",
                              Existing::replace));
        end_phase("proof of the C");
    }
    progress.update(2, "writing the report");
    Document front = front_document(problem, designs, selection, figures);
    add_memory_maps(front, problem, designs);
    end_phase("record of the front");
    TANDEM_TRY(write_timings(paths, phases));
    const Document page = TANDEM_TRY(make_run_document(front, store, paths));
    const Result<void> valid = validate_run_document(page, paths.front().string());
    TANDEM_CHECK(valid.has_value(), "a run document that its schema refuses: " + to_string(valid.error()));
    TANDEM_TRY(write_file(paths.report(), emit_html(page), Existing::replace));
    TANDEM_TRY(write_file(paths.front(), to_json(front, JsonLayout::indented) + "\n", Existing::replace));
    progress.end();
    return front;
}

std::string format_run(const Document& front, const RunPaths& paths) {
    return fmt::format("{}\nreport:  {}\nchosen:  {} (C, proven equal to the engine on {} test images)\n\n{}",
                       format_front(front, kRowsAtTheEnd), paths.report().string(), paths.chosen().string(),
                       *front.find("dataset")->find("test_samples")->get_if<std::int64_t>(),
                       format_outcome(front));
}

} // namespace tandem::app
