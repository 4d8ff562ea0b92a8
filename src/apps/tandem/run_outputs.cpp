#include "run_outputs.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "tandem/codesign/run_record.h"
#include "tandem/core/check.h"
#include "tandem/core/files.h"
#include "tandem/deploy/c/c_proof.h"
#include "tandem/deploy/c/c_writer.h"
#include "tandem/machine/microcontroller/c_layer.h"
#include "tandem/network/onnx/onnx.h"
#include "tandem/network/onnx/quantized_onnx.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/report/fine_tuning_tables.h"
#include "tandem/report/front_table.h"
#include "tandem/report/report.h"
#include "tandem/report/run_schema.h"
#include "tandem/strategy/import.h"
#include "tandem/strategy/onnx_form.h"

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

/// How an artifact of the chosen design was compared with the engine.
struct ArtifactProof {
    std::string artifact; ///< as a sentence names it
    std::string compiler; ///< none for what is not compiled
    std::int64_t samples = 0;
    std::int64_t differing_samples = 0;
};

Result<ArtifactProof> deploy_c(const fs::path& folder, const IntegerProgram& program,
                               const std::vector<float>& samples, const std::vector<std::int32_t>& expected) {
    for (const EmittedFile& file : emit_c_project(program)) {
        TANDEM_TRY(write_file(folder / file.name, file.contents, Existing::replace));
    }
    const CProof proof = TANDEM_TRY(prove_c(folder, program, samples, expected));
    return ArtifactProof{.artifact = "C",
                         .compiler = proof.compiler,
                         .samples = proof.samples,
                         .differing_samples = proof.differing_samples};
}

/// Of what no C computes, as narrow accumulators: a QONNX file, whose proof is what it reads back as.
Result<ArtifactProof> deploy_onnx(const fs::path& folder, const QuantizedNetwork& quantized,
                                  const Evaluator& evaluator, const std::vector<std::int32_t>& expected) {
    constexpr QuantizedOnnxForm kForm = QuantizedOnnxForm::qonnx;
    const fs::path file = folder / "quantized.onnx";
    const QuantizedOnnx written = TANDEM_TRY(to_onnx_form(quantized.network, quantized.strategy, kForm));
    TANDEM_TRY(write_file(file, emit_quantized_onnx(written, kForm), Existing::replace));
    ImportedNetwork imported = TANDEM_TRY(import_network(file.string()));
    if (!imported.strategy) return failed(file.string(), "", "no strategy when it is read back", "one");
    const IntegerProgram again = TANDEM_TRY(
        lower_to_integers(prepare_for_deployment(std::move(imported.network)), *imported.strategy));
    const std::vector<std::int32_t> outputs = evaluator.outputs(again);
    ArtifactProof proof{
        .artifact = "ONNX", .compiler = {}, .samples = static_cast<std::int64_t>(evaluator.labels().size())};
    const std::size_t classes = expected.size() / evaluator.labels().size();
    for (std::size_t first = 0; first < expected.size(); first += classes) {
        const auto begin = static_cast<std::ptrdiff_t>(first);
        const auto end = begin + static_cast<std::ptrdiff_t>(classes);
        if (!std::equal(expected.begin() + begin, expected.begin() + end, outputs.begin() + begin)) {
            ++proof.differing_samples;
        }
    }
    return proof;
}

