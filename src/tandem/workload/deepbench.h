// The table of shapes of Baidu's DeepBench: convolutions and matrix products of training and inference.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tandem/core/result.h"
#include "tandem/workload/workload.h"

namespace tandem {

/// Whether a table's first line has DeepBench's columns `suite`, `kind` and `index`.
bool is_deepbench_table(std::string_view text);

/// Layers by kind: `conv` (N K C H W FY FX pad_h pad_w stride_h stride_w OY OX), `gemm` and `sparse_gemm`,
/// whose zeros are multiplied like any other value (M_gemm filters, K_gemm channels, N_gemm samples). A row
/// of `rnn` is no layer and left out. Named "SUITE KIND INDEX". Errors: cells that are no positive integers
/// below 2^31, other kinds, lines of another length, each with its line.
[[nodiscard]] Result<std::vector<NamedLayerWork>> parse_deepbench_table(std::string_view text,
                                                                        const std::string& file);

} // namespace tandem
