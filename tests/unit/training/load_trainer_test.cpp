#include <gtest/gtest.h>

#include "tandem/core/files.h"
#include "tandem/core/version.h"
#include "tandem/training/training.h"

namespace tandem {
namespace {

constexpr const char* kRemedy = "expected the training plug-in: apt-get install libtorch-dev "
                                "libopenblas0-openmp, then build with -DTANDEM_TRAINING=ON";

std::string refusal(const std::filesystem::path& library) {
    const auto trainer = load_trainer(library);
    if (trainer) return "loaded";
    EXPECT_EQ(trainer.error().kind, ErrorKind::failed);
    return to_string(trainer.error());
}

TEST(TrainingPlugin, ThatIsMissingNamesWhatToInstall) {
    EXPECT_EQ(refusal("/nowhere/libtandem-training.so"),
              std::string("/nowhere/libtandem-training.so: found no such library, ") + kRemedy);
}

TEST(TrainingPlugin, ThatIsNoLibraryIsRefused) {
    const Result<TemporaryDirectory> directory = TemporaryDirectory::create();
    ASSERT_TRUE(directory);
    const std::filesystem::path path = directory->path() / "libtandem-training.so";
    ASSERT_TRUE(write_file(path, "text", Existing::refuse));
    const std::string text = refusal(path);
    EXPECT_EQ(text.rfind("training plug-in: found " + path.string(), 0), 0U) << text;
    EXPECT_NE(text.find(kRemedy), std::string::npos) << text;
}

TEST(TrainingPlugin, WithoutTheDoorIsRefused) {
    EXPECT_EQ(refusal(TANDEM_FOREIGN_LIBRARY), std::string(TANDEM_FOREIGN_LIBRARY) +
                                                   ": found a library that is no training plug-in, " +
                                                   kRemedy);
}

TEST(TrainingPlugin, OfAnotherVersionIsRefused) {
    EXPECT_EQ(refusal(TANDEM_OLD_PLUGIN),
              std::string(TANDEM_OLD_PLUGIN) +
                  ": found a plug-in of tandem 0.0.1, training interface 0, expected "
                  "one of tandem " +
                  std::string(kVersion) + ", training interface 11: build both together");
}

} // namespace
} // namespace tandem
