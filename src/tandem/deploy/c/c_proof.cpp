#include "tandem/deploy/c/c_proof.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/core/files.h"
#include "tandem/core/parallel.h"
#include "tandem/core/process.h"
#include "tandem/deploy/c/c_runtime.h"
#include "tandem/deploy/c/c_writer.h"

namespace tandem {

namespace {

/// The words of the compiler's command: CC as make takes it, or the first of the usual names on PATH.
Result<std::vector<std::string>> find_compiler() {
    std::vector<std::string> words;
    if (const char* chosen = std::getenv("CC")) { // NOLINT(concurrency-mt-unsafe): nobody sets variables
        std::istringstream text{std::string(chosen)};
        for (std::string word; text >> word;) words.push_back(word);
    }
    if (!words.empty()) return words;
    for (const char* name : {"cc", "gcc", "clang"}) {
        const std::string path = find_program(name);
        if (!path.empty()) return std::vector<std::string>{path};
    }
    return failed("C compiler", "", "none of cc, gcc and clang on PATH",
                  "one of them (apt-get install gcc), or CC naming another");
}

/// The last lines of a program's output: enough to see what went wrong.
std::string last_lines(const std::string& output) {
    constexpr std::size_t kMost = 600;
    std::string text = output.size() <= kMost ? output : "..." + output.substr(output.size() - kMost);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

Result<std::string> version_of(const std::vector<std::string>& compiler) {
    std::vector<std::string> command = compiler;
    command.emplace_back("--version");
    const FinishedProcess finished = TANDEM_TRY(run_process(command));
    if (finished.status != 0) {
        return failed(compiler[0], "--version", fmt::format("exit status {}", finished.status),
                      "a C compiler");
    }
    return finished.output.substr(0, finished.output.find('\n'));
}

Result<void> compile(const std::vector<std::string>& compiler, const IntegerProgram& program,
                     const std::filesystem::path& directory, const std::filesystem::path& workplace) {
    TANDEM_TRY(write_file(workplace / "harness.c", with_names_of(program, std::string(c_harness_source())),
                          Existing::refuse));
    std::vector<std::string> command = compiler;
    for (const std::string& word : {std::string("-std=c99"), std::string("-O3"), "-I" + directory.string(),
                                    (directory / "kernels.c").string(), (directory / "network.c").string(),
                                    (directory / "weights.c").string(), (workplace / "harness.c").string(),
                                    std::string("-o"), (workplace / "harness").string()}) {
        command.push_back(word);
    }
    const FinishedProcess finished = TANDEM_TRY(run_process(command));
    if (finished.status == 0) return {};
    return failed(directory.string(), "compiling with " + compiler[0], last_lines(finished.output),
                  "generated C that compiles");
}

/// Runs the program on some samples; its output integers, sample after sample.
Result<std::vector<std::int32_t>> run_harness(const std::filesystem::path& workplace, std::size_t shard,
                                              std::span<const float> samples) {
    const std::filesystem::path inputs = workplace / fmt::format("samples_{}", shard);
    const std::filesystem::path outputs = workplace / fmt::format("outputs_{}", shard);
    const std::string_view bytes(reinterpret_cast<const char*>(samples.data()), samples.size_bytes());
    TANDEM_TRY(write_file(inputs, bytes, Existing::refuse));
    const std::string harness = (workplace / "harness").string();
    const FinishedProcess finished = TANDEM_TRY(run_process({harness, inputs.string(), outputs.string()}));
    if (finished.status != 0) {
        return failed("generated C", "running it",
                      fmt::format("exit status {} {}", finished.status, last_lines(finished.output)),
                      "a program that ends well");
    }
    const std::string contents = TANDEM_TRY(read_file(outputs));
    std::vector<std::int32_t> integers(contents.size() / sizeof(std::int32_t));
    if (!integers.empty()) { // of no samples there is no memory to copy to
        std::memcpy(integers.data(), contents.data(), integers.size() * sizeof(std::int32_t));
    }
    return integers;
}

std::int64_t count_differing(std::span<const std::int32_t> found, std::span<const std::int32_t> expected,
                             std::size_t outputs) {
    std::int64_t differing = 0;
    for (std::size_t first = 0; first < expected.size(); first += outputs) {
        const auto sample = expected.subspan(first, outputs);
        if (!std::equal(sample.begin(), sample.end(), found.begin() + static_cast<std::ptrdiff_t>(first))) {
            ++differing;
        }
    }
    return differing;
}

} // namespace

Result<CProof> prove_c(const std::filesystem::path& directory, const OperatingPoints& points,
                       std::span<const float> samples, std::span<const std::int32_t> expected) {
    const IntegerProgram& program = points.first();
    const auto inputs = static_cast<std::size_t>(program.tensors[program.input].extents.elements());
    const auto outputs =
        points.size() * static_cast<std::size_t>(program.tensors[program.output].extents.elements());
    const std::size_t count = samples.size() / inputs;
    TANDEM_CHECK(samples.size() == count * inputs && expected.size() == count * outputs,
                 "as many outputs as samples");
    const std::vector<std::string> compiler = TANDEM_TRY(find_compiler());
    CProof proof{.samples = static_cast<std::int64_t>(count),
                 .differing_samples = 0,
                 .compiler = TANDEM_TRY(version_of(compiler))};
    const TemporaryDirectory workplace = TANDEM_TRY(TemporaryDirectory::create());
    TANDEM_TRY(compile(compiler, program, directory, workplace.path()));

    const std::size_t shards = std::max<std::size_t>(1, std::min(available_threads(), count));
    std::vector<Result<std::vector<std::int32_t>>> found(shards);
    const auto first_of = [&](std::size_t shard) { return shard * count / shards; };
    parallel_for(shards, [&](std::size_t shard) {
        const std::size_t first = first_of(shard);
        found[shard] = run_harness(workplace.path(), shard,
                                   samples.subspan(first * inputs, (first_of(shard + 1) - first) * inputs));
    });
    for (std::size_t shard = 0; shard < shards; ++shard) {
        const std::vector<std::int32_t> integers = TANDEM_TRY(std::move(found[shard]));
        const std::size_t first = first_of(shard);
        const auto part = expected.subspan(first * outputs, (first_of(shard + 1) - first) * outputs);
        if (integers.size() != part.size()) {
            return failed("generated C", "its outputs", fmt::format("{} integers", integers.size()),
                          fmt::format("{}", part.size()));
        }
        proof.differing_samples += count_differing(integers, part, outputs);
    }
    return proof;
}

} // namespace tandem
