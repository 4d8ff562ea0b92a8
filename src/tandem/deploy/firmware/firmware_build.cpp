#include <utility>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/core/files.h"
#include "tandem/core/process.h"
#include "tandem/deploy/firmware/firmware.h"
#include "tandem/deploy/firmware/image_layout.h"
#include "tandem/deploy/firmware/object_file.h"
#include "tandem/deploy/firmware/stack_bound.h"

namespace tandem {

namespace {

namespace fs = std::filesystem;

/// The sources without their ending; the first three are the network's.
std::vector<std::string_view> units_of(const Target& target) {
    return {"kernels", "network", "weights", "main", "semihosting", target.toolchain->start_up, "timer"};
}

/// The last lines of a program's output: enough to see what went wrong.
std::string last_lines(std::string output) {
    constexpr std::size_t kMost = 600;
    while (!output.empty() && output.back() == '\n') output.pop_back();
    return output.size() <= kMost ? output : "..." + output.substr(output.size() - kMost);
}

Result<void> compile(const fs::path& directory, const Board& board, const Target& target,
                     const std::string& optimization, Tracing tracing, const fs::path& workplace) {
    for (const std::string_view unit : units_of(target)) {
        std::vector<std::string> command = compile_command(target, optimization);
        command.insert(command.end(),
                       {"-fcallgraph-info=su",
                        fmt::format("-DTANDEM_TIMER_BASE=0x{:08X}", board.emulator.timer_base),
                        "-I" + directory.string(), "-c", (directory / fmt::format("{}.c", unit)).string(),
                        "-o", (workplace / fmt::format("{}.o", unit)).string()});
        if (tracing == Tracing::every_step) command.emplace_back("-DTANDEM_TRACE");
        const FinishedProcess finished = TANDEM_TRY(run_process(command));
        if (finished.status != 0) {
            return failed(directory.string(), fmt::format("compiling {}.c", unit),
                          last_lines(finished.output), "C that compiles");
        }
    }
    return {};
}

/// Of all sections that begin so: ".rodata" and ".rodata.str1.1".
Bytes total_of(const ObjectFile& object, const std::string& prefix) {
    Bytes total(0);
    for (const ObjectSection& section : object.sections) {
        if (section.name == prefix || section.name.starts_with(prefix + ".")) total += section.size;
    }
    return total;
}

Result<ObjectFile> load_object(const fs::path& file) {
    return parse_object(TANDEM_TRY(read_file(file)), file.string());
}

/// What the objects in `workplace` will be, linked.
Result<ImageSize> predict_size(const Target& target, const fs::path& workplace) {
    std::vector<ObjectFile> objects;
    for (const std::string_view unit : units_of(target)) {
        objects.push_back(TANDEM_TRY(load_object(workplace / fmt::format("{}.o", unit))));
    }
    const ObjectFile& kernels = objects[0];
    const ObjectFile& network = objects[1];
    const ObjectFile& weights = objects[2];
    ImageSize size;
    size.weights = total_of(weights, ".rodata");
    size.tables = total_of(network, ".rodata") + total_of(kernels, ".rodata");
    size.code = total_of(network, ".text") + total_of(kernels, ".text");
    size.arena = total_of(network, ".bss") + total_of(network, ".data");
    const std::vector<Library> libraries = TANDEM_TRY(load_libraries(target));
    size.layout = TANDEM_TRY(lay_out_image(std::move(objects), libraries));
    size.support = size.flash() - size.weights - size.tables - size.code;
    return size;
}

/// That the linker did what was foretold.
Result<void> check_sections(const fs::path& image, const ImageLayout& layout) {
    const ObjectFile linked = TANDEM_TRY(load_object(image));
    for (const auto& [name, bytes] :
         {std::pair(".text", layout.text), std::pair(".data", layout.data), std::pair(".bss", layout.bss)}) {
        const Bytes found = total_of(linked, name);
        if (found != bytes) {
            return failed(image.filename().string(), name, fmt::format("{} bytes", found.value),
                          fmt::format("{}, as its objects say; this is a defect of Tandem, please report it",
                                      bytes.value));
        }
    }
    return {};
}

/// Registers that the processor stores for an interrupt (Armv7-M, B1.5.6: eight words, eighteen more with
/// floating point, and one to align them), and the frame of the timer's handler.
constexpr Bytes kInterruptStack(4 * (8 + 18 + 1) + 8);

Result<Bytes> bound_stack(const Board& board, const Target& target, const fs::path& workplace) {
    std::vector<std::string> graphs;
    for (const std::string_view unit : units_of(target)) {
        const fs::path graph = workplace / fmt::format("{}.ci", unit);
        graphs.push_back(TANDEM_TRY(read_file(graph)));
    }
    const Bytes calls =
        TANDEM_TRY(deepest_calls(graphs, std::string(target.toolchain->entry), target.library_stack));
    return board.emulator.timer == Timer::systick ? calls + kInterruptStack : calls;
}

} // namespace

std::vector<std::string> compile_command(const Target& target, const std::string& optimization) {
    // Merged constants would make the image smaller than its objects say; a fused multiply-add rounds once
    // where the engine rounds twice.
    std::vector<std::string> command{std::string(target.toolchain->compiler),
                                     "-std=gnu99",
                                     "-ffreestanding",
                                     "-fno-merge-constants",
                                     "-ffp-contract=off",
                                     optimization,
                                     "-DTANDEM_INTEGER_INPUT"};
    command.insert(command.end(), target.compiler_flags.begin(), target.compiler_flags.end());
    return command;
}

Result<std::vector<Library>> load_libraries(const Target& target) {
    std::vector<Library> libraries;
    for (const std::string& option : target.toolchain->libraries) {
        const std::string name = "lib" + option.substr(std::string_view("-l").size()) + ".a";
        std::vector<std::string> command{std::string(target.toolchain->compiler)};
        command.insert(command.end(), target.compiler_flags.begin(), target.compiler_flags.end());
        command.push_back("-print-file-name=" + name);
        FinishedProcess found = TANDEM_TRY(run_process(command));
        while (!found.output.empty() && found.output.back() == '\n') found.output.pop_back();
        libraries.push_back({.name = found.output, .bytes = TANDEM_TRY(read_file(found.output))});
    }
    return libraries;
}

Result<Image> build_firmware(const fs::path& directory, const Board& board, const std::string& optimization,
                             Tracing tracing, const fs::path& workplace) {
    const Target* target = find_target(board.target);
    TANDEM_CHECK(target != nullptr, "a board whose processor is known");
    const Toolchain& toolchain = *target->toolchain;
    const std::string compiler(toolchain.compiler);
    if (find_program(compiler).empty()) {
        return failed(compiler, "", "no such program",
                      fmt::format("the cross compiler (apt-get install {})", toolchain.compiler_package));
    }
    TANDEM_TRY(compile(directory, board, *target, optimization, tracing, workplace));
    Image image{.file = workplace / "firmware.elf", .size = {}, .stack_bound = {}, .overflow = std::nullopt};
    const bool is_measured = tracing == Tracing::none;
    if (is_measured) {
        image.size = TANDEM_TRY(predict_size(*target, workplace));
        image.overflow = find_overflow(image.size.flash(), image.size.static_ram(), board);
        if (image.overflow) return image;
        image.stack_bound = TANDEM_TRY(bound_stack(board, *target, workplace));
    }
    const Emulator& emulator = board.emulator;
    const std::string script =
        link_script({emulator.flash.origin, is_measured ? board.flash.size : emulator.flash.size},
                    {emulator.ram.origin, is_measured ? board.ram.size : emulator.ram.size}, tracing);
    TANDEM_TRY(write_file(workplace / "firmware.ld", script, Existing::replace));
    std::vector<std::string> command{compiler, "-nostartfiles", "-nostdlib", "-T",
                                     (workplace / "firmware.ld").string()};
    command.insert(command.end(), target->compiler_flags.begin(), target->compiler_flags.end());
    for (const std::string_view unit : units_of(*target)) {
        command.push_back((workplace / fmt::format("{}.o", unit)).string());
    }
    command.insert(command.end(), toolchain.libraries.begin(), toolchain.libraries.end());
    command.insert(command.end(), {"-o", image.file.string()});
    const FinishedProcess linked = TANDEM_TRY(run_process(command));
    if (linked.status != 0) {
        return failed(directory.string(), "linking", last_lines(linked.output), "an image");
    }
    if (is_measured) TANDEM_TRY(check_sections(image.file, image.size.layout));
    return image;
}

} // namespace tandem
