// A trainer by its door, with data and a network to train on, and somebody who interrupts it.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "../../require.h"
#include "small_training.h"
#include "tandem/core/files.h"

namespace tandem::testing {

namespace fs = std::filesystem;

/// Sets the flag when epoch `epoch` has done `step` steps, as a user's Ctrl-C would.
class Interrupter : public Progress {
  public:
    Interrupter(std::string epoch, std::int64_t step) : epoch_(std::move(epoch)), step_(step) {}

    void begin(std::string_view phase, std::int64_t /*total*/) override { is_due_ = phase == epoch_; }
    void update(std::int64_t done, std::string_view /*note*/) override {
        if (is_due_ && done == step_) flag = true;
    }

    std::atomic<bool> flag = false;

  private:
    std::string epoch_;
    std::int64_t step_;
    bool is_due_ = false;
};

class TrainerRun : public ::testing::Test {
  protected:
    void SetUp() override {
        Result<TemporaryDirectory> created = TemporaryDirectory::create();
        ASSERT_TRUE(created);
        directory_ = std::make_unique<TemporaryDirectory>(std::move(created).value());
        checkpoint_ = directory_->path() / "checkpoint";
        Result<std::shared_ptr<Trainer>> loaded = load_trainer();
        ASSERT_TRUE(loaded) << to_string(loaded.error());
        trainer_ = *loaded;
    }

    Result<TrainResult> train(const TrainJob& job, const fs::path& checkpoint = {},
                              const EpochHook& hook = {}) {
        const std::atomic<bool> never = false;
        Progress silent;
        return trainer_->train(job, network_, dataset_, checkpoint, hook, never, silent);
    }
    Result<TrainResult> train(const TrainJob& job, const fs::path& checkpoint, Interrupter& interrupter,
                              const EpochHook& hook = {}) {
        return trainer_->train(job, network_, dataset_, checkpoint, hook, interrupter.flag, interrupter);
    }
    std::string refusal(const TrainJob& job, const fs::path& checkpoint = {}) {
        const Result<TrainResult> result = train(job, checkpoint);
        return result ? "trained" : to_string(result.error());
    }

    Dataset dataset_ = lines_dataset(96);
    Network network_ = small_network(3);
    std::unique_ptr<TemporaryDirectory> directory_;
    fs::path checkpoint_;
    std::shared_ptr<Trainer> trainer_;
};

} // namespace tandem::testing
