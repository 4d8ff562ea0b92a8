#include <charconv>
#include <map>
#include <sstream>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/core/files.h"
#include "tandem/core/process.h"
#include "tandem/deploy/firmware/firmware.h"
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
        std::vector<std::string> command{
            std::string(target.toolchain->compiler),
            "-std=gnu99",
            "-ffreestanding",
            "-fcallgraph-info=su",
            optimization,
            "-DTANDEM_INTEGER_INPUT",
            fmt::format("-DTANDEM_TIMER_BASE=0x{:08X}", board.emulator.timer_base),
            "-I" + directory.string(),
            "-c",
            (directory / fmt::format("{}.c", unit)).string(),
            "-o",
            (workplace / fmt::format("{}.o", unit)).string()};
        command.insert(command.end(), target.compiler_flags.begin(), target.compiler_flags.end());
        if (tracing == Tracing::every_step) command.emplace_back("-DTANDEM_TRACE");
        const FinishedProcess finished = TANDEM_TRY(run_process(command));
        if (finished.status != 0) {
            return failed(directory.string(), fmt::format("compiling {}.c", unit),
                          last_lines(finished.output), "C that compiles");
        }
    }
    return {};
}

/// Sizes of sections, as `size -A` prints them: "name size address".
Result<std::map<std::string, Bytes>> section_sizes(const Toolchain& toolchain, const fs::path& file) {
    const FinishedProcess finished =
        TANDEM_TRY(run_process({std::string(toolchain.size), "-A", "-d", file.string()}));
    if (finished.status != 0) {
        return failed(file.string(), "its sections", last_lines(finished.output), "an object");
    }
    std::map<std::string, Bytes> sizes;
    std::istringstream lines(finished.output);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string name;
        std::int64_t bytes = 0;
        if (words >> name >> bytes && name.starts_with('.')) sizes[name] = Bytes(bytes);
    }
    return sizes;
}

/// Of all sections that begin so: ".rodata" and ".rodata.str1.1".
Bytes total_of(const std::map<std::string, Bytes>& sizes, const std::string& prefix) {
    Bytes total(0);
    for (const auto& [name, bytes] : sizes) {
        if (name == prefix || name.starts_with(prefix + ".")) total += bytes;
    }
    return total;
}

Result<ImageSize> measure(const Toolchain& toolchain, const fs::path& workplace, const fs::path& image) {
    const auto weights = TANDEM_TRY(section_sizes(toolchain, workplace / "weights.o"));
    const auto network = TANDEM_TRY(section_sizes(toolchain, workplace / "network.o"));
    const auto kernels = TANDEM_TRY(section_sizes(toolchain, workplace / "kernels.o"));
    const auto whole = TANDEM_TRY(section_sizes(toolchain, image));
    ImageSize size;
    size.weights = total_of(weights, ".rodata");
    size.tables = total_of(network, ".rodata") + total_of(kernels, ".rodata");
    size.code = total_of(network, ".text") + total_of(kernels, ".text");
    size.arena = total_of(network, ".bss") + total_of(network, ".data");
    size.flash = total_of(whole, ".text") + total_of(whole, ".data");
    size.static_ram = total_of(whole, ".data") + total_of(whole, ".bss");
    size.support = size.flash - size.weights - size.tables - size.code;
    return size;
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
    const Bytes calls = TANDEM_TRY(
        deepest_calls(graphs, std::string(target.toolchain->entry), target.toolchain->library_stack));
    return board.emulator.timer == Timer::systick ? calls + kInterruptStack : calls;
}

/// "region `FLASH' overflowed by 123 bytes", of what the linker says; none where it says something else.
std::optional<ImageOverflow> read_overflow(const std::string& output, const Board& board) {
    for (const auto& [region, name, available] :
         {std::tuple("FLASH", "flash", board.flash.size), std::tuple("RAM", "RAM", board.ram.size)}) {
        const std::string start = fmt::format("region `{}' overflowed by ", region);
        const std::size_t place = output.find(start);
        if (place == std::string::npos) continue;
        std::int64_t bytes = 0;
        std::from_chars(output.data() + place + start.size(), output.data() + output.size(), bytes);
        return ImageOverflow{.memory = name, .needed = available + Bytes(bytes), .available = available};
    }
    return std::nullopt;
}

} // namespace

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
    const Emulator& emulator = board.emulator;
    const bool is_measured = tracing == Tracing::none;
    const std::string script =
        link_script({emulator.flash.origin, is_measured ? board.flash.size : emulator.flash.size},
                    {emulator.ram.origin, is_measured ? board.ram.size : emulator.ram.size}, tracing);
    TANDEM_TRY(write_file(workplace / "firmware.ld", script, Existing::replace));
    Image image{.file = workplace / "firmware.elf", .size = {}, .stack_bound = {}, .overflow = std::nullopt};
    std::vector<std::string> command{compiler, "-nostartfiles", "-nostdlib", "-T",
                                     (workplace / "firmware.ld").string()};
    command.insert(command.end(), target->compiler_flags.begin(), target->compiler_flags.end());
    for (const std::string_view unit : units_of(*target)) {
        command.push_back((workplace / fmt::format("{}.o", unit)).string());
    }
    command.insert(command.end(), toolchain.libraries.begin(), toolchain.libraries.end());
    command.insert(command.end(), {"-o", image.file.string()});
    const FinishedProcess linked = TANDEM_TRY(run_process(command));
    if (linked.status == 0) {
        image.size = TANDEM_TRY(measure(toolchain, workplace, image.file));
        image.stack_bound = TANDEM_TRY(bound_stack(board, *target, workplace));
        return image;
    }
    image.overflow = read_overflow(linked.output, board);
    if (!image.overflow) {
        return failed(directory.string(), "linking", last_lines(linked.output), "an image");
    }
    return image;
}

} // namespace tandem
