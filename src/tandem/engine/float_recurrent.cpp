// Float kernels of GRU and LSTM; network/operators/gru.cpp and lstm.cpp state their equations. The products
// of the input are taken for all times at once, those of the hidden state step by step.
#include <algorithm>
#include <cmath>
#include <vector>

#include "tandem/engine/float_kernel_list.h"
#include "tandem/engine/float_tensors.h"
#include "tandem/network/operators/operators.h"

namespace tandem::float_kernels {

using dnnl::memory;
using onednn::cpu;
using Floats = std::vector<float>;

namespace {

// Inputs by their place in the node.
constexpr std::size_t kWeights = 1;
constexpr std::size_t kRecurrence = 2;
constexpr std::size_t kBias = 3;
constexpr std::size_t kInitialHidden = 5;
constexpr std::size_t kInitialCell = 6;
constexpr std::size_t kPeepholes = 7;

float sigmoid_of(float value) { return 1.0F / (1.0F + std::exp(-value)); }

/// left (rows, inner) times the transposed right (columns, inner), both row-major.
class Product {
  public:
    Product(std::int64_t rows, std::int64_t inner, std::int64_t columns)
        : left_({rows, inner}, memory::data_type::f32, memory::format_tag::ab),
          right_({inner, columns}, memory::data_type::f32, memory::format_tag::ba),
          result_({rows, columns}, memory::data_type::f32, memory::format_tag::ab),
          primitive_(dnnl::matmul::primitive_desc(dnnl::matmul::desc(left_, right_, result_), cpu())) {}

    void run(float* left, float* right, float* result) const {
        onednn::execute(primitive_, {{DNNL_ARG_SRC, memory(left_, cpu(), left)},
                                     {DNNL_ARG_WEIGHTS, memory(right_, cpu(), right)},
                                     {DNNL_ARG_DST, memory(result_, cpu(), result)}});
    }

  private:
    memory::desc left_;
    memory::desc right_;
    memory::desc result_;
    dnnl::matmul primitive_;
};

/// The extents of a call, and its constants by direction.
struct Recurrence {
    Recurrence(const FloatCall& of, std::int64_t gate_count)
        : call(of), attributes(recurrent_attributes(of.node, of.network)), gates(gate_count) {
        const Extents extents = call.inputs[0].get_desc().dims();
        samples = extents[0];
        times = extents[1];
        features = extents[2];
        hidden = attributes.hidden_size;
    }

    /// The values of a constant for one direction; null where the node has no such input.
    float* constant(std::size_t input, std::int64_t direction, std::int64_t elements) const {
        return has_input(call, input) ? floats(call.inputs[input]) + direction * elements : nullptr;
    }
    /// The bias of W (part 0) or R (part 1), zeros where there is none.
    Floats bias(std::int64_t direction, std::int64_t part) const {
        const float* both = constant(kBias, direction, 2 * gates * hidden);
        Floats values(static_cast<std::size_t>(gates * hidden), 0.0F);
        if (both != nullptr) std::copy_n(both + part * gates * hidden, values.size(), values.begin());
        return values;
    }
    /// A state (sample, hidden) as it is before the first step.
    Floats initial(std::size_t input, std::int64_t direction) const {
        Floats state(static_cast<std::size_t>(samples * hidden), 0.0F);
        const float* given = constant(input, direction, hidden);
        for (std::int64_t n = 0; n < samples && given != nullptr; ++n) {
            std::copy_n(given, hidden, state.begin() + n * hidden);
        }
        return state;
    }

    const FloatCall& call;
    RecurrentAttributes attributes;
    std::int64_t gates = 1;
    std::int64_t samples = 0;
    std::int64_t times = 0;
    std::int64_t features = 0;
    std::int64_t hidden = 0;
};

/// Runs the cell over time in each direction. Cell(recurrence, direction) has step(projected, stride, state):
/// from the input's products of one time, samples `stride` apart, and the state before, the state after.
template <class Cell> memory over_time(const Recurrence& run) {
    memory input = row_major(run.call.inputs[0]);
    memory output(onnx_layout(output_extents(run.call)), cpu());
    const std::int64_t directions = run.attributes.direction == Direction::bidirectional ? 2 : 1;
    const std::int64_t columns = run.gates * run.hidden;
    const Product project(run.samples * run.times, run.features, columns);
    Floats projected(static_cast<std::size_t>(run.samples * run.times * columns));
    for (std::int64_t direction = 0; direction < directions; ++direction) {
        project.run(floats(input), run.constant(kWeights, direction, columns * run.features),
                    projected.data());
        const Floats bias = run.bias(direction, 0);
        for (std::size_t i = 0; i < projected.size(); ++i) projected[i] += bias[i % bias.size()];
        Cell cell(run, direction);
        Floats state = run.initial(kInitialHidden, direction);
        const bool is_backwards = direction == 1 || run.attributes.direction == Direction::reverse;
        for (std::int64_t step = 0; step < run.times; ++step) {
            const std::int64_t time = is_backwards ? run.times - 1 - step : step;
            cell.step(projected.data() + time * columns, run.times * columns, state);
            for (std::int64_t n = 0; n < run.samples; ++n) {
                const std::int64_t place = (n * run.times + time) * directions + direction;
                std::copy_n(state.begin() + n * run.hidden, run.hidden, floats(output) + place * run.hidden);
            }
        }
    }
    return as_output(run.call, output);
}

class GruCell {
  public:
    GruCell(const Recurrence& run, std::int64_t direction)
        : run_(run), recurrence_(run.constant(kRecurrence, direction, 3 * run.hidden * run.hidden)),
          bias_(run.bias(direction, 1)), product_(run.samples, run.hidden, 3 * run.hidden),
          candidate_product_(run.samples, run.hidden, run.hidden),
          products_(static_cast<std::size_t>(run.samples * 3 * run.hidden)),
          reset_(static_cast<std::size_t>(run.samples * run.hidden)), candidates_(reset_.size()) {}

