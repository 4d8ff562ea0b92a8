#include "unit/network/reference_evaluator.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include <gtest/gtest.h>

#include "tandem/network/operators/operators.h"

namespace tandem::sketch {

namespace {

using Values = std::vector<double>;

std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }

class Evaluation {
  public:
    Evaluation(const Network& network, std::int64_t samples) : network_(network), samples_(samples) {}

    Values run(const Values& input) {
        values_[network_.inputs.front()] = input;
        for (const auto& [name, parameter] : network_.parameters) {
            if (const auto* floats = std::get_if<std::vector<float>>(&parameter.values)) {
                values_[name] = Values(floats->begin(), floats->end());
            }
        }
        for (const Node& node : network_.nodes) values_[node.outputs.front()] = compute(node);
        return values_.at(network_.outputs.front());
    }

  private:
    Values compute(const Node& node) {
        if (node.type == "Constant") return constant(node);
        const Values& x = values_[node.inputs.front()];
        if (node.type == "Identity" || node.type == "Reshape" || node.type == "Flatten") return x;
        if (node.type == "Relu") return each(x, [](double v) { return std::max(v, 0.0); });
        if (node.type == "Clip") {
            const ClipBounds bounds = clip_bounds(node, network_);
            return each(x, [&](double v) {
                return std::clamp(v, static_cast<double>(bounds.minimum),
                                  static_cast<double>(bounds.maximum));
            });
        }
        if (node.type == "Add") return add(x, values_.at(node.inputs[1]));
        if (node.type == "BatchNormalization") return normalize(node, x);
        if (node.type == "Concat") return concatenate(node);
        if (node.type == "Conv") return convolve(node, x);
        if (node.type == "Gemm") return multiply(node, x);
        if (node.type == "MaxPool" || node.type == "AveragePool") return pool(node, x);
        if (node.type == "GlobalAveragePool") return global_mean(node, x);
        if (node.type == "Pad") return pad(node, x);
        if (node.type == "Slice") return slice(node, x);
        if (node.type == "Softmax") return softmax(node, x);
        ADD_FAILURE() << "no plain loop for " << node.type;
        return {};
    }

    /// Along the channels, which are outermost in a sample.
    Values concatenate(const Node& node) const {
        EXPECT_EQ(axis_attribute(node, network_), 1U);
        Values all;
        for (const std::string& input : node.inputs) {
            const Values& part = values_.at(input);
            all.insert(all.end(), part.begin(), part.end());
        }
        return all;
    }

    template <class Function> static Values each(Values values, Function function) {
        std::transform(values.begin(), values.end(), values.begin(), function);
        return values;
    }

    static Values constant(const Node& node) {
        const Attribute& value = node.attributes.begin()->second;
        if (const auto* number = std::get_if<float>(&value)) return {static_cast<double>(*number)};
        if (const auto* list = std::get_if<std::vector<float>>(&value)) return {list->begin(), list->end()};
        return {}; // integers are read through the operators' typed attributes
    }

    static Values add(Values left, const Values& right) {
        for (std::size_t i = 0; i < left.size(); ++i) left[i] += right[i];
        return left;
    }

    Values normalize(const Node& node, Values x) {
        const Shape& shape = network_.shape(node.inputs[0]);
        const std::size_t channels = at(shape[1]);
        const std::size_t area = at(elements_per_sample(shape)) / channels;
        const auto parameter = [&](std::size_t input, std::size_t c) {
            return values_.at(node.inputs[input])[c];
        };
        for (std::size_t i = 0; i < x.size(); ++i) {
            const std::size_t c = i / area % channels;
            const double deviation = std::sqrt(parameter(4, c) + normalization_epsilon(node));
            x[i] = (x[i] - parameter(3, c)) / deviation * parameter(1, c) + parameter(2, c);
        }
        return x;
    }

