// From the operators of a TensorFlow Lite file to those of ONNX, channels first.
#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "tandem/core/files.h"
#include "tandem/strategy/tflite/tflite.h"
#include "tandem/strategy/tflite/tflite_builder.h"
#include "tandem/strategy/tflite/tflite_file.h"
#include "tandem/strategy/tflite/tflite_layers.h"

namespace tandem {

namespace {

using tflite_file::Activation;
using tflite_file::AddOptions;
using tflite_file::Conv2DOptions;
using tflite_file::DepthwiseConv2DOptions;
using tflite_file::FullyConnectedOptions;
using tflite_file::Graph;
using tflite_file::Operation;
using tflite_file::OperatorView;
using tflite_file::Pool2DOptions;
using tflite_file::TensorType;
using tflite_file::TensorView;
using tflite_file::Weights;
using tflite_file::window_attributes;

using List = std::vector<std::int64_t>;

class Reader {
  public:
    Reader(const Graph& graph, const std::string& file) : graph_(graph), builder_(graph, file), file_(file) {}

    Result<ImportedNetwork> read() {
        if (graph_.inputs.size() != 1 || graph_.outputs.size() != 1) {
            return bad_input(
                file_, "",
                fmt::format("{} inputs and {} outputs", graph_.inputs.size(), graph_.outputs.size()),
                "one of each");
        }
        output_ = graph_.outputs[0];
        count_ = graph_.operators.size();
        leave_out_last_change();
        if (builder_.add_input(graph_.inputs[0])) {
            for (std::size_t i = 0; i < count_; ++i) read_operator(i);
        }
        return builder_.finish(output_);
    }

  private:
    void refuse(std::string place, std::string found, std::string expected) {
        builder_.refuse(std::move(place), std::move(found), std::move(expected));
    }
    const TensorView& tensor(std::int32_t index) const { return builder_.tensor(index); }

    /// A QUANTIZE after the last SOFTMAX changes no prediction either.
    void leave_out_last_change() {
        if (count_ < 2) return;
        const OperatorView& last = graph_.operators[count_ - 1];
        const OperatorView& before = graph_.operators[count_ - 2];
        if (last.operation != static_cast<std::int32_t>(Operation::quantize) ||
            before.operation != static_cast<std::int32_t>(Operation::softmax) ||
            last.outputs != std::vector<std::int32_t>{output_} || last.inputs != before.outputs) {
            return;
        }
        output_ = last.inputs[0];
        --count_;
    }

    void read_operator(std::size_t index) {
        const OperatorView& view = graph_.operators[index];
        const std::string place = fmt::format("operator {}", index);
        if (view.inputs.empty() || view.outputs.size() != 1) {
            return refuse(place,
                          fmt::format("{} inputs and {} outputs", view.inputs.size(), view.outputs.size()),
                          "inputs and one output");
        }
        if (!builder_.is_written(view.inputs[0])) {
            // What an operator with a problem writes has none of its own.
            if (!builder_.has_problems()) refuse(place, "an input that nothing writes", "an activation");
            return;
        }
        switch (static_cast<Operation>(view.operation)) {
        case Operation::add: return read_add(view, place);
        case Operation::average_pool_2d: return read_pool(view, place, "AveragePool");
        case Operation::conv_2d: return read_conv(view, place);
        case Operation::depthwise_conv_2d: return read_depthwise(view, place);
        case Operation::fully_connected: return read_dense(view, place);
        case Operation::max_pool_2d: return read_pool(view, place, "MaxPool");
        case Operation::mean: return read_mean(view, place);
        case Operation::pad: return read_pad(view, place);
        case Operation::quantize:
            // Nothing in float; in integers another format.
            return builder_.append(view, place, "Clip", {tensor(view.inputs[0]).name}, {}, Activation::none);
        case Operation::reshape: return read_reshape(view, place);
        case Operation::softmax: return read_softmax(view, index, place);
        }
        refuse(place, fmt::format("operation {}", view.operation),
               "ADD (0), AVERAGE_POOL_2D (1), CONV_2D (3), DEPTHWISE_CONV_2D (4), FULLY_CONNECTED (9), "
               "MAX_POOL_2D (17), RESHAPE (22), SOFTMAX (25), PAD (34), MEAN (40) or QUANTIZE (114)");
    }

    /// The options of a type, or none, which is told.
    template <class Options> const Options* options_of(const OperatorView& view, const std::string& place) {
        const auto* const options = view.table->template builtin_options_as<Options>();
        if (options == nullptr) refuse(place, "no options, or another operator's", "its own");
        return options;
    }

