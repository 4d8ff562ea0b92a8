#include "tandem/training/plugin/fused_output.h"

#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include <torch/csrc/autograd/custom_function.h>

#include "tandem/training/plugin/normalization_kernels.h"
#include "tandem/training/plugin/pass_tail.h"

namespace tandem {

namespace {

using rounding::by_number;
using rounding::Constants;
using rounding::laid_out_like;
using rounding::PassTail;
using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// The step of the tail, or a number in its place.
Tensor step_of(const OutputTail& tail) { return tail.rounding ? tail.rounding->step : torch::ones({}); }

std::span<const float> channels_of(const Tensor& tensor) {
    return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

/// By channel.
struct BatchStatistics {
    std::vector<double> mean;
    std::vector<double> variance;
};

BatchStatistics statistics_of(const Tensor& values, const Tensor& near_mean) {
    const std::int64_t channels = values.size(1);
    const std::span<const float> near = channels_of(near_mean);
    rounding::Moments moments{.around = rounding::spread(channels, [&](std::size_t c) { return near[c]; }),
                              .sums = rounding::no_sums(channels),
                              .squares = rounding::no_sums(channels)};
    by_number(values, [&](auto numbers) { rounding::add_moments(numbers(values), values.numel(), moments); });
    const auto count = static_cast<double>(values.numel() / channels);
    BatchStatistics statistics{.mean = rounding::gather(moments.sums, channels),
                               .variance = rounding::gather(moments.squares, channels)};
    for (std::size_t c = 0; c < near.size(); ++c) {
        const double difference = statistics.mean[c] / count;
        statistics.variance[c] = std::max(0.0, statistics.variance[c] / count - difference * difference);
        statistics.mean[c] = static_cast<double>(near[c]) + difference;
    }
    return statistics;
}

void move_running(const BatchStatistics& batch, const ChannelNormalization& normalization, double count) {
    const double share = normalization.share;
    const double unbiased = count / std::max(1.0, count - 1.0);
    auto* const mean = normalization.running_mean.data_ptr<float>();
    auto* const variance = normalization.running_variance.data_ptr<float>();
    const auto moved = [&](float running, double now) {
        return static_cast<float>((1.0 - share) * static_cast<double>(running) + share * now);
    };
    for (std::size_t c = 0; c < batch.mean.size(); ++c) {
        mean[c] = moved(mean[c], batch.mean[c]);
        variance[c] = moved(variance[c], unbiased * batch.variance[c]);
    }
}

/// Of a batch: by channel its mean, and 1 over the root of its variance plus epsilon.
struct Standard {
    std::vector<double> mean;
    std::vector<double> inverse_deviation;

    rounding::Lines lines(const Tensor& scale, const Tensor& shift) const {
        const std::span<const float> scales = channels_of(scale);
        const std::span<const float> shifts = channels_of(shift);
        const auto slope = [&](std::size_t c) {
            return static_cast<double>(scales[c]) * inverse_deviation[c];
        };
        const auto channels = static_cast<std::int64_t>(mean.size());
        return {.slope = rounding::spread(channels, slope),
                .offset = rounding::spread(channels, [&](std::size_t c) {
                    return static_cast<double>(shifts[c]) - mean[c] * slope(c);
                })};
    }
};

class NormalizeBatch : public torch::autograd::Function<NormalizeBatch> {
  public:
    static Tensor forward(AutogradContext* context, const Tensor& values, const Tensor& scale,
                          const Tensor& shift, const Tensor& step, const ChannelNormalization& normalization,
                          const PassTail& tail) {
        BatchStatistics batch = statistics_of(values, normalization.running_mean);
        move_running(batch, normalization, static_cast<double>(values.numel() / values.size(1)));
        Standard standard{.mean = std::move(batch.mean), .inverse_deviation = std::move(batch.variance)};
        for (double& variance : standard.inverse_deviation) {
            variance = 1.0 / std::sqrt(variance + normalization.epsilon);
        }
        context->save_for_backward({values, scale, shift, step});
        context->saved_data["mean"] = standard.mean;
        context->saved_data["inverse_deviation"] = standard.inverse_deviation;
        tail.save(*context);
        const rounding::Lines lines = standard.lines(scale, shift);
        Tensor results = torch::empty_like(values);
        by_number(values, [&](auto numbers) {
            tail.run(step, [&](auto kind, const Constants& constants) {
                rounding::normalize<kind.value>(numbers(values), numbers(results), values.numel(), lines,
                                                constants);
            });
        });
        return results;
    }

    static variable_list backward(AutogradContext* context, const variable_list& outputs) {
        const variable_list saved = context->get_saved_variables();
        const Tensor& values = saved[0];
        const Tensor& scale = saved[1];
        const Tensor& step = saved[3];
        const PassTail tail = PassTail::load(*context);
        const Standard standard{.mean = context->saved_data["mean"].toDoubleVector(),
                                .inverse_deviation =
                                    context->saved_data["inverse_deviation"].toDoubleVector()};
        const std::int64_t channels = values.size(1);
        const rounding::Lines lines = standard.lines(scale, saved[2]);
        const Tensor gradients = laid_out_like(values, outputs[0]);
        rounding::GradientSums found{
            .mean = rounding::spread(channels, [&](std::size_t c) { return standard.mean[c]; }),
            .sums = rounding::no_sums(channels),
            .products = rounding::no_sums(channels),
            .of_step = rounding::no_sums(channels)};
        Tensor results = torch::empty_like(values);
        Tensor of_scale = torch::empty_like(scale);
        Tensor of_shift = torch::empty_like(scale);
        by_number(values, [&](auto numbers) {
            tail.run(step, [&](auto kind, const Constants& constants) {
                rounding::add_gradient_sums<kind.value>(numbers(values), numbers(gradients), values.numel(),
                                                        lines, constants, found);
                const std::vector<double> sums = rounding::gather(found.sums, channels);
                const std::vector<double> products = rounding::gather(found.products, channels);
                const rounding::Lines back = through_statistics(
                    standard, scale, sums, products, static_cast<double>(values.numel() / channels));
                rounding::differentiate_normalized<kind.value>(numbers(values), numbers(gradients),
                                                               numbers(results), values.numel(), lines, back,
                                                               constants);
                for (std::size_t c = 0; c < sums.size(); ++c) {
                    of_scale.data_ptr<float>()[c] =
                        static_cast<float>(products[c] * standard.inverse_deviation[c]);
                    of_shift.data_ptr<float>()[c] = static_cast<float>(sums[c]);
                }
            });
        });
        return {results,  of_scale, of_shift, tail.step_gradient(rounding::gather(found.of_step, 1), step),
                Tensor(), Tensor()};
    }

  private:
    /// What each value moves through mean and variance: slope * (mean of the gradients + (value - mean) *
    /// mean of the products / (variance + epsilon)), as a line in the value.
    static rounding::Lines through_statistics(const Standard& standard, const Tensor& scale,
                                              const std::vector<double>& sums,
                                              const std::vector<double>& products, double count) {
        const std::span<const float> scales = channels_of(scale);
        const auto channels = static_cast<std::int64_t>(sums.size());
        const auto slope = [&](std::size_t c) {
            return static_cast<double>(scales[c]) * std::pow(standard.inverse_deviation[c], 3) * products[c] /
                   count;
        };
        const auto offset = [&](std::size_t c) {
            return static_cast<double>(scales[c]) * standard.inverse_deviation[c] * sums[c] / count -
                   standard.mean[c] * slope(c);
        };
        return {.slope = rounding::spread(channels, slope), .offset = rounding::spread(channels, offset)};
    }
};

class AddTwo : public torch::autograd::Function<AddTwo> {
  public:
    static Tensor forward(AutogradContext* context, const Tensor& left, const Tensor& right,
                          const Tensor& step, const PassTail& tail) {
        context->save_for_backward({left, right, step});
        tail.save(*context);
        Tensor results = torch::empty_like(left);
        by_number(left, [&](auto numbers) {
            tail.run(step, [&](auto kind, const Constants& constants) {
                rounding::add_all<kind.value>(numbers(left), numbers(right), numbers(results), left.numel(),
                                              constants);
            });
        });
        return results;
    }

    static variable_list backward(AutogradContext* context, const variable_list& outputs) {
        const variable_list saved = context->get_saved_variables();
        const Tensor& left = saved[0];
        const Tensor& right = saved[1];
        const Tensor& step = saved[2];
        const PassTail tail = PassTail::load(*context);
        const Tensor gradients = laid_out_like(left, outputs[0]);
        Tensor results = torch::empty_like(left);
        rounding::Places of_step = rounding::no_sums(1);
        by_number(left, [&](auto numbers) {
            tail.run(step, [&](auto kind, const Constants& constants) {
                rounding::differentiate_sum<kind.value>(numbers(left), numbers(right), numbers(gradients),
                                                        numbers(results), left.numel(), constants, of_step);
            });
        });
        return {results, results, tail.step_gradient(rounding::gather(of_step, 1), step), Tensor()};
    }
};

bool holds_numbers(const Tensor& values) {
    const bool is_known = values.scalar_type() == torch::kFloat32 || values.scalar_type() == torch::kBFloat16;
    return values.device().is_cpu() && is_known && values.numel() > 0;
}

Tensor finish_plainly(Tensor value, const OutputTail& tail) {
    if (tail.is_rectified) value = torch::relu(value);
    if (tail.clips()) value = torch::clamp(value, tail.floor, tail.ceiling);
    return tail.rounding ? fake_quantize(value, tail.rounding->step, tail.rounding->quantizer) : value;
}

} // namespace

bool suits_fusion(const Tensor& values) {
    return holds_numbers(values) && values.dim() == 4 &&
           values.is_contiguous(torch::MemoryFormat::ChannelsLast);
}

bool suits_fusion(const Tensor& left, const Tensor& right) {
    return holds_numbers(left) && holds_numbers(right) && left.scalar_type() == right.scalar_type() &&
           left.sizes() == right.sizes() && left.strides() == right.strides() &&
           left.is_non_overlapping_and_dense();
}

Tensor normalize_batch(const Tensor& values, const ChannelNormalization& normalization,
                       const OutputTail& tail) {
    return NormalizeBatch::apply(values, normalization.scale, normalization.shift, step_of(tail),
                                 normalization, PassTail(tail));
}

Tensor normalize_plainly(const Tensor& values, const ChannelNormalization& normalization,
                         const OutputTail& tail, bool is_training) {
    return finish_plainly(torch::batch_norm(values, normalization.scale, normalization.shift,
                                            normalization.running_mean, normalization.running_variance,
                                            is_training, normalization.share, normalization.epsilon,
                                            /*cudnn_enabled=*/true),
                          tail);
}

Tensor add(const Tensor& left, const Tensor& right, const OutputTail& tail) {
    return AddTwo::apply(left, right, step_of(tail), PassTail(tail));
}

Tensor add_plainly(const Tensor& left, const Tensor& right, const OutputTail& tail) {
    return finish_plainly(left + right, tail);
}

} // namespace tandem
