#include "tandem/machine/microcontroller/board.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace tandem {

namespace {

constexpr Bytes kilobytes(std::int64_t count) { return Bytes(count * 1024); }

// Memory maps and timers: Arm application notes AN385, AN386, AN500, AN505 and AN547. Timers that follow
// the processor run at 25 MHz on AN385, AN386 and AN500, 20 MHz on AN505, 32 MHz on AN547, and 168 MHz on
// the Netduino. QEMU's minstret counts nanoseconds of its own time.
const Emulator kAn385{.machine = "mps2-an385",
                      .flash = {0x00000000, kilobytes(4096)},
                      .ram = {0x20000000, kilobytes(4096)},
                      .timer = Timer::cmsdk,
                      .timer_base = 0x40000000,
                      .ticks_per_instruction = 1.6};

Emulator an38x(std::string_view machine) {
    Emulator emulator = kAn385;
    emulator.machine = machine;
    return emulator;
}

const Toolchain kArm{.compiler = "arm-none-eabi-gcc",
                     .compiler_package = "gcc-arm-none-eabi libnewlib-arm-none-eabi",
                     .emulator = "qemu-system-arm",
                     .emulator_package = "qemu-system-arm",
                     .emulator_flags = {},
                     .start_up = "start_cortex_m",
                     .entry = "start",
                     .libraries = {"-lc", "-lgcc"}};
const Toolchain kRiscV{.compiler = "riscv64-unknown-elf-gcc",
                       .compiler_package = "gcc-riscv64-unknown-elf",
                       .emulator = "qemu-system-riscv32",
                       .emulator_package = "qemu-system-misc",
                       .emulator_flags = {"-bios", "none"},
                       .start_up = "start_riscv",
                       .entry = "run",
                       .libraries = {"-lgcc"}};

/// Of the libraries of GCC 12, measured by painting. Armv6-M converts long integers by way of doubles; later
/// ones do float arithmetic in assembly; with a floating-point unit only conversions of long integers are
/// left.
constexpr LibraryStack kByDoubles{.floats = Bytes(96), .others = Bytes(64)};
constexpr LibraryStack kInAssembly{.floats = Bytes(32), .others = Bytes(64)};
constexpr LibraryStack kInHardware{.floats = Bytes(8), .others = Bytes(64)};
constexpr LibraryStack kOnRiscV{.floats = Bytes(64), .others = Bytes(64)};

Target cortex(std::string_view name, std::string_view description, std::vector<std::string> flags,
              std::string_view default_board) {
    flags.insert(flags.begin(), {"-mthumb", fmt::format("-mcpu={}", name)});
    return {.name = name,
            .description = description,
            .toolchain = &kArm,
            .compiler_flags = std::move(flags),
            .library_stack = kInAssembly,
            .default_board = default_board};
}

Target with_vectors(Target target) {
    target.array_alignment = 8;
    target.has_vectors = true;
    target.library_stack = kInHardware;
    return target;
}

Target without_long_multiplies(Target target) {
    target.library_stack = kByDoubles;
    return target;
}

/// With estimates of cycles an instruction, and of microwatts a megahertz.
Target estimated(Target target, double cycles, double microwatts) {
    target.cycles_per_instruction = cycles;
    target.microwatts_per_megahertz = microwatts;
    return target;
}

template <class Entry> const Entry* find_named(const std::vector<Entry>& entries, std::string_view name) {
    const auto found =
        std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.name == name; });
    return found == entries.end() ? nullptr : &*found;
}

} // namespace

Bytes LibraryStack::of(std::string_view function) const {
    constexpr std::array<std::string_view, 4> kArmFloats{"__aeabi_f", "__aeabi_i2f", "__aeabi_l2f",
                                                         "__aeabi_cf"};
    const bool is_float =
        std::ranges::any_of(kArmFloats, [&](std::string_view start) { return function.starts_with(start); });
    return is_float ? floats : others;
}