    /// Whether the operator has its operands, images of four dimensions.
    bool has_images(const OperatorView& view, const std::string& place, std::size_t operands) {
        for (std::size_t i = 0; i < operands; ++i) {
            if (i < view.inputs.size() && view.inputs[i] >= 0 && tensor(view.inputs[i]).extents.size() == 4) {
                continue;
            }
            refuse(place, fmt::format("operand {} that is missing or no image", i), "four dimensions");
            return false;
        }
        return true;
    }

    bool has_positive(const std::string& place, std::initializer_list<std::int64_t> numbers) {
        constexpr std::int64_t kMost = 65'536; // beyond any extent of an image
        const bool are_positive = std::all_of(numbers.begin(), numbers.end(), [](std::int64_t number) {
            return number > 0 && number <= kMost;
        });
        if (!are_positive) refuse(place, "a stride, dilation or extent of 0 or of more than 65536", "less");
        return are_positive;
    }

    void read_conv(const OperatorView& view, const std::string& place) {
        const auto* const options = options_of<Conv2DOptions>(view, place);
        if (options == nullptr || !has_images(view, place, 2)) return;
        const TensorView& weights = tensor(view.inputs[1]);
        const Shape& w = weights.extents; // outputs, rows, columns, inputs of a group
        const std::int64_t channels = tensor(view.inputs[0]).extents[3];
        if (channels % w[3] != 0) {
            return refuse(place, fmt::format("{} input channels for filters of {}", channels, w[3]),
                          "a multiple");
        }
        add_convolution(
            view, place, *options,
            {.view = &weights, .shape = {w[0], w[3], w[1], w[2]}, .axis = 0, .order = {0, 3, 1, 2}},
            channels / w[3]);
    }

    void read_depthwise(const OperatorView& view, const std::string& place) {
        const auto* const options = options_of<DepthwiseConv2DOptions>(view, place);
        if (options == nullptr || !has_images(view, place, 2)) return;
        const TensorView& weights = tensor(view.inputs[1]);
        const Shape& w = weights.extents; // 1, rows, columns, outputs
        const std::int64_t channels = tensor(view.inputs[0]).extents[3];
        if (w[0] != 1 || w[3] % channels != 0) {
            return refuse(place, fmt::format("filters of {} channels for {}", w[3], channels), "a multiple");
        }
        add_convolution(view, place, *options,
                        {.view = &weights, .shape = {w[3], 1, w[1], w[2]}, .axis = 3, .order = {3, -1, 1, 2}},
                        channels);
    }

    template <class Options> void add_convolution(const OperatorView& view, const std::string& place,
                                                  const Options& options, const Weights& weights,
                                                  std::int64_t groups) {
        if (!has_positive(place, {options.stride_h(), options.stride_w(), options.dilation_h_factor(),
                                  options.dilation_w_factor()})) {
            return;
        }
        const Shape& input = tensor(view.inputs[0]).extents;
        auto attributes = window_attributes(
            {input[1], weights.shape[2], options.stride_h(), options.dilation_h_factor()},
            {input[2], weights.shape[3], options.stride_w(), options.dilation_w_factor()}, options.padding());
        attributes["dilations"] = List{options.dilation_h_factor(), options.dilation_w_factor()};
        attributes["group"] = groups;
        builder_.add_layer(view, place, "Conv", weights, std::move(attributes),
                           options.fused_activation_function());
    }

    void read_dense(const OperatorView& view, const std::string& place) {
        const auto* const options = options_of<FullyConnectedOptions>(view, place);
        if (options == nullptr) return;
        const bool has_weights =
            view.inputs.size() > 1 && view.inputs[1] >= 0 && tensor(view.inputs[1]).extents.size() == 2;
        if (tensor(view.inputs[0]).extents.size() != 2 || !has_weights || options->weights_format() != 0) {
            return refuse(place, "operands of other dimensions, or shuffled weights",
                          "a vector and a matrix (outputs, inputs)");
        }
        const TensorView& weights = tensor(view.inputs[1]);
        builder_.add_layer(view, place, "Gemm",
                           {.view = &weights, .shape = weights.extents, .axis = 0, .order = {0, 1}},
                           {{"transB", std::int64_t{1}}}, options->fused_activation_function());
    }

    void read_add(const OperatorView& view, const std::string& place) {
        const auto* const options = options_of<AddOptions>(view, place);
        if (options == nullptr) return;
        if (view.inputs.size() != 2 || !builder_.is_written(view.inputs[1]) ||
            tensor(view.inputs[0]).extents != tensor(view.inputs[1]).extents) {
            return refuse(place, "an ADD that broadcasts or adds a constant",
                          "two activations of equal extents");
        }
        builder_.append(view, place, "Add", {tensor(view.inputs[0]).name, tensor(view.inputs[1]).name}, {},
                        options->fused_activation_function());
    }

