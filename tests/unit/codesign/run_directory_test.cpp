#include "tandem/codesign/run_directory.h"

#include <fstream>

#include <gtest/gtest.h>

namespace tandem {
namespace {

Job small_job() {
    Job job;
    job.name = "small";
    job.network = "/nowhere/net.onnx";
    job.machine = "/nowhere/machine.yaml";
    return job;
}

TEST(RunDirectory, ResumesWithTheJobItWasMadeWith) {
    const auto temporary = TemporaryDirectory::create();
    const auto path = temporary->path() / "deep" / "run";
    { ASSERT_TRUE(create_run(path, small_job(), Existing::refuse).has_value()); }
    const Result<RunDirectory> resumed = resume_run(path);
    ASSERT_TRUE(resumed.has_value()) << to_string(resumed.error());
    EXPECT_EQ(resumed->job, small_job());
}

TEST(RunDirectory, RefusesAFolderThatHoldsARun) {
    const auto temporary = TemporaryDirectory::create();
    { ASSERT_TRUE(create_run(temporary->path(), small_job(), Existing::refuse).has_value()); }
    const Result<RunDirectory> second = create_run(temporary->path(), small_job(), Existing::refuse);
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().kind, ErrorKind::bad_input);
    EXPECT_TRUE(create_run(temporary->path(), small_job(), Existing::replace).has_value());
}

TEST(RunDirectory, KeepsOtherFilesWhenItReplacesARun) {
    const auto temporary = TemporaryDirectory::create();
    { ASSERT_TRUE(create_run(temporary->path(), small_job(), Existing::refuse).has_value()); }
    std::ofstream(temporary->path() / "notes.txt") << "mine";
    ASSERT_TRUE(create_run(temporary->path(), small_job(), Existing::replace).has_value());
    EXPECT_TRUE(std::filesystem::exists(temporary->path() / "notes.txt"));
}

TEST(RunDirectory, IsForOneProcessAtATime) {
    const auto temporary = TemporaryDirectory::create();
    const Result<RunDirectory> first = create_run(temporary->path(), small_job(), Existing::refuse);
    ASSERT_TRUE(first.has_value());
    const Result<RunDirectory> second = resume_run(temporary->path());
    ASSERT_FALSE(second.has_value());
    EXPECT_NE(to_string(second.error()).find("in use"), std::string::npos);
}

TEST(RunDirectory, StartsAfreshWhenItWasKilledBeforeItsStoreExisted) {
    const auto temporary = TemporaryDirectory::create();
    const Result<RunDirectory> run = create_run(temporary->path(), small_job(), Existing::refuse);
    ASSERT_TRUE(run.has_value());
    const Result<RunStore> store = open_store(*run, {"gene"}, {});
    ASSERT_TRUE(store.has_value()) << to_string(store.error());
    EXPECT_TRUE(store->designs()->empty());
}

/// What opening the store says after it was made for `small_job()` and the gene "gene".
std::string refusal_of(const Job& job, const std::vector<std::string>& genes) {
    const auto temporary = TemporaryDirectory::create();
    Result<RunDirectory> run = create_run(temporary->path(), small_job(), Existing::refuse);
    { EXPECT_TRUE(open_store(*run, {"gene"}, {}).has_value()); }
    run->job = job;
    const Result<RunStore> again = open_store(*run, genes, {});
    return again ? "accepted" : to_string(again.error());
}

TEST(RunDirectory, OpensTheStoreOfTheSameJobAndNetwork) {
    EXPECT_EQ(refusal_of(small_job(), {"gene"}), "accepted");
}

TEST(RunDirectory, RefusesTheStoreOfAnotherJob) {
    Job other = small_job();
    other.search.seed = 99;
    EXPECT_NE(refusal_of(other, {"gene"}).find("job.yaml"), std::string::npos);
}

TEST(RunDirectory, RefusesTheStoreOfAnotherNetwork) {
    EXPECT_NE(refusal_of(small_job(), {"another"}).find("network"), std::string::npos);
}

TEST(RunDirectory, SaysWhereThereIsNoRun) {
    const auto temporary = TemporaryDirectory::create();
    const Result<RunDirectory> resumed = resume_run(temporary->path());
    ASSERT_FALSE(resumed.has_value());
    EXPECT_NE(to_string(resumed.error()).find("no run"), std::string::npos);
}

} // namespace
} // namespace tandem
