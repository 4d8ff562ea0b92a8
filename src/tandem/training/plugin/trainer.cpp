// The plug-in behind its door: what training.h promises, each in a file of its own.
#include <atomic>
#include <type_traits>

#include <fmt/format.h>
#include <torch/cuda.h>
#include <torch/types.h>
#include <torch/version.h>

#include "tandem/training/plugin/attacker.h"
#include "tandem/training/plugin/ddpg.h"
#include "tandem/training/plugin/door.h"
#include "tandem/training/plugin/training_loop.h"
#include "tandem/training/training.h"

namespace tandem {

namespace {

/// What LibTorch throws becomes an error with a name.
template <class Body> std::invoke_result_t<Body> guarded(const Body& body) {
    try {
        return body();
    } catch (const c10::Error& error) {
        return failed("LibTorch", "", error.what_without_backtrace(), "");
    } catch (const std::bad_alloc&) {
        return failed("LibTorch", "", "no memory left", "a smaller batch_size");
    } catch (const std::runtime_error& error) {
        return failed("LibTorch", "", error.what(), "");
    }
}

class LibTorchTrainer final : public Trainer {
  public:
    Result<void> check(const Network& network) const override {
        return guarded([&] { return check_trainable(network); });
    }

    Result<TrainResult> train(const TrainJob& job, const Network& initial, const Dataset& dataset,
                              const std::filesystem::path& checkpoint, const EpochHook& hook,
                              const std::atomic<bool>& interrupted, Progress& progress) override {
        return guarded([&]() -> Result<TrainResult> {
            return TANDEM_TRY(
                       train_network(job, {}, initial, dataset, checkpoint, hook, interrupted, progress))
                .result;
        });
    }

    Result<QuantizedTraining> train_quantized(const TrainJob& job, const QuantizationSetup& setup,
                                              const Network& initial, const Dataset& dataset,
                                              const std::filesystem::path& checkpoint, const EpochHook& hook,
                                              const std::atomic<bool>& interrupted,
                                              Progress& progress) override {
        return guarded([&]() -> Result<QuantizedTraining> {
            TrainedModule trained = TANDEM_TRY(
                train_network(job, setup, initial, dataset, checkpoint, hook, interrupted, progress));
            return QuantizedTraining{.result = std::move(trained.result),
                                     .strategy = trained.module.strategy()};
        });
    }

    Result<SupernetTraining> train_supernet(const TrainJob& job, const SupernetSetup& setup,
                                            const Network& initial, const Dataset& dataset,
                                            const std::filesystem::path& checkpoint,
                                            const std::atomic<bool>& interrupted,
                                            Progress& progress) override {
        return guarded([&]() -> Result<SupernetTraining> {
            TrainedModule trained = TANDEM_TRY(
                train_network(job, setup, initial, dataset, checkpoint, {}, interrupted, progress));
            return SupernetTraining{.result = std::move(trained.result),
                                    .supernet = trained.module.supernet(setup.space)};
        });
    }

    Result<std::vector<float>> attack(const Attack& attack, const Network& network,
                                      std::span<const float> samples, std::span<const std::int32_t> labels,
                                      const PixelRange& range, const std::atomic<bool>& interrupted,
                                      Progress& progress) override {
        return guarded(
            [&] { return attack_samples(attack, network, samples, labels, range, interrupted, progress); });
    }

    std::unique_ptr<ActorCritic> make_actor_critic(const ActorCriticOptions& options) override {
        return make_ddpg_networks(options);
    }

    std::string describe() const override {
        return fmt::format("LibTorch {}, {}", TORCH_VERSION, torch::cuda::is_available() ? "CUDA" : "CPU");
    }
};

} // namespace

} // namespace tandem

extern "C" {

__attribute__((visibility("default"))) const char* tandem_training_interface() {
    static const std::string text = tandem::training_plugin::interface_name();
    return text.c_str();
}

__attribute__((visibility("default"))) tandem::Trainer* tandem_training_make() {
    return new tandem::LibTorchTrainer();
}
}
