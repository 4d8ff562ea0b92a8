#include "tandem/data/dataset.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <numeric>
#include <set>

#include <gtest/gtest.h>

#include "idx_files.h"
#include "tandem/core/files.h"
#include "tandem/data/speech_commands.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;
using testing::gzip;
using testing::idx_bytes;

/// A folder with a tiny, sound data set: 3 training and 2 test images of 2x2, some files gzipped.
class DatasetFiles : public ::testing::Test {
  protected:
    void SetUp() override {
        Result<TemporaryDirectory> created = TemporaryDirectory::create();
        ASSERT_TRUE(created);
        directory_ = std::make_unique<TemporaryDirectory>(std::move(created).value());
        write("train-images-idx3-ubyte.gz", gzip(idx_bytes({3, 2, 2}, "abcdefghijkl")));
        write("train-labels-idx1-ubyte", idx_bytes({3}, std::string_view("\x09\x00\x04", 3)));
        write("t10k-images-idx3-ubyte", idx_bytes({2, 2, 2}, "mnopqrst"));
        write("t10k-labels-idx1-ubyte.gz", gzip(idx_bytes({2}, std::string_view("\x01\x02", 2))));
    }

    void write(const std::string& name, const std::string& bytes) {
        ASSERT_TRUE(write_file(path(name), bytes, Existing::replace));
    }
    std::string path(const std::string& name) const { return (directory_->path() / name).string(); }
    std::string folder() const { return directory_->path().string(); }
    std::string error() const {
        const Result<Dataset> dataset = load_dataset("fashion-mnist", folder());
        return dataset ? "no error" : to_string(dataset.error());
    }

  private:
    std::unique_ptr<TemporaryDirectory> directory_;
};

TEST_F(DatasetFiles, LoadPlainAndGzipped) {
    const Result<Dataset> dataset = load_dataset("fashion-mnist", folder());
    ASSERT_TRUE(dataset) << to_string(dataset.error());
    EXPECT_EQ(dataset->classes.size(), 10U);
    EXPECT_EQ(dataset->train.count(), 3);
    EXPECT_EQ(dataset->train.rows, 2);
    EXPECT_EQ(dataset->train.columns, 2);
    EXPECT_EQ(dataset->train.labels, (std::vector<std::uint16_t>{9, 0, 4}));
    EXPECT_EQ(dataset->test.pixels.front(), 'm');
    EXPECT_EQ(dataset->test.count(), 2);
}

TEST_F(DatasetFiles, NameEachMissingFileWithTheRemedy) {
    fs::remove(path("train-labels-idx1-ubyte"));
    fs::remove(path("t10k-images-idx3-ubyte"));
    const std::string tail = ": found no such file, nor one with .gz, expected the files of "
                             "Fashion-MNIST (apt-get install dataset-fashion-mnist)";
    EXPECT_EQ(error(), path("train-labels-idx1-ubyte") + tail + "\n" + path("t10k-images-idx3-ubyte") + tail);
}

TEST_F(DatasetFiles, NameAMissingFolderWithTheRemedy) {
    const Result<Dataset> dataset = load_dataset("fashion-mnist", path("absent"));
    ASSERT_FALSE(dataset);
    EXPECT_EQ(to_string(dataset.error()), path("absent") + ": found no such folder, expected the folder of "
                                                           "Fashion-MNIST (apt-get install "
                                                           "dataset-fashion-mnist)");
    EXPECT_EQ(dataset.error().kind, ErrorKind::bad_input);
}

TEST_F(DatasetFiles, ReportDamageInSeveralFilesAtOnce) {
    write("train-labels-idx1-ubyte", "not an IDX file");
    write("t10k-labels-idx1-ubyte.gz", gzip(idx_bytes({2}, "\x01")));
    EXPECT_EQ(error(), path("train-labels-idx1-ubyte") +
                           ": byte 0: found 6e 6f, expected 00 00, the start of an IDX file\n" +
                           path("t10k-labels-idx1-ubyte.gz") +
                           ": byte 8: found 1 bytes, expected the 2 bytes that the header announces");
}

