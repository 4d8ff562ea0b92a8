#include "tandem/training/checkpoint.h"

#include <memory>

#include <gtest/gtest.h>

#include "tandem/core/files.h"

namespace tandem {
namespace {

constexpr ContentHash kJob{.high = 1, .low = 2};

class CheckpointFile : public ::testing::Test {
  protected:
    void SetUp() override {
        Result<TemporaryDirectory> created = TemporaryDirectory::create();
        ASSERT_TRUE(created);
        directory_ = std::make_unique<TemporaryDirectory>(std::move(created).value());
        path_ = directory_->path() / "checkpoint";
    }

    std::string error(const ContentHash& job = kJob) const {
        const auto contents = load_checkpoint(path_, job);
        return contents ? "no error" : to_string(contents.error());
    }
    std::string refusal(const std::string& text) const { return path_.string() + ": found " + text; }

    std::unique_ptr<TemporaryDirectory> directory_;
    std::filesystem::path path_;
};

TEST_F(CheckpointFile, GivesBackWhatWasWritten) {
    const std::string contents("any bytes\n\0 even these", 22);
    ASSERT_TRUE(write_checkpoint(path_, kJob, "an older one"));
    ASSERT_TRUE(write_checkpoint(path_, kJob, contents));
    const auto loaded = load_checkpoint(path_, kJob);
    ASSERT_TRUE(loaded) << to_string(loaded.error());
    EXPECT_EQ(*loaded, contents);
}

TEST_F(CheckpointFile, IsNothingWhereNoFileIs) {
    const auto loaded = load_checkpoint(path_, kJob);
    ASSERT_TRUE(loaded);
    EXPECT_FALSE(loaded->has_value());
}

TEST_F(CheckpointFile, OfAnotherJobIsRefused) {
    ASSERT_TRUE(write_checkpoint(path_, kJob, "contents"));
    EXPECT_EQ(
        error({.high = 1, .low = 3}),
        refusal("the checkpoint of another job, network or data set, expected that of this one; remove it "
                "to start afresh"));
}

TEST_F(CheckpointFile, CutShortOrChangedAtAnyByteIsRefused) {
    ASSERT_TRUE(write_checkpoint(path_, kJob, "contents"));
    const std::string whole = *read_file(path_);
    for (std::size_t i = 0; i < whole.size(); ++i) {
        ASSERT_TRUE(write_file(path_, whole.substr(0, i), Existing::replace));
        EXPECT_NE(error(), "no error") << "cut to " << i;
        std::string changed = whole;
        changed[i] = static_cast<char>(changed[i] ^ 4);
        ASSERT_TRUE(write_file(path_, changed, Existing::replace));
        EXPECT_NE(error(), "no error") << "changed at " << i;
    }
    ASSERT_TRUE(write_file(path_, "not a checkpoint", Existing::replace));
    EXPECT_EQ(error(), refusal("a damaged checkpoint, expected an undamaged one; remove it to start afresh"));
}

TEST_F(CheckpointFile, ThatCannotBeWrittenIsAnError) {
    const auto written = write_checkpoint(directory_->path() / "absent" / "checkpoint", kJob, "contents");
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().kind, ErrorKind::failed);
}

} // namespace
} // namespace tandem
