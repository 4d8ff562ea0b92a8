#include "tandem/core/files.h"

#include <csignal>

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace tandem {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
  protected:
    fs::path path(const std::string& name) const { return folder_->path() / name; }

    std::size_t entries() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(folder_->path()), fs::directory_iterator()));
    }

  private:
    Result<TemporaryDirectory> folder_ = TemporaryDirectory::create();
};

template <class Value> std::string error_of(const Result<Value>& result) {
    return result ? "no error" : to_string(result.error());
}

TEST_F(Files, ReadBackEveryByte) {
    const std::string contents("a\0b\r\n\xff", 6);
    ASSERT_TRUE(write_file(path("a"), contents, Existing::refuse));
    EXPECT_EQ(read_file(path("a")).value(), contents);
    ASSERT_TRUE(write_file(path("empty"), "", Existing::refuse));
    EXPECT_EQ(read_file(path("empty")).value(), "");
}

TEST_F(Files, AreNotReplacedWithoutLeave) {
    ASSERT_TRUE(write_file(path("a"), "old", Existing::refuse));
    const auto refused = write_file(path("a"), "new", Existing::refuse);
    EXPECT_EQ(error_of(refused), path("a").string() +
                                     ": found a file that exists already, expected a new name, "
                                     "or --force to replace it");
    EXPECT_EQ(refused.error().kind, ErrorKind::bad_input);
    EXPECT_EQ(read_file(path("a")).value(), "old");
    ASSERT_TRUE(write_file(path("a"), "new", Existing::replace));
    EXPECT_EQ(read_file(path("a")).value(), "new");
    EXPECT_EQ(entries(), 1U);
}

TEST_F(Files, NeedTheirFolder) {
    const auto written = write_file(path("missing") / "a", "x", Existing::refuse);
    EXPECT_EQ(error_of(written),
              (path("missing") / "a").string() +
                  ": found No such file or directory, expected a place that can be written");
    EXPECT_EQ(written.error().kind, ErrorKind::failed);
}

TEST_F(Files, KeepTheOldContentsWhenTheDiskIsFull) {
    ASSERT_TRUE(write_file(path("a"), "old", Existing::refuse));
    // A limit on the size of files refuses a write halfway, as a full disk does.
    rlimit limit{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
    const rlimit tight{.rlim_cur = 1'000, .rlim_max = limit.rlim_max};
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
    const auto written = write_file(path("a"), std::string(10'000, 'x'), Existing::replace);
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
    std::signal(SIGXFSZ, handler);
    EXPECT_EQ(error_of(written),
              path("a").string() + ": found File too large, expected room for 10000 bytes");
    EXPECT_EQ(read_file(path("a")).value(), "old");
    EXPECT_EQ(entries(), 1U);
}

TEST_F(Files, CannotTakeThePlaceOfAFolder) {
    fs::create_directory(path("a"));
    EXPECT_NE(error_of(write_file(path("a"), "x", Existing::replace)), "no error");
    EXPECT_EQ(entries(), 1U);
    EXPECT_EQ(error_of(read_file(path("a"))), path("a").string() + ": found a folder, expected a file");
}

TEST_F(Files, ThatAreMissingAreNamed) {
    const auto missing = read_file(path("a"));
    EXPECT_EQ(error_of(missing), path("a").string() + ": found no such file, expected an existing file");
    EXPECT_EQ(missing.error().kind, ErrorKind::bad_input);
    EXPECT_NE(error_of(read_file(path(std::string(300, 'a')))), "no error"); // a name no system can hold
}

TEST(TemporaryDirectory, GoesWithAllItHolds) {
    fs::path path;
    {
        auto folder = TemporaryDirectory::create();
        ASSERT_TRUE(folder);
        path = folder->path();
        const TemporaryDirectory moved = std::move(*folder);
        ASSERT_TRUE(write_file(moved.path() / "a", "x", Existing::refuse));
        EXPECT_TRUE(fs::exists(path / "a"));
    }
    EXPECT_FALSE(fs::exists(path));
}

TEST(TemporaryDirectory, SaysWhenThereIsNoPlaceForIt) {
    const char* before = std::getenv("TMPDIR");
    const std::string saved = before == nullptr ? "" : before;
    setenv("TMPDIR", "/nowhere", 1);
    const auto folder = TemporaryDirectory::create();
    if (before == nullptr) {
        unsetenv("TMPDIR");
    } else {
        setenv("TMPDIR", saved.c_str(), 1);
    }
    EXPECT_FALSE(folder);
}

TEST_F(Files, LockAFolderAgainstASecondUser) {
    const fs::path folder = path("a").parent_path();
    {
        auto lock = DirectoryLock::acquire(folder);
        ASSERT_TRUE(lock);
        const DirectoryLock moved = std::move(*lock);
        const auto second = DirectoryLock::acquire(folder);
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().kind, ErrorKind::bad_input);
        EXPECT_EQ(second.error().problems.front().found, "a run directory in use by another process");
    }
    EXPECT_TRUE(DirectoryLock::acquire(folder));
}

TEST_F(Files, CannotLockAFolderThatIsMissing) {
    const auto lock = DirectoryLock::acquire(path("missing"));
    ASSERT_FALSE(lock);
    EXPECT_EQ(lock.error().kind, ErrorKind::failed);
}

} // namespace
} // namespace tandem