TEST_F(DatasetFiles, RefuseAnotherNumberOfLabelsThanImages) {
    write("train-labels-idx1-ubyte", idx_bytes({2}, "\x01\x02"));
    EXPECT_EQ(error(), path("train-labels-idx1-ubyte") +
                           ": found 2 labels, expected 3, one for each image of " +
                           path("train-images-idx3-ubyte.gz"));
}

TEST_F(DatasetFiles, RefuseLabelsOutOfRange) {
    write("train-labels-idx1-ubyte", idx_bytes({3}, "\x01\x02\x0A"));
    EXPECT_EQ(error(), path("train-labels-idx1-ubyte") + ": label 2: found 10, expected 0 to 9");
}

TEST_F(DatasetFiles, RefuseImagesThatAreNoImages) {
    write("t10k-images-idx3-ubyte", idx_bytes({2, 4}, "mnopqrst"));
    EXPECT_EQ(error(), path("t10k-images-idx3-ubyte") + ": byte 3: found 2 extents, expected 3 extents");
}

TEST_F(DatasetFiles, RefuseAnEmptySet) {
    write("t10k-images-idx3-ubyte", idx_bytes({0, 2, 2}, ""));
    write("t10k-labels-idx1-ubyte.gz", gzip(idx_bytes({0}, "")));
    EXPECT_EQ(error(), path("t10k-images-idx3-ubyte") +
                           ": found no pixels, expected at least one image of at least one pixel");
}

TEST_F(DatasetFiles, RefuseTestImagesOfAnotherSize) {
    write("t10k-images-idx3-ubyte", idx_bytes({2, 1, 4}, "mnopqrst"));
    EXPECT_EQ(error(), folder() +
                           ": t10k-images-idx3-ubyte: found images of 1x4, expected 2x2, as the training "
                           "images");
}

TEST(Dataset, SuggestsTheNearestKnownName) {
    const Result<Dataset> dataset = load_dataset("fashion-mnits", "");
    ASSERT_FALSE(dataset);
    EXPECT_EQ(to_string(dataset.error()),
              "data set: found 'fashion-mnits' (did you mean 'fashion-mnist'?), "
              "expected one of: cifar10, fashion-mnist, imagenet-tar, npz, speech-commands");
}

TEST(Dataset, ListIsSortedByNameAndHasEveryName) {
    std::vector<std::string> names;
    for (const DatasetSource& source : known_datasets()) names.emplace_back(source.name);
    EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
    EXPECT_EQ(names, dataset_names());
}

TEST(Dataset, ReadsDebiansFashionMnist) {
    const auto& sources = known_datasets();
    const auto source = std::find_if(sources.begin(), sources.end(),
                                     [](const DatasetSource& any) { return any.name == "fashion-mnist"; });
    ASSERT_NE(source, sources.end());
    const fs::path directory = source->default_directory;
    if (!fs::exists(directory)) GTEST_SKIP() << directory << " is not installed";
    const Result<Dataset> dataset = load_dataset("fashion-mnist", "");
    ASSERT_TRUE(dataset) << to_string(dataset.error());
    EXPECT_EQ(dataset->train.count(), 60000);
    EXPECT_EQ(dataset->test.count(), 10000);
    EXPECT_EQ(dataset->train.elements(), 784);
    // The paper's balance: every class has a tenth of the images.
    for (std::uint8_t label = 0; label < 10; ++label) {
        EXPECT_EQ(std::count(dataset->train.labels.begin(), dataset->train.labels.end(), label), 6000);
        EXPECT_EQ(std::count(dataset->test.labels.begin(), dataset->test.labels.end(), label), 1000);
    }
}

Dataset blank_dataset(std::int64_t count) {
    Dataset dataset;
    dataset.name = "blank";
    dataset.train = {.channels = 1, .rows = 1, .columns = 1, .pixels = {}, .labels = {}};
    dataset.train.pixels.resize(static_cast<std::size_t>(count));
    dataset.train.labels.resize(static_cast<std::size_t>(count));
    return dataset;
}

