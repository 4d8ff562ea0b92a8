// What an image will take, without a compiler: for searches, which ask for thousands of networks.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/core/units.h"
#include "tandem/deploy/c/encoded_weights.h"
#include "tandem/deploy/firmware/board.h"
#include "tandem/engine/integer_program.h"

namespace tandem {

/// The parts of an image whose sizes code_sizes.csv holds, a processor at a time, at the optimisation that
/// `tandem deploy` has by default. Kernels of a file do not share code there: each takes what it takes alone.
struct PartSize {
    Bytes bytes;
    std::map<std::string, Bytes> library; ///< members of the compiler's libraries that it needs, by a symbol
};

/// The names of parts. A narrow layer's kernel has the widths of its weights in its name: "layer_48".
inline constexpr std::string_view kFirstCallPart = "call";     ///< the functions of a classifier of one step
inline constexpr std::string_view kNextCallPart = "next_call"; ///< what each further step adds to it
/// The kernels that a program needs: "layer_8", "max_pool".
std::vector<std::string> kernel_parts(const IntegerProgram& program, WeightStorage storage);
/// The table of a step of that kernel: "table:max_pool".
std::string table_part(std::string_view kernel);
/// Start-up, main, semihosting and timer of a board: "board:mps2-an386".
std::string board_part(std::string_view board);

/// Of a target; the table has all that Tandem knows.
const std::map<std::string, PartSize>& part_sizes(std::string_view target);

/// Sizes as ImageSize has them, padding between sections left out. Weights are exact, working memory to four
/// bytes.
struct SizeEstimate {
    Bytes weights;
    Bytes tables;
    Bytes code;    ///< of the network
    Bytes support; ///< what the board and the compiler's libraries add
    Bytes arena;   ///< working memory of the network

    Bytes flash() const { return weights + tables + code + support; }

    bool operator==(const SizeEstimate&) const = default;
};
SizeEstimate estimate_size(const IntegerProgram& program, const Board& board,
                           WeightStorage storage = WeightStorage::plain);

} // namespace tandem
