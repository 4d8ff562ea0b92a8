// Float execution of a prepared network on oneDNN: the reference every strategy is compared with,
// and the source of calibration statistics.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/core/result.h"
#include "tandem/network/network.h"

namespace tandem {

/// Called with each stored activation of a batch, in order: its name and its values (N, C, H, W).
using ActivationVisitor = std::function<void(std::string_view tensor, std::span<const float> values)>;

/// Whether a network must have one input and one output, or may have any number.
enum class Ends { single, any };

class FloatExecutor {
  public:
    /// Prepares every node of a network whose constants are folded (prepare_for_deployment). Errors name
    /// the nodes that have no float kernel, all at once, and ends other than those asked for.
    [[nodiscard]] static Result<FloatExecutor> create(const Network& network, Ends ends = Ends::single);
    FloatExecutor(FloatExecutor&&) noexcept;
    FloatExecutor& operator=(FloatExecutor&&) noexcept;
    ~FloatExecutor();

    /// Runs `samples` samples, (N, C, H, W) row-major, and returns the outputs, (N, classes).
    /// One thread; safe to call from many. A run that is visited executes node by node; one that is not fuses
    /// nodes and takes some samples at a time, so that the last bits may differ.
    std::vector<float> run(std::span<const float> input, std::int64_t samples) const;
    std::vector<float> run(std::span<const float> input, std::int64_t samples,
                           const ActivationVisitor& visit) const;
    /// The same with any number of inputs, each by its name, and of outputs, by theirs.
    std::map<std::string, std::vector<float>> run(const std::map<std::string, std::span<const float>>& inputs,
                                                  std::int64_t samples, const ActivationVisitor& visit) const;

  private:
    struct Plan;
    explicit FloatExecutor(std::unique_ptr<Plan> plan);
    std::unique_ptr<Plan> plan_;
};

} // namespace tandem