TEST(Split, PartsAreDisjointAndCoverTheTrainingFiles) {
    const Result<Split> split = split_dataset(blank_dataset(60000), kCalibrationPool, 5000);
    ASSERT_TRUE(split);
    std::vector<std::int64_t> all = split->calibration;
    all.insert(all.end(), split->validation.begin(), split->validation.end());
    all.insert(all.end(), split->train.begin(), split->train.end());
    std::sort(all.begin(), all.end());
    std::vector<std::int64_t> expected(60000);
    std::iota(expected.begin(), expected.end(), std::int64_t{0});
    EXPECT_EQ(all, expected);
    EXPECT_EQ(split->train.size(), 54000U);
}

TEST(Split, NeverChanges) {
    // These numbers are the split: if they change, images that trained end up in validation. They
    // were computed by a second implementation of SplitMix64 and the shuffle, in Python.
    const Result<Split> split = split_dataset(blank_dataset(60000), 4, 4);
    ASSERT_TRUE(split);
    EXPECT_EQ(split->calibration, (std::vector<std::int64_t>{5983, 11170, 17882, 18413}));
    EXPECT_EQ(split->validation, (std::vector<std::int64_t>{36219, 27416, 35593, 17392}));
    EXPECT_EQ(split->train.front(), 56702);
    EXPECT_EQ(split->train.back(), 4448);
}

TEST(Split, SmallerRequestsAreTheBeginningsOfLargerOnes) {
    const Result<Split> small = split_dataset(blank_dataset(60000), 256, 2000);
    const Result<Split> large = split_dataset(blank_dataset(60000), 1000, 5000);
    ASSERT_TRUE(small && large);
    EXPECT_TRUE(std::equal(small->calibration.begin(), small->calibration.end(), large->calibration.begin()));
    EXPECT_TRUE(std::equal(small->validation.begin(), small->validation.end(), large->validation.begin()));
    EXPECT_EQ(small->train, large->train);
}

TEST(Split, HasAUsualNumberOfValidationImages) {
    const Dataset dataset = blank_dataset(60000);
    EXPECT_EQ(split_dataset(dataset, 256, std::nullopt)->validation,
              split_dataset(dataset, 256, 2000)->validation);
}

TEST(Split, RefusesMoreThanThePoolsHold) {
    const Result<Split> split = split_dataset(blank_dataset(60000), 1001, -1);
    ASSERT_FALSE(split);
    EXPECT_EQ(to_string(split.error()),
              "calibration: found 1001 images, expected 0 to 1000, the images held out for it\n"
              "validation: found -1 images, expected 0 to 5000, the images held out for it");
}

TEST(Split, OfScoredImagesCalibratesWithAtMostHalfAndValidatesWithOthers) {
    Dataset dataset = blank_dataset(0);
    dataset.test = blank_dataset(10).train;
    for (const auto& [calibration, validation, calibrating, validating] :
         {std::array{3, 4, 3, 4}, std::array{256, 2000, 5, 5}, std::array{0, 10, 0, 10}}) {
        const Split split = split_scored(dataset, calibration, validation);
        EXPECT_EQ(std::ssize(split.calibration), calibrating);
        EXPECT_EQ(std::ssize(split.validation), validating);
        EXPECT_TRUE(split.train.empty());
        std::set<std::int64_t> all(split.calibration.begin(), split.calibration.end());
        all.insert(split.validation.begin(), split.validation.end());
        EXPECT_EQ(std::ssize(all), calibrating + validating) << "disjoint";
        EXPECT_LT(*all.rbegin(), 10);
    }
}

TEST(Split, RefusesADataSetThatLeavesNothingToTrain) {
    const Result<Split> split = split_dataset(blank_dataset(kHeldOut), 1, 1);
    ASSERT_FALSE(split);
    EXPECT_EQ(to_string(split.error()),
              "blank: found 6000 training images, expected more than the 6000 that are held out");
}

