// What the parts of an image take, each compiled alone: code_sizes.csv, a processor at a time, at the
// optimisation that `tandem deploy` has by default.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "tandem/core/units.h"
#include "tandem/machine/microcontroller/c_layer.h"

namespace tandem {

/// Kernels of a file do not share code at that optimisation, but for what makes integers of sums by scales:
/// each takes what it takes alone.
struct PartSize {
    Bytes flash{};
    Bytes ram{};   ///< static, of a board: without the arrays of one input and one output
    Bytes stack{}; ///< of a kernel with all that it calls; of a board the calls down to the kernels
    /// Members of the compiler's libraries that it needs: a symbol of each, which others may define too,
    /// weakly, and its code.
    std::set<std::pair<std::string, Bytes>> library{};
};

/// The names of parts that are no kernels.
inline constexpr std::string_view kFirstCallPart = "call";     ///< the functions of a classifier of one step
inline constexpr std::string_view kNextCallPart = "next_call"; ///< what each further step adds to it
inline constexpr std::string_view kRescalePart = "rescale";    ///< what the kernels with scales share
/// A part as programs of that arithmetic have it: "layer_8@factors". With shifts it has its own name.
std::string part_of(std::string_view part, CArithmetic arithmetic);
/// The table of a step of that kernel: "table:max_pool".
std::string table_part(std::string_view kernel);
/// Start-up, main, semihosting and timer of a board: "board:mps2-an386".
std::string board_part(std::string_view board);

/// Of a target; the table has all that Tandem knows.
const std::map<std::string, PartSize>& part_sizes(std::string_view target);

/// The text of code_sizes.csv.
std::string_view code_size_table();

} // namespace tandem