    /// Visits each pair of an output and a tap inside the input, on one plane: visit(output, input, tap).
    template <class Visit> void slide(const Window& window, const Shape& in, const Shape& out, Visit visit) {
        for (std::int64_t oy = 0; oy < out[2]; ++oy) {
            for (std::int64_t ox = 0; ox < out[3]; ++ox) {
                for (std::int64_t tap = 0; tap < window.kernel[0] * window.kernel[1]; ++tap) {
                    const std::int64_t row = oy * window.strides[0] - window.pads_begin[0] +
                                             tap / window.kernel[1] * window.dilations[0];
                    const std::int64_t column = ox * window.strides[1] - window.pads_begin[1] +
                                                tap % window.kernel[1] * window.dilations[1];
                    if (row < 0 || row >= in[2] || column < 0 || column >= in[3]) continue;
                    visit(at(oy * out[3] + ox), at(row * in[3] + column), at(tap));
                }
            }
        }
    }

    Values convolve(const Node& node, const Values& x) {
        const ConvAttributes attributes = conv_attributes(node, network_);
        const Shape& in = network_.shape(node.inputs[0]);
        const Shape& out = network_.shape(node.outputs[0]);
        const Values& weights = values_.at(node.inputs[1]);
        const std::size_t taps = at(attributes.window.kernel[0] * attributes.window.kernel[1]);
        const std::size_t group_inputs = at(in[1] / attributes.groups);
        const std::size_t group_outputs = at(out[1] / attributes.groups);
        const std::size_t in_area = at(in[2] * in[3]);
        const std::size_t out_area = at(out[2] * out[3]);
        Values y(at(samples_ * out[1]) * out_area, 0.0);
        for (std::size_t plane = 0; plane < at(samples_ * out[1]); ++plane) {
            const std::size_t n = plane / at(out[1]);
            const std::size_t k = plane % at(out[1]);
            for (std::size_t c = 0; c < group_inputs; ++c) {
                const std::size_t input_plane = n * at(in[1]) + k / group_outputs * group_inputs + c;
                slide(attributes.window, in, out, [&](std::size_t o, std::size_t i, std::size_t tap) {
                    y[plane * out_area + o] +=
                        x[input_plane * in_area + i] * weights[(k * group_inputs + c) * taps + tap];
                });
            }
            if (node.inputs.size() < 3 || node.inputs[2].empty()) continue;
            for (std::size_t o = 0; o < out_area; ++o)
                y[plane * out_area + o] += values_.at(node.inputs[2])[k];
        }
        return y;
    }

    Values multiply(const Node& node, const Values& x) {
        const bool is_transposed = gemm_attributes(node).transposes_weights;
        const std::size_t inputs = at(network_.shape(node.inputs[0])[1]);
        const std::size_t outputs = at(network_.shape(node.outputs[0])[1]);
        const Values& weights = values_.at(node.inputs[1]);
        Values y(at(samples_) * outputs, 0.0);
        for (std::size_t i = 0; i < y.size(); ++i) {
            const std::size_t k = i % outputs;
            for (std::size_t c = 0; c < inputs; ++c) {
                y[i] +=
                    x[i / outputs * inputs + c] * weights[is_transposed ? k * inputs + c : c * outputs + k];
            }
            if (node.inputs.size() < 3 || node.inputs[2].empty()) continue;
            const Values& bias = values_.at(node.inputs[2]);
            y[i] += bias[bias.size() == 1 ? 0 : k];
        }
        return y;
    }

    Values pool(const Node& node, const Values& x) {
        const PoolAttributes attributes = pool_attributes(node, network_);
        const Shape& in = network_.shape(node.inputs[0]);
        const Shape& out = network_.shape(node.outputs[0]);
        const bool is_max = node.type == "MaxPool";
        const double taps = static_cast<double>(attributes.window.kernel[0] * attributes.window.kernel[1]);
        const std::size_t out_area = at(out[2] * out[3]);
        Values y;
        for (std::size_t plane = 0; plane < at(samples_ * in[1]); ++plane) {
            Values sums(out_area, is_max ? -std::numeric_limits<double>::infinity() : 0.0);
            Values counts(out_area, 0.0);
            slide(attributes.window, in, out, [&](std::size_t o, std::size_t i, std::size_t) {
                const double value = x[plane * at(in[2] * in[3]) + i];
                sums[o] = is_max ? std::max(sums[o], value) : sums[o] + value;
                counts[o] += 1.0;
            });
            for (std::size_t o = 0; o < out_area; ++o) {
                y.push_back(is_max ? sums[o] : sums[o] / (attributes.counts_padding ? taps : counts[o]));
            }
        }
        return y;
    }

