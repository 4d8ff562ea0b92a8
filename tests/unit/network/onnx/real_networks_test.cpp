// Trained networks of others, where they are at hand: they read back equal.
#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "../../../shared_data.h"
#include "tandem/network/onnx/onnx.h"
#include "tandem/network/rewrites/rewrites.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> shared_networks() {
    const fs::path folder = shared_data();
    std::vector<fs::path> found;
    if (!fs::is_directory(folder)) return found;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.path().extension() == ".onnx") found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    return found;
}

TEST(RealNetworks, ReadBackEqual) {
    const std::vector<fs::path> paths = shared_networks();
    if (paths.empty()) GTEST_SKIP() << "no networks: set TANDEM_SHARED_DATA to the folder that holds them";
    for (const fs::path& path : paths) {
        SCOPED_TRACE(path.filename().string());
        const Result<Network> network = load_onnx(path.string());
        ASSERT_TRUE(network) << to_string(network.error());
        const Result<Network> again = parse_onnx(emit_onnx(*network), "again");
        ASSERT_TRUE(again) << to_string(again.error());
        EXPECT_EQ(*again, *network);
    }
}

TEST(RealNetworks, LoseTheirNormalisationsWhenPrepared) {
    const std::vector<fs::path> paths = shared_networks();
    if (paths.empty()) GTEST_SKIP() << "no networks: set TANDEM_SHARED_DATA to the folder that holds them";
    for (const fs::path& path : paths) {
        SCOPED_TRACE(path.filename().string());
        const Result<Network> network = load_onnx(path.string());
        ASSERT_TRUE(network) << to_string(network.error());
        const Network prepared = prepare_for_deployment(*network);
        for (const Node& node : prepared.nodes) {
            EXPECT_NE(node.type, "BatchNormalization") << node.name;
            EXPECT_NE(node.type, "Identity") << node.name;
        }
        EXPECT_EQ(layers(prepared).size(), layers(*network).size());
    }
}

} // namespace
} // namespace tandem