TEST(Floats, ScalePixelsOfTheChosenImagesInTheirOrder) {
    const Images images{
        .channels = 1, .rows = 1, .columns = 2, .pixels = {0, 255, 51, 102}, .labels = {7, 3}};
    const std::vector<std::int64_t> indices = {1, 0, 1};
    EXPECT_EQ(to_floats(images, indices),
              (std::vector<float>{51 * kPixelScale, 102 * kPixelScale, 0.0F, 255 * kPixelScale,
                                  51 * kPixelScale, 102 * kPixelScale}));
    EXPECT_EQ(labels_of(images, indices), (std::vector<std::int32_t>{3, 7, 3}));
}

TEST(SpeechCommands, ReadsRecordsOfSignedFeatures) {
    std::string bytes(2 * 491, '\0');
    bytes[0] = 3;
    bytes[1] = static_cast<char>(-128);
    bytes[490] = 127;
    bytes[491] = 11;
    const Result<Images> images = parse_speech_commands(bytes, "words.bin");
    ASSERT_TRUE(images) << to_string(images.error());
    EXPECT_EQ(images->labels, (std::vector<std::uint16_t>{3, 11}));
    EXPECT_EQ(images->rows, 49);
    EXPECT_EQ(images->columns, 10);
    EXPECT_EQ(images->pixels[0], 0);
    EXPECT_EQ(images->pixels[489], 255);
    EXPECT_EQ(images->pixels[490], 128);
}

TEST(SpeechCommands, RefusesOtherFilesInOneLine) {
    const auto refusal = [](const std::string& bytes) {
        const Result<Images> images = parse_speech_commands(bytes, "words.bin");
        return images ? std::string("none") : to_string(images.error());
    };
    EXPECT_EQ(refusal(""), "words.bin: found 0 bytes, expected records of 491 bytes");
    EXPECT_EQ(refusal(std::string(490, '\0')), "words.bin: found 490 bytes, expected records of 491 bytes");
    EXPECT_EQ(refusal(std::string(1, '\14') + std::string(490, '\0')),
              "words.bin: record 0: found label 12, expected 0 to 11");
    const Result<Dataset> dataset = load_dataset("speech-commands", "");
    ASSERT_FALSE(dataset);
    EXPECT_EQ(
        to_string(dataset.error()),
        "speech-commands: found no file, expected a file of yours, or a folder with clips and speakers: "
        "speech-commands:FILE");
}

/// Clips of class 0, two a speaker and three of silence, as records and as their table.
struct SpokenClips {
    std::string records;
    std::string table = "index\tclass\tspeaker\n";

    explicit SpokenClips(int speakers) {
        for (int speaker = 0; speaker < speakers; ++speaker) {
            for (int clip = 0; clip < 2; ++clip) add(0, "s" + std::to_string(speaker));
        }
        for (int clip = 0; clip < 3; ++clip) add(10, "-");
    }
    void add(int label, const std::string& speaker) {
        table += std::to_string(count()) + "\t" + std::to_string(label) + "\t" + speaker + "\n";
        records += static_cast<char>(label) + std::string(490, static_cast<char>(count()));
    }
    std::size_t count() const { return records.size() / 491; }
};

TEST(SpeechCommands, KnowsWhoSpeaks) {
    const SpokenClips clips(2);
    const Images images = parse_speech_commands(clips.records, "words.bin").value();
    const auto speakers = parse_clip_speakers(clips.table, "clips.tsv", images);
    ASSERT_TRUE(speakers) << to_string(speakers.error());
    // Silence is nobody's: each of its clips stands alone.
    EXPECT_EQ(*speakers, (std::vector<std::int32_t>{0, 0, 1, 1, 2, 3, 4}));
}

