#include "tandem/training/job_package.h"

#include <gtest/gtest.h>

#include "small_package.h"

namespace tandem {
namespace {

class JobPackageTest : public ::testing::Test {
  protected:
    TemporaryDirectory directory_ = TemporaryDirectory::create().value();
    std::filesystem::path folder_ = directory_.path() / "job";

    JobPackage written(const JobPackage& package) {
        const Result<void> done = write_job_package(folder_, package, Existing::refuse);
        EXPECT_TRUE(done) << to_string(done.error());
        Result<JobPackage> read = load_job_package(folder_);
        EXPECT_TRUE(read) << to_string(read.error());
        return read.value_or(JobPackage{});
    }
    std::string refusal() {
        const Result<JobPackage> read = load_job_package(folder_);
        return read ? "" : to_string(read.error());
    }
    void change(const std::string& file, const std::string& from, const std::string& to) {
        std::string text = read_file(folder_ / file).value();
        const std::size_t found = text.find(from);
        ASSERT_NE(found, std::string::npos) << from;
        text.replace(found, from.size(), to);
        ASSERT_TRUE(write_file(folder_ / file, text, Existing::replace));
    }
};

void expect_equal(const Images& left, const Images& right) {
    EXPECT_EQ(left.pixels, right.pixels);
    EXPECT_EQ(left.labels, right.labels);
    EXPECT_EQ(left.rows, right.rows);
    EXPECT_EQ(left.normalization, right.normalization);
}

TEST_F(JobPackageTest, ReadsBackEqual) {
    const JobPackage package = testing::small_package();
    const JobPackage read = written(package);
    EXPECT_EQ(read.job, package.job);
    EXPECT_EQ(read.setup, package.setup);
    EXPECT_EQ(read.network, package.network);
    EXPECT_EQ(read.dataset.name, package.dataset.name);
    EXPECT_EQ(read.dataset.classes, package.dataset.classes);
    EXPECT_EQ(read.dataset.train_people, package.dataset.train_people);
    expect_equal(read.dataset.train, package.dataset.train);
    expect_equal(read.dataset.test, package.dataset.test);
}

TEST_F(JobPackageTest, KeepsASupernet) {
    const JobPackage package = testing::small_supernet_package();
    EXPECT_EQ(written(package).setup, package.setup);
}

TEST_F(JobPackageTest, KeepsHowItLearnsToBeQuantised) {
    JobPackage package = testing::small_supernet_package();
    package.setup = QuantizationSetup{.method = QuantizationMethod::pact,
                                      .strategy = std::get<SupernetSetup>(package.setup).strategies.front(),
                                      .bases = {.weights = 2, .activations = 3},
                                      .distillation = 0.25};
    EXPECT_EQ(written(package).setup, package.setup);
}

TEST_F(JobPackageTest, ReadsWhatAnEarlierBuildWrote) {
    written(testing::small_package());
    const std::filesystem::path earlier = TANDEM_SOURCE_DIR "/tests/fuzz/corpus/job_package/float.json";
    std::filesystem::copy_file(earlier, folder_ / "job.json",
                               std::filesystem::copy_options::overwrite_existing);
    const Result<JobPackage> read = load_job_package(folder_);
    ASSERT_TRUE(read) << to_string(read.error());
    EXPECT_EQ(read->job, testing::small_package().job);
    EXPECT_EQ(read->network, testing::small_package().network);
}

TEST_F(JobPackageTest, IsNotWrittenOverAnother) {
    written(testing::small_package());
    EXPECT_FALSE(write_job_package(folder_, testing::small_package(), Existing::refuse));
    EXPECT_TRUE(write_job_package(folder_, testing::small_package(), Existing::replace));
}

TEST_F(JobPackageTest, ReplacesTheTensorsThatAKilledExportLeft) {
    std::filesystem::create_directories(folder_);
    ASSERT_TRUE(write_file(folder_ / "tensors.bin", "half", Existing::replace));
    written(testing::small_package());
    EXPECT_TRUE(load_job_package(folder_));
}

TEST_F(JobPackageTest, RefusesWhatIsMissingOrDamaged) {
    EXPECT_NE(refusal().find("job.json"), std::string::npos);
    written(testing::small_package());
    change("job.json", "\"classes\"", "\"clases\"");
    EXPECT_NE(refusal().find("clases"), std::string::npos);
    change("job.json", "\"clases\"", "\"classes\"");
    change("job.json", "training job 1", "training job 2");
    EXPECT_NE(refusal().find("format: found 'tandem training job 2'"), std::string::npos) << refusal();
    change("job.json", "training job 2", "training job 1");
    const std::string bytes = read_file(folder_ / "tensors.bin").value();
    ASSERT_TRUE(write_file(folder_ / "tensors.bin", bytes + "x", Existing::replace));
    EXPECT_NE(refusal().find("hash"), std::string::npos);
    std::filesystem::remove(folder_ / "tensors.bin");
    EXPECT_NE(refusal().find("tensors.bin"), std::string::npos);
}

TEST_F(JobPackageTest, RefusesLabelsBeyondTheClassesAndImagesBeyondTheBytes) {
    JobPackage package = testing::small_package();
    package.dataset.test.labels.back() = 3;
    ASSERT_TRUE(write_job_package(folder_, package, Existing::refuse));
    EXPECT_NE(refusal().find("label 3, expected labels below 3"), std::string::npos) << refusal();
    ASSERT_TRUE(write_job_package(folder_, testing::small_package(), Existing::replace));
    change("job.json", "\"train_images\": 5", "\"train_images\": 900000000");
    EXPECT_NE(refusal().find("900000000 images"), std::string::npos) << refusal();
}

} // namespace
} // namespace tandem
