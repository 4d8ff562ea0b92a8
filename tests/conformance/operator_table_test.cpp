// docs/operators.md says what Tandem's lists say. TANDEM_UPDATE_GOLDENS=1 rewrites it.
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "tandem/core/files.h"
#include "tandem/engine/float_kernels.h"
#include "tandem/network/operators/operators.h"

namespace tandem {
namespace {

std::string operator_table() {
    std::string text =
        "# Operators\n\n"
        "What Tandem reads of ONNX, opset 7 to 21. The table is made from the lists in "
        "`network/operators/` and\n"
        "`engine/` by `tests/conformance/operator_table_test.cpp`.\n\n"
        "All activations have the batch in front, and no operator mixes samples. Weights and "
        "what is called an\n"
        "attribute below are constants. While a file is read Dropout becomes Identity, Split "
        "becomes Slices, and\n"
        "Ceil, ConstantOfShape, Equal, Range, ReduceProd, Shape, Size and Where disappear "
        "with the constants and\n"
        "extents they compute with. An opset that libonnx does not know is judged by Tandem's "
        "own rules alone.\n\n"
        "LSTM and GRU are kept in ONNX's layout 1, the batch in front. A file may have time first "
        "around them, from the\n"
        "Transpose that puts it there to the one that takes it back; it is read with the batch in "
        "front throughout, and\n"
        "written time first. Y and Y_h are read, Y_c and sequence_lens are not; initial states are "
        "constants. They run in\n"
        "float and have no integer form.\n\n"
        "Every operator is compared with ONNX Runtime on an example "
        "(`tests/differential/onnx_runtime_test.cpp`):\n"
        "the largest difference is at most 1e-4 of the largest output.\n\n"
        "| operator | what it computes | inputs | attributes | runs in float |\n"
        "| --- | --- | --- | --- | --- |\n";
    for (const OperatorRule& rule : known_operators()) {
        const bool is_fixed = rule.minimum_inputs == rule.maximum_inputs;
        const bool runs = find_float_kernel(rule.type) != nullptr;
        text += fmt::format("| {} | {} | {} | {} | {} |\n", rule.type, rule.description,
                            is_fixed ? fmt::format("{}", rule.minimum_inputs)
                                     : fmt::format("{} to {}", rule.minimum_inputs, rule.maximum_inputs),
                            fmt::join(rule.attributes, ", "), runs ? "yes" : "folded away");
    }
    return text;
}

TEST(OperatorTable, IsWhatTheDocumentSays) {
    const std::filesystem::path path = std::filesystem::path(TANDEM_SOURCE_DIR) / "docs" / "operators.md";
    if (std::getenv("TANDEM_UPDATE_GOLDENS") != nullptr) {
        ASSERT_TRUE(write_file(path, operator_table(), Existing::replace));
    }
    const Result<std::string> document = read_file(path);
    ASSERT_TRUE(document) << to_string(document.error());
    EXPECT_EQ(*document, operator_table()) << "TANDEM_UPDATE_GOLDENS=1 rewrites it";
}

} // namespace
} // namespace tandem
