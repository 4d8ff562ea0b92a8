#include "tandem/codesign/machine_variants.h"

#include <algorithm>
#include <memory>

#include <gtest/gtest.h>

#include "tandem/core/files.h"

namespace tandem {
namespace {

constexpr const char* kSpatial = R"(
family: spatial
name: small
energy_unit: mac16
memories:
  - {name: dram, energy_per_access: 200, bandwidth_bits_per_cycle: 64}
  - {name: buffer, size_bytes: 65536, energy_per_access: 6, bandwidth_bits_per_cycle: 256}
array: {rows: 4, columns: 4, hop_energy: 2}
processing_element:
  kind: vectorized
  maximum_bits: 16
  partial_sum_bits: 32
  mac_energy: 1
  registers: {filter_words: 64, input_words: 12, partial_sum_words: 16, energy_per_access: 1}
dataflow: row-stationary
)";

class MachineVariants : public ::testing::Test {
  protected:
    void SetUp() override {
        Result<TemporaryDirectory> created = TemporaryDirectory::create();
        ASSERT_TRUE(created);
        directory_ = std::make_unique<TemporaryDirectory>(std::move(created).value());
        vectorised_ = write("vectorised.yaml", kSpatial);
        std::string text = kSpatial;
        replace(text, "mac16", "picojoules");
        replace(text, "name: small", "name: other");
        picojoules_ = write("picojoules.yaml", text);
        text = kSpatial;
        replace(text, "kind: vectorized\n  maximum_bits: 16",
                "kind: bitserial\n  lanes: 16\n  maximum_bits: 8");
        replace(text, "name: small", "name: serial");
        serial_ = write("serial.yaml", text);
    }

    static void replace(std::string& text, const std::string& found, const std::string& other) {
        const std::size_t place = text.find(found);
        ASSERT_NE(place, std::string::npos) << found;
        text.replace(place, found.size(), other);
    }
    std::string write(const std::string& name, const std::string& text) const {
        const std::filesystem::path file = directory_->path() / name;
        EXPECT_TRUE(write_file(file, text, Existing::refuse));
        return file.string();
    }
    Result<std::vector<VariantRun>> plan(const std::string& machines, const std::string& rest = "") const {
        const std::string text = "network: net.onnx\nmachines: " + machines + "\n" + rest;
        const Job job = TANDEM_TRY(parse_job(*parse_yaml(text, "job.yaml"), "job.yaml"));
        return plan_variants(job, "job.yaml", directory_->path() / "out");
    }
    std::string problems_of(const std::string& machines, const std::string& rest = "") const {
        const auto planned = plan(machines, rest);
        return planned ? "planned" : to_string(planned.error());
    }
    std::string one(const std::string& file, const std::string& rest = "") const {
        return "{machine: " + file + rest + "}";
    }

    std::unique_ptr<TemporaryDirectory> directory_;
    std::string vectorised_;
    std::string picojoules_;
    std::string serial_;
};

TEST_F(MachineVariants, HaveTheWidthsAndTheTieOfTheirMachines) {
    const auto planned = plan("[" + one(vectorised_) + ", " + one(serial_) + "]");
    ASSERT_TRUE(planned) << to_string(planned.error());
    ASSERT_EQ(planned->size(), 2U);
    const Job& vectorised = planned->front().job;
    EXPECT_EQ(planned->front().name, "small");
    EXPECT_EQ(vectorised.machine, vectorised_);
    EXPECT_TRUE(vectorised.machines.empty());
    EXPECT_TRUE(vectorised.space.tie);
    EXPECT_EQ(vectorised.space.weight_bits, SpaceOptions{}.weight_bits);
    const Job& serial = planned->back().job;
    EXPECT_FALSE(serial.space.tie);
    EXPECT_EQ(serial.space.activation_bits, (std::vector<std::int64_t>{2, 4, 6, 8}));
    const Result<Job> again = parse_job(*parse_yaml(to_yaml(serial), "job.yaml"), "job.yaml");
    ASSERT_TRUE(again) << to_string(again.error());
    EXPECT_EQ(*again, serial);
}

TEST_F(MachineVariants, ObeyAJobThatSaysWhetherWidthsAreTied) {
    const auto planned =
        plan("[" + one(vectorised_) + ", " + one(serial_) + "]", "space: {tie: false}\nbatch: 2\n");
    ASSERT_TRUE(planned) << to_string(planned.error());
    EXPECT_FALSE(planned->front().job.space.tie);
    EXPECT_EQ(planned->back().job.batch, 2) << "the job's where the machine has none";
}

TEST_F(MachineVariants, MayHaveAnotherDataflowAndBatch) {
    const auto planned =
        plan("[" + one(vectorised_) + ", " + one(vectorised_, ", dataflow: weight-stationary") + ", " +
             one(vectorised_, ", batch: 4") + "]");
    ASSERT_TRUE(planned) << to_string(planned.error());
    EXPECT_FALSE(planned->front().machine.has_value());
    const VariantRun& stationary = (*planned)[1];
    EXPECT_EQ(stationary.name, "small-weight-stationary");
    ASSERT_TRUE(stationary.machine.has_value());
    EXPECT_EQ(*stationary.machine->find("dataflow")->get_if<std::string>(), "weight-stationary");
    EXPECT_TRUE(stationary.job.machine.ends_with("out/machines/small-weight-stationary.yaml"));
    EXPECT_EQ((*planned)[2].name, "small-batch-4");
    EXPECT_EQ((*planned)[2].job.batch, 4);
}

TEST_F(MachineVariants, RefuseWhatCannotBeCompared) {
    EXPECT_NE(problems_of("[" + one(vectorised_) + ", " + one(vectorised_) + "]")
                  .find("machines[1]: found small twice"),
              std::string::npos);
    EXPECT_NE(problems_of("[" + one(vectorised_) + ", " + one(picojoules_) + "]")
                  .find("machines[1]: found an energy in another unit"),
              std::string::npos);
    EXPECT_EQ(problems_of("[" + one(vectorised_) + ", " + one(picojoules_) + "]",
                          "objectives: [accuracy, latency]\n"),
              "planned");
    EXPECT_NE(problems_of("[" + one(serial_) + "]", "space: {weight_bits: [12], activation_bits: [4]}\n")
                  .find("machines[0]: found serial of up to 8 bits, expected widths in space that it has"),
              std::string::npos);
    EXPECT_NE(problems_of("[" + one(vectorised_) + "]", "space: {weight_bits: [4], activation_bits: [8]}\n")
                  .find("machines[0]: found small, which ties"),
              std::string::npos);
    EXPECT_NE(problems_of("[" + one(vectorised_, ", dataflow: sideways") + "]").find("sideways"),
              std::string::npos);
}

TEST_F(MachineVariants, AreNotMixedWithOneMachineOrChosenHardware) {
    const std::string machines = "[" + one(vectorised_) + "]";
    EXPECT_NE(problems_of(machines, "machine: m.yaml\n").find("machine: found both machine and machines"),
              std::string::npos);
    EXPECT_NE(problems_of(machines, "hardware: {}\n").find("machines: found together with hardware"),
              std::string::npos);
    EXPECT_NE(problems_of("[]").find("machine: found neither machine nor machines"), std::string::npos);
    EXPECT_NE(problems_of("[" + one(vectorised_, ", batch: 2") + "]", "refine: {targets: {cycles: 9}}\n")
                  .find("batch: found more than 1"),
              std::string::npos);
}

} // namespace
} // namespace tandem