/// Writes the chosen design, as the network that its strategy is for and as an artifact, which it proves on
/// the test images.
Result<ArtifactProof> deploy_chosen(const RunPaths& paths, const QuantizedNetwork& quantized,
                                    const IntegerProgram& program, const std::vector<float>& samples,
                                    const Evaluator& evaluator, const std::vector<std::int32_t>& expected) {
    const fs::path folder = paths.chosen();
    TANDEM_TRY(make_folder(folder));
    TANDEM_TRY(write_file(folder / "strategy.json",
                          to_json(to_document(quantized.strategy), JsonLayout::indented) + "\n",
                          Existing::replace));
    TANDEM_TRY(write_file(folder / "network.onnx", emit_onnx(quantized.network), Existing::replace));
    ArtifactProof proof = TANDEM_TRY(unemittable_arithmetic(program).empty()
                                         ? deploy_c(folder, program, samples, expected)
                                         : deploy_onnx(folder, quantized, evaluator, expected));
    if (proof.differing_samples == 0) return proof;
    return failed(folder.string(), "",
                  fmt::format("{} that differs from the engine on {} of {} images", proof.artifact,
                              proof.differing_samples, proof.samples),
                  "none; this is a defect of Tandem, please report it");
}

Document to_document(const ArtifactProof& proof) {
    Document::Map map{{"artifact", proof.artifact},
                      {"samples", proof.samples},
                      {"differing_samples", proof.differing_samples}};
    if (!proof.compiler.empty()) map.emplace_back("compiler", proof.compiler);
    return map;
}

} // namespace

Result<Document> write_outputs(const QuantizationProblem& problem, const std::vector<StoredDesign>& designs,
                               const RunStore& store, const RunPaths& paths, Phases phases,
                               Deployment deployment, std::optional<FineTuned> tuned, Progress& progress) {
    Selection selection = TANDEM_TRY(select_designs(problem, designs));
    FineTuned* const trained = tuned ? &*tuned : nullptr;
    if (trained != nullptr) {
        phases.emplace_back("fine-tuning", trained->account.seconds);
        selection.chosen = *trained->chosen().design;
    }
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
    const auto program_of = [](const QuantizedNetwork& network) {
        return lower_to_integers(network.network, network.strategy);
    };
    const QuantizedNetwork reference =
        TANDEM_TRY(final_network(problem, designs, selection.reference, trained));
    const IntegerProgram reference_program = TANDEM_TRY(program_of(reference));
    figures.reference_test_accuracy = accuracy_of(evaluator.outputs(reference_program), labels);
    const QuantizedNetwork quantized = TANDEM_TRY(final_network(problem, designs, selection.chosen, trained));
    const IntegerProgram chosen = TANDEM_TRY(program_of(quantized));
    const std::vector<std::int32_t> outputs = evaluator.outputs(chosen);
    figures.chosen_test_accuracy = accuracy_of(outputs, labels);
    if (trained != nullptr) {
        for (FinalStrategy& one : trained->finals) {
            const IntegerProgram program = TANDEM_TRY(program_of(one.network));
            one.test_accuracy = accuracy_of(evaluator.outputs(program), labels);
        }
    }
    end_phase("test accuracy");
    if (deployment == Deployment::proven) {
        progress.update(1, "proving what is deployed");
        const ArtifactProof proof =
            TANDEM_TRY(deploy_chosen(paths, quantized, chosen, samples, evaluator, outputs));
        TANDEM_TRY(write_file(proof_path(paths), to_json(to_document(proof), JsonLayout::indented) + "\n",
                              Existing::replace));
        end_phase("proof of what is deployed");
    }
    progress.update(2, "writing the report");
    Document front = front_document(problem, designs, selection, figures, trained);
    add_memory_maps(front, problem, designs, trained);
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

std::string format_run(const Document& front, const RunPaths& paths, double tuning_seconds) {
    std::error_code ignored;
    const bool is_c = fs::exists(paths.chosen() / "network.c", ignored);
    const std::string tuning = format_fine_tuning(front, tuning_seconds);
    return fmt::format(
        "{}{}{}\nreport:  {}\nchosen:  {} ({}, proven equal to the engine on {} test images)\n\n{}",
        format_front(front, kRowsAtTheEnd), tuning.empty() ? "" : "\n", tuning, paths.report().string(),
        paths.chosen().string(), is_c ? "C" : "ONNX",
        *front.find("dataset")->find("test_samples")->get_if<std::int64_t>(), format_outcome(front));
}

} // namespace tandem::app