    void step(const float* projected, std::int64_t stride, Floats& state) {
        const std::int64_t hidden = run_.hidden;
        product_.run(state.data(), recurrence_, products_.data());
        const auto gate = [&](std::int64_t n, std::int64_t part, std::int64_t j) {
            const auto place = static_cast<std::size_t>(part * hidden + j);
            return sigmoid_of(projected[n * stride + part * hidden + j] +
                              products_[static_cast<std::size_t>(n * 3 * hidden) + place] + bias_[place]);
        };
        for (std::int64_t n = 0; n < run_.samples; ++n) {
            for (std::int64_t j = 0; j < hidden; ++j) {
                const auto place = static_cast<std::size_t>(n * hidden + j);
                const float product = products_[static_cast<std::size_t>((n * 3 + 2) * hidden + j)];
                const float reset = gate(n, 1, j);
                reset_[place] = run_.attributes.resets_after_product
                                    ? reset * (product + bias_[static_cast<std::size_t>(2 * hidden + j)])
                                    : reset * state[place];
            }
        }
        if (run_.attributes.resets_after_product) {
            candidates_ = reset_;
        } else {
            candidate_product_.run(reset_.data(), recurrence_ + 2 * hidden * hidden, candidates_.data());
        }
        for (std::int64_t n = 0; n < run_.samples; ++n) {
            for (std::int64_t j = 0; j < hidden; ++j) {
                const auto place = static_cast<std::size_t>(n * hidden + j);
                float sum = projected[n * stride + 2 * hidden + j] + candidates_[place];
                if (!run_.attributes.resets_after_product) {
                    sum += bias_[static_cast<std::size_t>(2 * hidden + j)];
                }
                const float update = gate(n, 0, j);
                state[place] = (1.0F - update) * std::tanh(sum) + update * state[place];
            }
        }
    }

  private:
    const Recurrence& run_;
    float* recurrence_;
    Floats bias_;
    Product product_;
    Product candidate_product_;
    Floats products_;   ///< (sample, gate, hidden): the state's
    Floats reset_;      ///< (sample, hidden): what the reset gate lets through
    Floats candidates_; ///< (sample, hidden): the recurrent part of the candidate's sum
};

class LstmCell {
  public:
    LstmCell(const Recurrence& run, std::int64_t direction)
        : run_(run), recurrence_(run.constant(kRecurrence, direction, 4 * run.hidden * run.hidden)),
          peepholes_(run.constant(kPeepholes, direction, 3 * run.hidden)), bias_(run.bias(direction, 1)),
          product_(run.samples, run.hidden, 4 * run.hidden),
          products_(static_cast<std::size_t>(run.samples * 4 * run.hidden)),
          cell_(run.initial(kInitialCell, direction)) {}

    void step(const float* projected, std::int64_t stride, Floats& state) {
        const std::int64_t hidden = run_.hidden;
        product_.run(state.data(), recurrence_, products_.data());
        for (std::int64_t n = 0; n < run_.samples; ++n) {
            for (std::int64_t j = 0; j < hidden; ++j) {
                const auto sum = [&](std::int64_t part) {
                    const auto place = static_cast<std::size_t>(part * hidden + j);
                    return projected[n * stride + part * hidden + j] +
                           products_[static_cast<std::size_t>(n * 4 * hidden) + place] + bias_[place];
                };
                const auto peephole = [&](std::int64_t part, float cell) {
                    return peepholes_ == nullptr ? 0.0F : peepholes_[part * hidden + j] * cell;
                };
                float& cell = cell_[static_cast<std::size_t>(n * hidden + j)];
                const float input = sigmoid_of(sum(0) + peephole(0, cell));
                const float forget = sigmoid_of(sum(2) + peephole(2, cell));
                cell = forget * cell + input * std::tanh(sum(3));
                const float output = sigmoid_of(sum(1) + peephole(1, cell));
                state[static_cast<std::size_t>(n * hidden + j)] = output * std::tanh(cell);
            }
        }
    }

  private:
    const Recurrence& run_;
    float* recurrence_;
    float* peepholes_; ///< (gate i, o, f; hidden), or null
    Floats bias_;
    Product product_;
    Floats products_; ///< (sample, gate, hidden): the state's
    Floats cell_;     ///< (sample, hidden)
};

} // namespace

memory gru(const FloatCall& call) { return over_time<GruCell>(Recurrence(call, 3)); }

memory lstm(const FloatCall& call) { return over_time<LstmCell>(Recurrence(call, 4)); }

} // namespace tandem::float_kernels
