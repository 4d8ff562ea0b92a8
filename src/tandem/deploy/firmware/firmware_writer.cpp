#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tandem/core/check.h"
#include "tandem/deploy/c/c_runtime.h"
#include "tandem/deploy/firmware/firmware.h"

namespace tandem {

namespace {

std::string_view timer_source(Timer timer) {
    switch (timer) {
    case Timer::cmsdk: return "timer_cmsdk.c";
    case Timer::systick: return "timer_systick.c";
    case Timer::nrf51: return "timer_nrf51.c";
    case Timer::instret: return "timer_instret.c";
    }
    return "";
}

/// Whether an image for the target has the source; timers are chosen by the board.
bool belongs_to(std::string_view source, const Target& target) {
    if (source.starts_with("timer_")) return false;
    const bool is_start_up = source.starts_with("start_") && source.ends_with(".c");
    return !is_start_up || source == fmt::format("{}.c", target.toolchain->start_up);
}

void replace_all(std::string& text, std::string_view field, const std::string& value) {
    for (std::size_t place = 0; (place = text.find(field, place)) != std::string::npos;
         place += value.size()) {
        text.replace(place, field.size(), value);
    }
}

/// The network's working memory between guards (guards.h), its end at the beginning of one. QEMU asks for the
/// access to a buffer of semihosting at the start of its page of 1 KiB, so that no guard may lie there.
constexpr std::string_view kGuardedArena = R"(    image_flash_start = ORIGIN(FLASH);
    image_flash_end = ORIGIN(FLASH) + LENGTH(FLASH);
    image_ram_start = ORIGIN(RAM);
    image_ram_end = ORIGIN(RAM) + LENGTH(RAM);
    .guard_low (NOLOAD) : ALIGN(1024) {
        . += 992;
        image_guard_low = .;
        . += 32;
    } > RAM
    .arena (ADDR(.guard_low) + 1024 + (1056 - SIZEOF(.arena) % 1024) % 1024) (NOLOAD) : {
        image_arena_start = .;
        *network.o(.bss .bss.* .sbss .sbss.* COMMON)
        . = ALIGN(4);
        image_arena_end = .;
    } > RAM
    .guard_high (NOLOAD) : {
        . = ALIGN(32);
        image_guard_high = .;
        . += 32;
    } > RAM
)";

std::string makefile(const Board& board, const Target& target) {
    const Toolchain& toolchain = *target.toolchain;
    return fmt::format(R"(# {board}: the image of {description}, and a run of it on QEMU.
CC = {compiler}
OPTIMIZATION = -O3
CFLAGS = -std=gnu99 -ffreestanding -fno-merge-constants {flags} $(OPTIMIZATION) -DTANDEM_INTEGER_INPUT -DTANDEM_TIMER_BASE=0x{timer:08X}
OBJECTS = kernels.o network.o weights.o main.o semihosting.o {start_up}.o timer.o

all: firmware.elf

firmware.elf: $(OBJECTS) link.ld
	$(CC) $(CFLAGS) -nostartfiles -nostdlib -T link.ld $(OBJECTS) {libraries} -o $@

emulated.elf: $(OBJECTS) link_emulator.ld
	$(CC) $(CFLAGS) -nostartfiles -nostdlib -T link_emulator.ld $(OBJECTS) {libraries} -o $@

# Reads samples.bin, writes outputs.bin.
run: emulated.elf
	{emulator} -machine {machine} {emulator_flags} -nographic -monitor none -serial none -icount shift=6 \
		-semihosting-config enable=on,target=native -kernel emulated.elf

clean:
	rm -f $(OBJECTS) firmware.elf emulated.elf

.PHONY: all run clean
)",
                       fmt::arg("board", board.name), fmt::arg("description", board.description),
                       fmt::arg("compiler", toolchain.compiler),
                       fmt::arg("flags", fmt::join(target.compiler_flags, " ")),
                       fmt::arg("timer", board.emulator.timer_base), fmt::arg("start_up", toolchain.start_up),
                       fmt::arg("libraries", fmt::join(toolchain.libraries, " ")),
                       fmt::arg("emulator", toolchain.emulator), fmt::arg("machine", board.emulator.machine),
                       fmt::arg("emulator_flags", fmt::join(toolchain.emulator_flags, " ")));
}

} // namespace

std::string link_script(const Memory& flash, const Memory& ram, Tracing tracing) {
    const auto source = std::find_if(firmware_sources().begin(), firmware_sources().end(),
                                     [](const CRuntimeFile& file) { return file.name == "link.ld"; });
    TANDEM_CHECK(source != firmware_sources().end(), "a linker script among the sources");
    std::string script(source->source);
    replace_all(script, "@GUARDED_ARENA@",
                std::string(tracing == Tracing::every_step ? kGuardedArena : std::string_view()));
    replace_all(script, "@FLASH_ORIGIN@", fmt::format("0x{:08X}", flash.origin));
    replace_all(script, "@FLASH_BYTES@", fmt::format("{}", flash.size.value));
    replace_all(script, "@RAM_ORIGIN@", fmt::format("0x{:08X}", ram.origin));
    replace_all(script, "@RAM_BYTES@", fmt::format("{}", ram.size.value));
    replace_all(script, "@STACK_BYTES@", fmt::format("{}", kStackBytes.value));
    return script;
}

std::vector<EmittedFile> emit_firmware(const OperatingPoints& points, const Board& board,
                                       WeightStorage storage) {
    const Target* target = find_target(board.target);
    TANDEM_CHECK(target != nullptr, "a board whose processor is known");
    std::vector<EmittedFile> files = emit_c(points, storage);
    for (const CRuntimeFile& source : firmware_sources()) {
        const std::string text(source.source);
        if (source.name == "link.ld") {
            files.push_back({"link.ld", link_script(board.flash, board.ram)});
            files.push_back({"link_emulator.ld", link_script({board.emulator.flash.origin, board.flash.size},
                                                             {board.emulator.ram.origin, board.ram.size})});
        } else if (source.name == timer_source(board.emulator.timer)) {
            files.push_back({"timer.c", text});
        } else if (belongs_to(source.name, *target)) {
            files.push_back({std::string(source.name), with_names_of(points.first(), text)});
        }
    }
    files.push_back({"Makefile", makefile(board, *target)});
    return files;
}

} // namespace tandem
