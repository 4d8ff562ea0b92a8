#include <algorithm>
#include <cmath>
#include <numeric>
#include <sstream>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/core/files.h"
#include "tandem/core/process.h"
#include "tandem/deploy/firmware/firmware.h"
#include "tandem/engine/integer_executor.h"
#include "tandem/machine/microcontroller/buffer_plan.h"

namespace tandem {

namespace {

namespace fs = std::filesystem;

/// Elements as generated C keeps them in memory: one or two bytes, little-endian.
void append_elements(std::string& bytes, const IntegerValues& values, const NumberFormat& format,
                     std::size_t first, std::size_t count) {
    const bool is_wide = element_size(format) == Bytes(2);
    for (std::size_t i = first; i < first + count; ++i) {
        const auto integer = static_cast<std::uint32_t>(values[i]);
        bytes.push_back(static_cast<char>(integer & 0xFFU));
        if (is_wide) bytes.push_back(static_cast<char>(integer >> 8 & 0xFFU));
    }
}

std::size_t elements_of(const IntegerProgram& program, TensorIndex tensor) {
    return static_cast<std::size_t>(program.tensors[tensor].extents.elements());
}

/// What a point computes by the engine: every tensor of every sample.
struct ExpectedTensors {
    const OperatingPoint& point;
    std::vector<IntegerValues> tensors;
};

/// The outputs of all steps for one sample, point by point: what a traced image writes.
std::string expected_trace(const std::vector<ExpectedTensors>& expected, std::size_t sample) {
    std::string bytes;
    for (const auto& [point, tensors] : expected) {
        for (const Step& step : point.program.steps) {
            const TensorIndex tensor = output_of(step);
            const std::size_t count = elements_of(point.program, tensor);
            append_elements(bytes, tensors[tensor], point.program.tensors[tensor].format, sample * count,
                            count);
        }
    }
    return bytes;
}

/// Which step's output holds byte `offset` of a sample's trace, in words.
std::string place_in_trace(const OperatingPoints& points, std::size_t sample, std::size_t offset) {
    for (const OperatingPoint& point : points.all()) {
        for (const Step& step : point.program.steps) {
            const IntegerTensor& tensor = point.program.tensors[output_of(step)];
            const auto element = static_cast<std::size_t>(element_size(tensor.format).value);
            const std::size_t size = element * elements_of(point.program, output_of(step));
            if (offset < size) {
                return fmt::format("sample {}, {}tensor {}, element {}", sample,
                                   points.are_named() ? fmt::format("point {}, ", point.name) : "",
                                   tensor.name, offset / element);
            }
            offset -= size;
        }
    }
    return fmt::format("sample {}, beyond its last tensor", sample);
}

/// What main.c prints: a name and a number a line.
struct Printed {
    std::vector<std::int64_t> ticks;
    std::vector<std::int64_t> step_ticks; ///< of traced images: all steps of one sample after the other
    std::int64_t samples = -1;
    std::int64_t stack = 0;
};

Printed read_printed(const std::string& output) {
    Printed printed;
    std::istringstream lines(output);
    std::string name;
    for (std::int64_t number = 0; lines >> name;) {
        if (name != "ticks" && name != "step_ticks" && name != "samples" && name != "stack") continue;
        if (!(lines >> number)) break;
        if (name == "ticks") printed.ticks.push_back(number);
        if (name == "step_ticks") printed.step_ticks.push_back(number);
        if (name == "samples") printed.samples = number;
        if (name == "stack") printed.stack = number;
    }
    return printed;
}

/// What was said last, behind counts of ticks: why an image ended.
std::string_view last_line(std::string_view output) {
    while (output.ends_with('\n')) output.remove_suffix(1);
    return output.substr(output.rfind('\n') + 1);
}

/// Runs an image where samples.bin lies; it leaves outputs.bin, traced ones trace.bin.
Result<Printed> run_image(const Board& board, const fs::path& image, const fs::path& workplace) {
    const Toolchain& toolchain = *find_target(board.target)->toolchain;
    const std::string emulator(toolchain.emulator);
    if (find_program(emulator).empty()) {
        return failed(emulator, "", "no such program",
                      fmt::format("the emulator (apt-get install {})", toolchain.emulator_package));
    }
    std::vector<std::string> command{"env",    "-C",       workplace.string(),
                                     emulator, "-machine", std::string(board.emulator.machine)};
    command.insert(command.end(), toolchain.emulator_flags.begin(), toolchain.emulator_flags.end());
    command.insert(command.end(),
                   {"-nographic", "-monitor", "none", "-serial", "none", "-icount", "shift=6",
                    "-semihosting-config", "enable=on,target=native", "-kernel", image.string()});
    const FinishedProcess finished = TANDEM_TRY(run_process(command));
    if (finished.status != 0) {
        return failed(image.filename().string(), fmt::format("running on {}", board.emulator.machine),
                      fmt::format("exit status {} {}", finished.status, last_line(finished.output)),
                      "an image that ends well");
    }
    return read_printed(finished.output);
}

/// Compares every step's output of every sample.
Result<void> compare_traces(const OperatingPoints& points, const IntegerValues& input, const fs::path& file,
                            FirmwareProof& proof) {
    const std::string found = TANDEM_TRY(read_file(file));
    if (proof.samples == 0) return {};
    std::vector<ExpectedTensors> engine;
    for (const OperatingPoint& point : points.all()) {
        engine.push_back({point, execute_plain(point.program, input, proof.samples)});
    }
    const std::size_t size = expected_trace(engine, 0).size();
    if (found.size() != size * static_cast<std::size_t>(proof.samples)) {
        return failed("the traced image", "its trace", fmt::format("{} bytes", found.size()),
                      fmt::format("{} samples of {}", proof.samples, size));
    }
    for (std::size_t sample = 0; sample < static_cast<std::size_t>(proof.samples); ++sample) {
        const std::string expected = expected_trace(engine, sample);
        const auto first = found.begin() + static_cast<std::ptrdiff_t>(sample * size);
        const auto [left, right] = std::mismatch(expected.begin(), expected.end(), first);
        if (left == expected.end()) continue;
        if (proof.differing_samples == 0) {
            proof.first_difference =
                place_in_trace(points, sample, static_cast<std::size_t>(left - expected.begin()));
        }
        ++proof.differing_samples;
    }
    return {};
}

/// Of a point, what every one of so many lines in turn says, beginning with its own.
void count_instructions(const std::vector<std::int64_t>& ticks, std::size_t point, std::size_t points,
                        double ticks_per_instruction, InstructionCounts& counts) {
    std::vector<std::int64_t> instructions;
    for (std::size_t i = point; i < ticks.size(); i += points) {
        instructions.push_back(std::llround(static_cast<double>(ticks[i]) / ticks_per_instruction));
    }
    if (instructions.empty()) return;
    const auto [least, most] = std::minmax_element(instructions.begin(), instructions.end());
    counts.least = *least;
    counts.most = *most;
    const std::int64_t total = std::accumulate(instructions.begin(), instructions.end(), std::int64_t{0});
    counts.mean = static_cast<double>(total) / static_cast<double>(instructions.size());
}

/// Every sample has the lines of all steps of all points.
void count_step_instructions(const std::vector<std::int64_t>& ticks, const OperatingPoints& points,
                             double ticks_per_instruction, FirmwareProof& proof) {
    if (proof.samples == 0) return;
    const double scale = ticks_per_instruction * static_cast<double>(proof.samples);
    for (std::size_t i = 0; i < points.size(); ++i) {
        proof.points[i].steps.assign(points.all()[i].program.steps.size(), 0.0);
    }
    for (std::size_t line = 0; line < ticks.size();) {
        for (InstructionCounts& counts : proof.points) {
            for (double& step : counts.steps) {
                if (line < ticks.size()) step += static_cast<double>(ticks[line++]) / scale;
            }
        }
    }
}

} // namespace

Result<FirmwareProof> prove_firmware(const fs::path& directory, const Board& board,
                                     const std::string& optimization, const OperatingPoints& points,
                                     std::span<const float> samples, Progress& progress) {
    const IntegerProgram& program = points.first(); // all take the same integers
    const std::size_t inputs = elements_of(program, program.input);
    TANDEM_CHECK(samples.size() % inputs == 0, "whole samples");
    FirmwareProof proof;
    proof.samples = static_cast<std::int64_t>(samples.size() / inputs);
    progress.begin("proof", 4);
    const TemporaryDirectory counted = TANDEM_TRY(TemporaryDirectory::create());
    proof.image = TANDEM_TRY(build_firmware(directory, board, optimization, Tracing::none, counted.path()));
    progress.update(1, "built");
    if (proof.image.overflow) {
        progress.end();
        return proof;
    }
    const IntegerValues input = quantize_input(program, samples);
    std::string bytes;
    append_elements(bytes, input, program.tensors[program.input].format, 0, input.size());
    TANDEM_TRY(write_file(counted.path() / "samples.bin", bytes, Existing::refuse));
    const Printed printed = TANDEM_TRY(run_image(board, proof.image.file, counted.path()));
    if (printed.samples != proof.samples) {
        return failed("the image", "its samples", fmt::format("{}", printed.samples),
                      fmt::format("{}", proof.samples));
    }
    proof.points.resize(points.size());
    for (std::size_t point = 0; point < points.size(); ++point) {
        count_instructions(printed.ticks, point, points.size(), board.emulator.ticks_per_instruction,
                           proof.points[point]);
    }
    proof.stack = Bytes(printed.stack);
    progress.update(2, "counted");

    const TemporaryDirectory traced = TANDEM_TRY(TemporaryDirectory::create());
    const Image tracing =
        TANDEM_TRY(build_firmware(directory, board, optimization, Tracing::every_step, traced.path()));
    TANDEM_TRY(write_file(traced.path() / "samples.bin", bytes, Existing::refuse));
    const Printed steps = TANDEM_TRY(run_image(board, tracing.file, traced.path()));
    count_step_instructions(steps.step_ticks, points, board.emulator.ticks_per_instruction, proof);
    progress.update(3, "traced");
    TANDEM_TRY(compare_traces(points, input, traced.path() / "trace.bin", proof));
    progress.update(4, "compared");
    progress.end();
    return proof;
}

} // namespace tandem
