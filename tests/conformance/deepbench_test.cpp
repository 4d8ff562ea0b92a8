// Every shape of DeepBench's inference suites has a schedule on every shipped machine, at the machine's
// widest operands. The table is data that a checkout does not hold.
#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "../shared_data.h"
#include "tandem/core/files.h"
#include "tandem/mapping/mapper.h"
#include "tandem/workload/deepbench.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

TEST(EverySpatialMachine, MapsDeepBench) {
    const fs::path table = shared_data() / ".." / "reference" / "deepbench_workloads.csv";
    if (!fs::exists(table)) {
        GTEST_SKIP() << "no DeepBench: set TANDEM_SHARED_DATA to the data folder beside reference/";
    }
    const std::string text = read_file(table.string()).value();
    const auto layers = parse_deepbench_table(text, table.string()).value();
    for (const auto& entry : fs::directory_iterator(fs::path(TANDEM_SOURCE_DIR) / "machines")) {
        if (entry.path().extension() != ".yaml") continue;
        const MachinePointer machine = load_machine(entry.path().string()).value();
        if (machine->family() != "spatial") continue;
        for (const NamedLayerWork& layer : layers) {
            if (layer.layer.rfind("inference", 0) != 0) continue;
            LayerWork work = layer.work;
            work.weight_bits = work.input_bits = work.output_bits =
                std::min(kMaximumBits, machine->maximum_bits());
            const auto mapped = map_layer(work, *machine, MappingGoal::energy_delay);
            EXPECT_TRUE(mapped.has_value())
                << machine->name() << ", " << layer.layer << ": " << (mapped ? "" : mapped.error().reason);
        }
    }
}

} // namespace
} // namespace tandem
