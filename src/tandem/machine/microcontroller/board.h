// Where generated C can run: the processors it is compiled for, and the boards with their memories and the
// emulators that stand in for them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/core/units.h"

namespace tandem {

/// The most that functions of the compiler's libraries put on the stack, in what our code calls of them.
struct LibraryStack {
    Bytes floats; ///< arithmetic and conversions of float32
    Bytes others;

    /// By the name that the compiler calls it by.
    Bytes of(std::string_view function) const;
};

/// The programs for an instruction set, and what an image of it begins with.
struct Toolchain {
    std::string_view compiler; ///< "arm-none-eabi-gcc"
    std::string_view compiler_package;
    std::string_view emulator; ///< "qemu-system-arm"
    std::string_view emulator_package;
    std::vector<std::string> emulator_flags; ///< that all its machines need
    std::string_view start_up;               ///< the source that runs from reset to main: "start_cortex_m"
    std::string_view entry;                  ///< the first function of it that has a frame
    std::vector<std::string> libraries;      ///< for the linker
};

/// A processor, and how the compiler is told of it.
struct Target {
    std::string_view name; ///< "cortex-m4"
    std::string_view description;
    const Toolchain* toolchain = nullptr;
    std::vector<std::string> compiler_flags;
    LibraryStack library_stack;
    /// Cycles an instruction takes on average in code like ours, and the power of the core by its clock;
    /// 0 where no figure is known. Estimates, to be labelled so.
    double cycles_per_instruction = 0.0;
    double microwatts_per_megahertz = 0.0;
    std::int64_t array_alignment = 4; ///< of static arrays, in bytes: eight where vectors load from them
    bool has_vectors = false;         ///< M-profile vectors, of 16 bytes
    std::string_view default_board;   ///< the one that `tandem deploy --target` takes without --board
};

/// A stretch of addresses.
struct Memory {
    std::uint32_t origin = 0;
    Bytes size;
};

/// The timer by which an emulated board counts instructions.
enum class Timer {
    cmsdk,   ///< timer 0 of Arm's Cortex-M System Design Kit
    systick, ///< the processor's own
    nrf51,   ///< TIMER0 of the nRF51
    instret, ///< RISC-V's own counter of instructions
};

/// A machine of QEMU, run with one instruction in 64 ns of its time (-icount shift=6).
struct Emulator {
    std::string_view machine; ///< "mps2-an386"
    Memory flash;             ///< where it has code
    Memory ram;               ///< where it has data
    Timer timer = Timer::cmsdk;
    std::uint32_t timer_base = 0;     ///< of the cmsdk timer
    double ticks_per_instruction = 0; ///< of a clock: 64 ns times its frequency
};

/// A board one can buy or emulate. Where QEMU does not have it, the same objects are linked at the addresses
/// of a machine with the same processor, in memories of the board's size.
struct Board {
    std::string_view name; ///< "nucleo-f412zg"
    std::string_view description;
    std::string_view target;
    Memory flash;
    Memory ram;
    Emulator emulator;

    /// Whether the emulator has the board's own addresses.
    bool is_emulated() const {
        return flash.origin == emulator.flash.origin && ram.origin == emulator.ram.origin;
    }
};

/// Sorted by name.
const std::vector<Target>& known_targets();
const std::vector<Board>& known_boards();
/// The one of that name, or null.
const Target* find_target(std::string_view name);
const Board* find_board(std::string_view name);

} // namespace tandem
