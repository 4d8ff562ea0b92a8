#include "tandem/machine/microcontroller/layer_work.h"

#include <algorithm>
#include <map>
#include <variant>

#include <fmt/format.h>

#include "tandem/core/units.h"
#include "tandem/engine/headroom.h"
#include "tandem/machine/microcontroller/part_sizes.h"
#include "tandem/machine/microcontroller/visible_windows.h"

namespace tandem {

namespace {

constexpr std::int64_t kVector = 16; ///< bytes of an M-profile vector

bool is_byte(const NumberFormat& format) { return format.bits <= 8; }

/// Of which width elements are read: "_8" or "_16".
std::string width_of(const IntegerTensor& tensor) { return is_byte(tensor.format) ? "_8" : "_16"; }

/// Counts of one layer.
class LayerCounter {
  public:
    LayerCounter(const CFacts& facts, const LayerFacts& layer, const Target& target)
        : facts_(facts), facts_of_layer_(layer), target_(target), step_(*layer.layer),
          parameters_(layer.parameters), input_(facts.program.tensors[step_.input]),
          output_(facts.program.tensors[step_.output]),
          windows_(visible_windows(step_.window, input_.extents, output_.extents)) {}

    std::vector<Work> count() {
        switch (parameters_.kernel) {
        case LayerKernel::narrow: count_narrow(); break;
        case LayerKernel::depthwise: count_depthwise(); break;
        case LayerKernel::wide: count_wide(); break;
        }
        return std::move(work_);
    }

  private:
    void add(std::string kind, std::int64_t times) {
        if (times > 0) work_.push_back({std::move(kind), static_cast<double>(times)});
    }

    /// What a kernel does besides products and outputs; with scales, more each time than without.
    void add_setting_up(std::string_view kernel, std::string_view what, std::int64_t times) {
        add(fmt::format("{}{}", kernel, what), times);
        if (has_scales()) {
            add(part_of(fmt::format("{}.scaled{}", kernel, what), c_arithmetic(facts_.program)), times);
        }
    }

    bool has_scales() const { return output_.scale.has_value(); }
    bool requantizes_input() const { return !(input_.format == step_.input_format); }
    std::int64_t outputs() const { return output_.extents.channels; }

    /// How far sums are shifted to the right.
    int output_shift() const {
        int fraction_bits = accumulator_fraction_bits(step_) + parameters_.weight_shift;
        if (step_.residual) {
            const IntegerTensor& residual = facts_.program.tensors[*step_.residual];
            fraction_bits = std::max(fraction_bits, residual.format.fraction_bits);
        }
        return fraction_bits - output_.format.fraction_bits;
    }
    /// Whether outputs are bytes that saturate at their ends alone (is_plain of the kernels).
    bool is_plain() const {
        if (has_scales() || !is_byte(output_.format) || output_shift() <= 0) return false;
        const bool is_signed = output_.format.signedness == Signedness::is_signed;
        return step_.clamp == (is_signed ? Clamp{-128, 127} : Clamp{0, 255});
    }
    /// What makes so many outputs of sums, where no shorter way is open.
    void add_general_finish(std::string_view kernel, std::int64_t times, std::string_view suffix = "") {
        if (!has_scales()) {
            add(fmt::format("{}.finish{}", kernel, suffix), times);
            return;
        }
        std::map<std::string_view, std::int64_t> channels;
        for (std::int64_t channel = 0; channel < outputs(); ++channel) {
            ++channels[suffix_of(step_.requantization, static_cast<std::size_t>(channel))];
        }
        for (const auto& [way, count] : channels) {
            add(part_of(fmt::format("{}.rescale{}", kernel, way), c_arithmetic(facts_.program)),
                times / outputs() * count);
        }
    }
    void add_residual(std::string_view kernel) {
        if (!step_.residual) return;
        const IntegerTensor& residual = facts_.program.tensors[*step_.residual];
        add(fmt::format("{}.residual{}", kernel, width_of(residual)), output_.extents.elements());
    }

    void count_narrow() {
        // Where a patch of bytes meets vectors.
        const bool is_in_vectors =
            target_.has_vectors && parameters_.reads_bytes && parameters_.weight_bits == 8;
        add_setting_up("layer", "", 1);
        add("layer.row", output_.extents.rows);
        add("layer.window", windows_.places());
        read_narrow_windows(is_in_vectors);
        const std::int64_t blocks = divide_up(windows_.places(), std::int64_t{2});
        const std::int64_t pairs = blocks * divide_up(outputs(), std::int64_t{2});
        add_setting_up("layer", ".block", blocks);
        if (is_in_vectors) {
            add("layer.pair_in_vectors", pairs);
            add("layer.vectors", pairs * divide_up(parameters_.row_elements, kVector));
        } else {
            const std::string path =
                fmt::format("{}{}", parameters_.weight_bits, parameters_.reads_bytes ? "" : "_wide");
            add("layer.pair_" + path, pairs);
            add("layer.products_" + path, pairs * parameters_.row_elements);
        }
        // Whole blocks of two windows and two channels go the short way.
        const std::int64_t whole = windows_.places() / 2 * 2 * (outputs() / 2 * 2);
        const std::int64_t plain = is_plain() ? whole : 0;
        add("layer.plain", plain);
        add_general_finish("layer", windows_.places() * outputs() - plain);
        add_residual("layer");
    }