    Values global_mean(const Node& node, const Values& x) {
        const Shape& in = network_.shape(node.inputs[0]);
        const std::size_t area = at(in[2] * in[3]);
        Values y(at(samples_ * in[1]), 0.0);
        for (std::size_t i = 0; i < x.size(); ++i) y[i / area] += x[i] / static_cast<double>(area);
        return y;
    }

    Values pad(const Node& node, const Values& x) {
        const PadAttributes attributes = pad_attributes(node, network_);
        const Shape& in = network_.shape(node.inputs[0]);
        const Shape& out = network_.shape(node.outputs[0]);
        Values y(at(samples_ * elements_per_sample(out)), static_cast<double>(attributes.value));
        for (std::size_t i = 0; i < x.size(); ++i) {
            // From the innermost dimension outwards: the place in the input, moved by the pads.
            std::size_t rest = i;
            std::size_t place = 0;
            std::size_t stride = 1;
            for (std::size_t d = in.size(); d-- > 1;) {
                place += (rest % at(in[d]) + at(attributes.pads_begin[d])) * stride;
                rest /= at(in[d]);
                stride *= at(out[d]);
            }
            y[rest * stride + place] = x[i];
        }
        return y;
    }

    Values slice(const Node& node, const Values& x) {
        const SliceAttributes part = slice_attributes(node, network_);
        const Shape& in = network_.shape(node.inputs[0]);
        Values y(at(samples_ * elements_per_sample(part.extents)));
        for (std::size_t i = 0; i < y.size(); ++i) {
            std::int64_t rest = static_cast<std::int64_t>(i);
            std::int64_t place = 0;
            std::int64_t stride = 1;
            for (std::size_t d = in.size(); d-- > 1;) {
                place += (part.starts[d] + rest % part.extents[d] * part.steps[d]) * stride;
                rest /= part.extents[d];
                stride *= in[d];
            }
            y[i] = x[at(rest * stride + place)];
        }
        return y;
    }

    Values softmax(const Node& node, Values x) {
        const std::size_t classes = at(network_.shape(node.inputs[0])[1]);
        for (std::size_t first = 0; first < x.size(); first += classes) {
            double sum = 0.0;
            for (std::size_t k = first; k < first + classes; ++k) sum += std::exp(x[k]);
            for (std::size_t k = first; k < first + classes; ++k) x[k] = std::exp(x[k]) / sum;
        }
        return x;
    }

    const Network& network_;
    std::int64_t samples_;
    std::map<std::string, Values> values_;
};

} // namespace

std::vector<double> evaluate(const Network& network, const std::vector<double>& input, std::int64_t samples) {
    return Evaluation(network, samples).run(input);
}

void expect_same_results(const Network& before, const Network& after) {
    constexpr std::int64_t kSamples = 2;
    Values input(at(kSamples * elements_per_sample(before.shape(before.inputs.front()))));
    for (std::size_t i = 0; i < input.size(); ++i) {
        input[i] = (static_cast<double>((i * 5) % 13) - 6.0) / 3.0;
    }
    const Values left = evaluate(before, input, kSamples);
    const Values right = evaluate(after, input, kSamples);
    ASSERT_EQ(left.size(), right.size());
    ASSERT_FALSE(left.empty());
    for (std::size_t i = 0; i < left.size(); ++i) {
        ASSERT_NEAR(left[i], right[i], 1e-5 * (1.0 + std::abs(left[i]))) << "at element " << i;
    }
}

} // namespace tandem::sketch