const std::vector<Target>& known_targets() {
    // Cycles an instruction: the M4's lies between 1.05 and 1.6 by kernel. Microwatts per megahertz: Arm's
    // figures for the cores alone. Both are estimates, and what prints them says so.
    static const std::vector<Target> kTargets{
        without_long_multiplies(
            estimated(cortex("cortex-m0", "Armv6-M, 32-bit multiplies only", {}, "microbit"), 0.0, 5.3)),
        estimated(cortex("cortex-m3", "Armv7-M", {}, "mps2-an385"), 0.0, 11.0),
        cortex("cortex-m33", "Armv8-M with the DSP extension", {"-mfloat-abi=soft"}, "mps2-an505"),
        estimated(cortex("cortex-m4", "Armv7-M with the DSP extension", {"-mfloat-abi=soft"}, "mps2-an386"),
                  1.39, 12.3),
        with_vectors(
            cortex("cortex-m55", "Armv8.1-M with DSP and vectors", {"-mfloat-abi=hard"}, "mps3-an547")),
        estimated(cortex("cortex-m7", "Armv7-M with the DSP extension", {"-mfloat-abi=soft"}, "mps2-an500"),
                  0.91, 33.0),
        {.name = "rv32imc",
         .description = "32-bit RISC-V with multiplication and short instructions",
         .toolchain = &kRiscV,
         .compiler_flags = {"-march=rv32imc", "-mabi=ilp32", "-mcmodel=medany", "-mno-relax"},
         .library_stack = kOnRiscV,
         .default_board = "virt-rv32"},
    };
    return kTargets;
}

const std::vector<Board>& known_boards() {
    // Sizes of the boards one can buy: data sheets of the nRF51822, STM32F412, STM32F767 and STM32F405.
    static const std::vector<Board> kBoards{
        {"microbit",
         "BBC micro:bit, nRF51822",
         "cortex-m0",
         {0x00000000, kilobytes(256)},
         {0x20000000, kilobytes(16)},
         {"microbit", {0x00000000, kilobytes(256)}, {0x20000000, kilobytes(16)}, Timer::nrf51, 0, 1.024}},
        {"mps2-an385",
         "Arm MPS2 with a Cortex-M3",
         "cortex-m3",
         {0x00000000, kilobytes(4096)},
         {0x20000000, kilobytes(4096)},
         kAn385},
        {"mps2-an386",
         "Arm MPS2 with a Cortex-M4",
         "cortex-m4",
         {0x00000000, kilobytes(4096)},
         {0x20000000, kilobytes(4096)},
         an38x("mps2-an386")},
        {"mps2-an500",
         "Arm MPS2 with a Cortex-M7",
         "cortex-m7",
         {0x00000000, kilobytes(4096)},
         {0x20000000, kilobytes(4096)},
         an38x("mps2-an500")},
        {"mps2-an505",
         "Arm MPS2 with a Cortex-M33",
         "cortex-m33",
         {0x10000000, kilobytes(4096)},
         {0x38000000, kilobytes(4096)},
         {"mps2-an505",
          {0x10000000, kilobytes(4096)},
          {0x38000000, kilobytes(4096)},
          Timer::cmsdk,
          0x50000000,
          1.28}},
        {"mps3-an547",
         "Arm MPS3 with a Cortex-M55",
         "cortex-m55",
         {0x10000000, kilobytes(512)},
         {0x30000000, kilobytes(512)},
         {"mps3-an547",
          {0x10000000, kilobytes(512)},
          {0x30000000, kilobytes(512)},
          Timer::systick,
          0,
          2.048}},
        {"netduinoplus2",
         "Netduino Plus 2, STM32F405",
         "cortex-m4",
         {0x08000000, kilobytes(1024)},
         {0x20000000, kilobytes(128)},
         {"netduinoplus2",
          {0x08000000, kilobytes(1024)},
          {0x20000000, kilobytes(128)},
          Timer::systick,
          0,
          10.752}},
        {"nucleo-f412zg",
         "ST Nucleo with an STM32F412",
         "cortex-m4",
         {0x08000000, kilobytes(1024)},
         {0x20000000, kilobytes(256)},
         an38x("mps2-an386")},
        {"nucleo-f767zi",
         "ST Nucleo with an STM32F767",
         "cortex-m7",
         {0x08000000, kilobytes(2048)},
         {0x20000000, kilobytes(512)},
         an38x("mps2-an500")},
        {"virt-rv32",
         "QEMU's generic RISC-V machine",
         "rv32imc",
         {0x80000000, kilobytes(4096)},
         {0x80400000, kilobytes(4096)},
         {"virt", {0x80000000, kilobytes(4096)}, {0x80400000, kilobytes(4096)}, Timer::instret, 0, 64.0}},
    };
    return kBoards;
}

const Target* find_target(std::string_view name) { return find_named(known_targets(), name); }
const Board* find_board(std::string_view name) { return find_named(known_boards(), name); }

} // namespace tandem