    void read_narrow_windows(bool is_in_vectors) {
        const std::string path = is_in_vectors ? "_in_vectors" : "";
        const bool has_one_run = step_.window.dilations[1] == 1;
        const std::int64_t runs = has_one_run ? 1 : windows_.columns.kernel;
        const std::int64_t inside = windows_.inside() * windows_.channels;
        add("layer.run", windows_.places() * windows_.rows.kernel * runs);
        // Rows outside, and columns at the left and at the right, are cleared by themselves.
        const std::int64_t rows_outside = windows_.rows.outputs * windows_.rows.kernel - windows_.rows.inside;
        add("layer.border",
            rows_outside * windows_.columns.outputs * runs + windows_.rows.inside * windows_.columns.cut);
        // With padding what fills a row up, and the window that a last one without a neighbour lacks.
        const std::int64_t lacking = windows_.places() % 2;
        add("layer.cleared" + path,
            windows_.places() * parameters_.row_elements - inside + lacking * parameters_.row_elements);
        if (is_in_vectors && !requantizes_input() && has_one_run) {
            add("layer.copy_vectors", windows_.rows.inside * windows_.columns.seen);
            add("layer.copied_vectors", windows_.rows.inside * windows_.columns.vectors);
            return;
        }
        const std::string way = requantizes_input()        ? "requantized" + width_of(input_)
                                : !parameters_.reads_bytes ? "words" + width_of(input_)
                                : windows_.channels % 4 == 0 && !is_in_vectors
                                    ? "quads" // which a patch of bytes has no need of
                                    : "bytes";
        add("layer.copied_" + way + path, inside);
        add("layer.copy_" + way + path, windows_.rows.inside * windows_.columns.seen * runs);
    }

    void count_depthwise() {
        const std::int64_t channels = outputs();
        const std::int64_t groups = divide_up(channels, std::int64_t{4});
        const bool is_in_words = is_byte(input_.format) && channels % 4 == 0 &&
                                 (has_scales() ? is_byte(output_.format) : is_plain());
        const std::string way = is_in_words ? "words" : "loops" + width_of(input_);
        add_setting_up("depthwise", "", 1);
        add("depthwise.row", output_.extents.rows);
        add("depthwise.place_" + way, windows_.places());
        add("depthwise.group_" + way, windows_.places() * groups);
        add("depthwise.window_row_" + way, windows_.rows.inside * windows_.columns.outputs * groups);
        add("depthwise.element_" + way, windows_.inside() * groups);
        add("depthwise.product_" + way, windows_.inside() * channels);
        if (is_in_words && !has_scales()) {
            add("depthwise.plain", windows_.places() * channels);
        } else {
            add_general_finish("depthwise", windows_.places() * channels);
        }
        if (facts_.buffers.row_buffer(facts_of_layer_.step) != nullptr) {
            add("depthwise.moved_byte", (element_size(output_.format) * output_.extents.elements()).value);
        }
    }

    void count_wide() {
        const std::int64_t group_channels = windows_.channels / step_.groups;
        const std::int64_t elements = windows_.kernel() * group_channels;
        const std::int64_t patches = windows_.places() * step_.groups;
        const std::int64_t inside = windows_.inside() * windows_.channels;
        add_setting_up("wide_layer", "", 1);
        add("wide_layer.patch", patches);
        add("wide_layer.place", patches * windows_.kernel());
        add("wide_layer.copy", windows_.inside() * step_.groups);
        add("wide_layer.copied" + std::string(requantizes_input() ? "_requantized" : "") + width_of(input_),
            inside);
        add("wide_layer.cleared", patches * elements - inside);
        const std::string path = fmt::format("_{}_{}", parameters_.weight_bits, parameters_.sum_bits);
        add("wide_layer.sum" + path, windows_.places() * outputs());
        add("wide_layer.product" + path, windows_.places() * outputs() * elements);
        add_general_finish("wide_layer", windows_.places() * outputs(), output_shift() > 0 ? "" : "_shifted");
        add_residual("wide_layer");
    }

    const CFacts& facts_;
    const LayerFacts& facts_of_layer_;
    const Target& target_;
    const LayerStep& step_;
    const CLayerParameters& parameters_;
    const IntegerTensor& input_;
    const IntegerTensor& output_;
    VisibleWindows windows_;
    std::vector<Work> work_;
};

} // namespace

std::string_view suffix_of(const FixedPointMultiplier& factor) { return factor.shift > 0 ? "_up" : ""; }

std::string_view suffix_of(const Requantization& rule, std::size_t channel) {
    const auto* const by = std::get_if<MultiplierRequantization>(&rule);
    if (by == nullptr) return "";
    return suffix_of(by->multipliers[by->multipliers.size() == 1 ? 0 : channel]);
}

std::vector<Work> layer_work(const CFacts& facts, const LayerFacts& layer, const Target& target) {
    return LayerCounter(facts, layer, target).count();
}

} // namespace tandem