    void read_pool(const OperatorView& view, const std::string& place, const std::string& type) {
        const auto* const options = options_of<Pool2DOptions>(view, place);
        if (options == nullptr || !has_images(view, place, 1) ||
            !has_positive(place, {options->stride_h(), options->stride_w(), options->filter_height(),
                                  options->filter_width()})) {
            return;
        }
        const Shape& input = tensor(view.inputs[0]).extents;
        auto attributes = window_attributes({input[1], options->filter_height(), options->stride_h(), 1},
                                            {input[2], options->filter_width(), options->stride_w(), 1},
                                            options->padding());
        attributes["kernel_shape"] = List{options->filter_height(), options->filter_width()};
        builder_.append(view, place, type, {tensor(view.inputs[0]).name}, std::move(attributes),
                        options->fused_activation_function());
    }

    /// The int32 constant that operand 1 is, or none, which is told.
    std::optional<List> integers_of(const OperatorView& view, const std::string& place,
                                    std::string expected) {
        if (view.inputs.size() < 2 || view.inputs[1] < 0 || tensor(view.inputs[1]).data.empty() ||
            tensor(view.inputs[1]).type != TensorType::int32) {
            refuse(place, "operand 1 that is no constant of int32", std::move(expected));
            return std::nullopt;
        }
        List integers;
        for (std::int64_t i = 0; i < tensor(view.inputs[1]).elements(); ++i) {
            integers.push_back(tensor(view.inputs[1]).integer(i));
        }
        return integers;
    }

    /// Of all rows and columns, kept as one pixel or not.
    void read_mean(const OperatorView& view, const std::string& place) {
        if (!has_images(view, place, 1)) return;
        const std::optional<List> axes = integers_of(view, place, "the axes 1 and 2");
        if (!axes) return;
        if (*axes != List{1, 2} && *axes != List{2, 1}) {
            return refuse(place, "a MEAN over other axes than rows and columns", "the axes 1 and 2");
        }
        builder_.append_mean(view, place);
    }

    void read_pad(const OperatorView& view, const std::string& place) {
        if (!has_images(view, place, 1)) return;
        const std::optional<List> pads = integers_of(view, place, "zeros beside rows and columns");
        if (!pads) return;
        constexpr std::int64_t kMost = 65'536; // beyond any extent of an image
        const bool are_legal = pads->size() == 8 && (*pads)[0] == 0 && (*pads)[1] == 0 && (*pads)[6] == 0 &&
                               (*pads)[7] == 0 && *std::ranges::min_element(*pads) >= 0 &&
                               *std::ranges::max_element(*pads) <= kMost;
        if (!are_legal) {
            return refuse(place, "a PAD of samples or channels, or of less than nothing",
                          "zeros beside rows and columns");
        }
        builder_.append_pad(view, place, {0, 0, (*pads)[2], (*pads)[4], 0, 0, (*pads)[3], (*pads)[5]});
    }

    /// A vector of one pixel or one channel has its elements in the same order, channels first or last.
    void read_reshape(const OperatorView& view, const std::string& place) {
        const Shape& from = tensor(view.inputs[0]).extents;
        const Shape& to = tensor(view.outputs[0]).extents;
        const bool keeps_order = from.size() == 4 && (from[3] == 1 || (from[1] == 1 && from[2] == 1));
        if (to.size() != 2 || !keeps_order) {
            return refuse(place, "a RESHAPE that would change the order of elements",
                          "an image of one pixel or one channel to a vector");
        }
        builder_.append(view, place, "Flatten", {tensor(view.inputs[0]).name}, {}, Activation::none);
    }

    void read_softmax(const OperatorView& view, std::size_t index, const std::string& place) {
        if (index + 1 != count_ || view.outputs[0] != output_) {
            return refuse(place, "a SOFTMAX in the middle", "one at the end, which changes no prediction");
        }
        builder_.append_softmax(view, place);
    }

    const Graph& graph_;
    tflite_file::Builder builder_;
    const std::string& file_;
    std::int32_t output_ = 0;
    std::size_t count_ = 0; ///< operators that are read
};

} // namespace

Result<ImportedNetwork> parse_tflite(std::string_view bytes, const std::string& file) {
    const Graph graph = TANDEM_TRY(tflite_file::parse_graph(bytes, file));
    return Reader(graph, file).read();
}

Result<ImportedNetwork> load_tflite(const std::string& path) {
    const std::string bytes = TANDEM_TRY(read_file(path));
    return parse_tflite(bytes, path);
}

} // namespace tandem
