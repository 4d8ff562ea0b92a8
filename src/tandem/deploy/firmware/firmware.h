// A network as the image of a board: sources beside the generated C, the image built from them, and the
// proof that it computes on the (emulated) board what the engine computes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tandem/core/progress.h"
#include "tandem/core/result.h"
#include "tandem/core/units.h"
#include "tandem/deploy/c/c_writer.h"
#include "tandem/deploy/firmware/image_layout.h"
#include "tandem/machine/microcontroller/board.h"
#include "tandem/machine/microcontroller/board_fit.h"

namespace tandem {

/// Whether each step's output leaves the image too, and its working memory is watched over: guards.h.
enum class Tracing { none, every_step };

/// The linker script for those memories.
std::string link_script(const Memory& flash, const Memory& ram, Tracing tracing = Tracing::none);

/// The sources of an image of the program or the operating points: those of emit_c, main.c, the start-up
/// code, timer and semihosting, link.ld for the board and link_emulator.ld for its emulator, and a Makefile.
std::vector<EmittedFile> emit_firmware(const OperatingPoints& points, const Board& board,
                                       WeightStorage storage = WeightStorage::plain);

/// Bytes of an image, and what they are for, as its objects tell before they are linked.
struct ImageSize {
    Bytes weights; ///< weights.c
    Bytes tables;  ///< the constants of network.c
    Bytes code;    ///< of the network: kernels.c and network.c
    Bytes support; ///< start-up, main, semihosting, timer and what the compiler's library adds
    Bytes arena;   ///< working memory of the network
    ImageLayout layout;

    Bytes flash() const { return layout.flash(); }  ///< the whole image
    Bytes static_ram() const { return layout.ram; } ///< everything in RAM but the stack

    bool operator==(const ImageSize&) const = default;
};

struct Image {
    std::filesystem::path file; ///< ELF
    ImageSize size;
    Bytes stack_bound; ///< how deep the stack can grow, by the frames of the deepest chain of calls
    std::optional<ImageOverflow> overflow; ///< then there is no file
};

/// The compiler with the options that every source of an image is compiled with.
std::vector<std::string> compile_command(const Target& target, const std::string& optimization);
/// The archives that an image is linked with, as the compiler finds them for the target. Errors: no compiler.
[[nodiscard]] Result<std::vector<Library>> load_libraries(const Target& target);

/// Compiles and links the sources in `directory` into `workplace`, at the addresses of the board's
/// emulator and in memories of the board's size; an image that traces may take all that the emulator has, and
/// has no sizes. Sizes are known before the linker runs, and its image must have them to the byte; one that
/// does not fit is not linked. `optimization` is the compiler's: "-O3". Errors: no compiler, sources that do
/// not compile or link, a linked image of other sizes.
[[nodiscard]] Result<Image> build_firmware(const std::filesystem::path& directory, const Board& board,
                                           const std::string& optimization, Tracing tracing,
                                           const std::filesystem::path& workplace);

/// The instructions of one inference at an operating point, over all samples.
struct InstructionCounts {
    std::int64_t least = 0;
    std::int64_t most = 0;
    double mean = 0.0;
    /// Of each step of the program, means too; the rest is what copies the output.
    std::vector<double> steps;
};

/// What a run of an image said.
struct FirmwareProof {
    std::int64_t samples = 0;
    std::int64_t differing_samples = 0; ///< with any differing integer in any step's output, at any point
    std::string first_difference;       ///< the step and place; empty where there is none
    std::vector<InstructionCounts> points;
    Bytes stack; ///< how deep it grew, by painting
    Image image; ///< the one that was measured, without tracing
};

/// Builds the image and runs it on the emulator with float samples (N, C, H, W), each at every operating
/// point, once to count and once to compare every step's output with the engine. An image that does not fit
/// the board is not run. Errors: a missing compiler or emulator (with the package that has it), a fault of
/// the image.
[[nodiscard]] Result<FirmwareProof> prove_firmware(const std::filesystem::path& directory, const Board& board,
                                                   const std::string& optimization,
                                                   const OperatingPoints& points,
                                                   std::span<const float> samples, Progress& progress);

} // namespace tandem