TEST(SpeechCommands, RefusesATableOfOtherClips) {
    const SpokenClips clips(1);
    const Images images = parse_speech_commands(clips.records, "words.bin").value();
    const auto refusal = [&](const std::string& table) {
        const auto speakers = parse_clip_speakers(table, "clips.tsv", images);
        return speakers ? std::string("none") : to_string(speakers.error());
    };
    const std::string columns =
        "clips.tsv: line 1: found other columns, expected columns 'class' and 'speaker' between tabs";
    EXPECT_EQ(refusal(""), columns);
    EXPECT_EQ(refusal("index\tclass\n"), columns);
    EXPECT_EQ(refusal("class\tspeaker\n0\ts0\n"), "clips.tsv: found 1 clips, expected 5, one a record");
    EXPECT_EQ(refusal("class\tspeaker\n0\ts0\n0\n10\t-\n10\t-\n10\t-\n"),
              "clips.tsv: line 3: found 1 columns, expected 2");
    EXPECT_EQ(refusal("class\tspeaker\n0\ts0\n4\ts0\n10\t-\n10\t-\n10\t-\n"),
              "clips.tsv: line 3: found another class, expected 0, the label of its record");
}

TEST(SpeechCommands, NobodySpeaksInTwoParts) {
    const TemporaryDirectory folder = TemporaryDirectory::create().value();
    const SpokenClips clips(60);
    ASSERT_TRUE(write_file(folder.path() / kSpeechRecordsFile, clips.records, Existing::refuse));
    EXPECT_FALSE(load_dataset("speech-commands", folder.path().string())) << "without the table of speakers";
    ASSERT_TRUE(write_file(folder.path() / kSpeechClipsFile, clips.table, Existing::refuse));
    const Dataset dataset = load_dataset("speech-commands", folder.path().string()).value();
    EXPECT_EQ(dataset.train.count() + dataset.test.count(), static_cast<std::int64_t>(clips.count()));
    EXPECT_EQ(dataset.train_people.size(), static_cast<std::size_t>(dataset.train.count()));
    // The first feature of a clip is its place in the file, and two places are a speaker's.
    const auto speaker_of = [](const Images& images, std::int64_t image) {
        return (images.pixels[static_cast<std::size_t>(image * 490)] + 128) % 256 / 2;
    };
    std::set<int> tested;
    for (std::int64_t i = 0; i < dataset.test.count(); ++i) tested.insert(speaker_of(dataset.test, i));
    const Split split = split_pools(dataset).value();
    EXPECT_EQ(split.calibration.size() + split.validation.size() + split.train.size(),
              dataset.train_people.size());
    std::set<int> seen = tested;
    for (const std::vector<std::int64_t>* part : {&split.calibration, &split.validation, &split.train}) {
        EXPECT_FALSE(part->empty());
        std::set<int> own;
        for (const std::int64_t image : *part) own.insert(speaker_of(dataset.train, image));
        for (const int speaker : own) {
            if (speaker < 60) { // beyond are silences
                EXPECT_TRUE(seen.insert(speaker).second) << speaker;
            }
        }
    }
    const auto total = static_cast<double>(dataset.train.count());
    EXPECT_NEAR(static_cast<double>(split.calibration.size()) / total, 0.1, 0.02);
    EXPECT_NEAR(static_cast<double>(split.validation.size()) / total, 0.2, 0.02);
    EXPECT_NEAR(static_cast<double>(dataset.test.count()) / static_cast<double>(clips.count()), 0.2, 0.02);
}

TEST(Split, OfPeopleRefusesMoreThanItHolds) {
    Dataset dataset = blank_dataset(100);
    for (std::int32_t i = 0; i < 100; ++i) dataset.train_people.push_back(i / 4);
    const Split pools = split_pools(dataset).value();
    EXPECT_EQ(pools.calibration.size(), 12U); // three people of four images are the first to have a tenth
    EXPECT_EQ(pools.validation.size(), 20U);
    const auto refused = split_dataset(dataset, 13, 20);
    ASSERT_FALSE(refused);
    EXPECT_EQ(to_string(refused.error()),
              "calibration: found 13 images, expected 0 to 12, the images held out for it");
    EXPECT_EQ(split_dataset(dataset, 12, std::nullopt)->validation, pools.validation)
        << "as many as there are";
    dataset.train_people.assign(100, 7);
    EXPECT_FALSE(split_pools(dataset)) << "one person cannot be in three parts";
}

} // namespace
} // namespace tandem
