#include "tandem/machine/microcontroller/step_work.h"

#include <algorithm>
#include <map>
#include <utility>

#include "tandem/machine/microcontroller/layer_work.h"
#include "tandem/machine/microcontroller/part_sizes.h"
#include "tandem/machine/microcontroller/visible_windows.h"

namespace tandem {

namespace {

constexpr std::int64_t kVector = 16; ///< bytes of an M-profile vector

bool is_byte(const IntegerTensor& tensor) { return tensor.format.bits <= 8; }
std::string width_of(const IntegerTensor& tensor) { return is_byte(tensor) ? "_8" : "_16"; }

/// Counts the steps that are no layers.
class Counter {
  public:
    Counter(const IntegerProgram& program, const Target& target) : program_(program), target_(target) {}

    std::vector<Work> take() { return std::move(work_); }

    void operator()(const LayerStep& /*step*/) {}

    void operator()(const AddStep& step) {
        const IntegerTensor& left = tensor(step.left);
        const IntegerTensor& right = tensor(step.right);
        const int finer = std::max(left.format.fraction_bits, right.format.fraction_bits);
        const std::int64_t elements = tensor(step.output).extents.elements();
        const std::int64_t bytes = std::int64_t{is_byte(left)} + std::int64_t{is_byte(right)};
        begin(kernel_of(step));
        if (bytes == 2 && is_byte(tensor(step.output)) && adds_bytes(step, finer)) {
            add("byte", elements);
            return;
        }
        add("element" + (has_scaled_rule(step) ? "" : shift_of(finer, step.output)), elements);
        add("read_8", bytes * elements);
        add("read_16", (2 - bytes) * elements);
    }

    void operator()(const MaxPoolStep& step) {
        const IntegerTensor& input = tensor(step.input);
        const IntegerTensor& output = tensor(step.output);
        const VisibleWindows windows = visible_windows(step.window, input.extents, output.extents);
        begin("max_pool");
        add("row", output.extents.rows);
        if (!is_byte(input) || !is_byte(output)) {
            add_pooled(windows, input);
            add("output", output.extents.elements());
            return;
        }
        const bool is_signed = input.format.signedness == Signedness::is_signed;
        const bool is_same = input.format.fraction_bits == output.format.fraction_bits &&
                             input.format.signedness == output.format.signedness &&
                             step.clamp == (is_signed ? Clamp{-128, 127} : Clamp{0, 255});
        add("place", windows.places());
        add("window_element", windows.inside());
        add("element", output.extents.elements());
        if (target_.has_vectors) {
            add("raised_vectors", windows.inside() * divide_up(windows.channels, kVector));
        } else {
            add("raised", windows.inside() * (windows.channels / 4 * 4));
            add("raised_rest", windows.inside() * (windows.channels % 4));
        }
        if (!is_same) add("rounded", output.extents.elements());
    }

    void operator()(const AveragePoolStep& step) {
        const IntegerTensor& input = tensor(step.input);
        const IntegerTensor& output = tensor(step.output);
        begin(kernel_of(step));
        add("row", output.extents.rows);
        add_pooled(visible_windows(step.window, input.extents, output.extents), input);
        add("output" + mean_of(step.rule), output.extents.elements());
    }

    void operator()(const RequantizeStep& step) {
        const IntegerTensor& input = tensor(step.input);
        begin(kernel_of(step));
        add("element" + width_of(input) + change_of(step, step.requantization, step.input, step.output),
            input.extents.elements());
    }

    void operator()(const FlattenStep& step) {
        const Extents& extents = tensor(step.input).extents;
        begin("flatten");
        add("pixel", extents.rows * extents.columns);
        add("element", extents.elements());
    }

    void operator()(const SelectStep& step) {
        const Extents& extents = tensor(step.output).extents;
        begin("select");
        add("pixel", extents.rows * extents.columns);
        add("element", extents.elements());
    }

    void operator()(const ConcatStep& step) {
        begin(kernel_of(step));
        std::map<std::string, std::int64_t> times;
        for (std::size_t part = 0; part < step.inputs.size(); ++part) {
            const TensorIndex index = step.inputs[part];
            const IntegerTensor& input = tensor(index);
            const std::string way =
                width_of(input) + change_of(step, step.requantizations[part], index, step.output);
            times["part" + way] += 1;
            times["pixel" + way] += input.extents.rows * input.extents.columns;
            times["element" + way] += input.extents.elements();
        }
        for (const auto& [what, count] : times) add(what, count);
    }

  private:
    const IntegerTensor& tensor(TensorIndex index) const { return program_.tensors[index]; }

    /// Shifts to the left, or none, are less work than rounding.
    std::string shift_of(int fraction_bits, TensorIndex output) const {
        return fraction_bits > tensor(output).format.fraction_bits ? "_rounded" : "_shifted";
    }
    std::string change_of(const Step& step, const Requantization& rule, TensorIndex input,
                          TensorIndex output) const {
        return has_scaled_rule(step) ? std::string(suffix_of(rule, 0))
                                     : shift_of(tensor(input).format.fraction_bits, output);
    }
    /// What has one scale on both sides needs no factor.
    static std::string mean_of(const MeanRule& rule) {
        if (std::holds_alternative<HalfAwayMean>(rule)) return "_kept";
        const auto* const by = std::get_if<MultiplierMean>(&rule);
        return by == nullptr ? "" : std::string(suffix_of(by->factor));
    }

    /// Whether a sum of bytes is one that its kernel adds without asking for types and widths each time
    /// (add.c).
    bool adds_bytes(const AddStep& step, int finer) const {
        constexpr int kWidestAlignment = 20;
        constexpr int kWidestShift = 28;
        if (has_scaled_rule(step)) return false;
        const auto shift_to = [&](TensorIndex index) { return finer - tensor(index).format.fraction_bits; };
        const int shift = shift_to(step.output);
        return std::max(shift_to(step.left), shift_to(step.right)) <= kWidestAlignment && shift >= 0 &&
               shift <= kWidestShift;
    }

    /// A kernel with scales does other work in each arithmetic.
    std::string kernel_of(const Step& step) const {
        const std::string_view name = kernel_name(program_, step);
        return has_scaled_rule(step) ? part_of(name, c_arithmetic(program_)) : std::string(name);
    }

    void begin(std::string kernel) {
        kernel_ = std::move(kernel);
        work_.push_back({kernel_, 1.0});
    }
    void add(const std::string& what, std::int64_t times) {
        if (times > 0) work_.push_back({kernel_ + "." + what, static_cast<double>(times)});
    }
    /// What poolings read a channel at a time.
    void add_pooled(const VisibleWindows& windows, const IntegerTensor& input) {
        add("window_row", windows.rows.inside * windows.columns.outputs * windows.channels);
        add("pooled" + width_of(input), windows.inside() * windows.channels);
    }

    const IntegerProgram& program_;
    const Target& target_;
    std::string kernel_;
    std::vector<Work> work_;
};

} // namespace

std::vector<Work> step_work(const CFacts& facts, std::size_t step, const Target& target) {
    if (const LayerFacts* layer = facts.layer_of(step)) return layer_work(facts, *layer, target);
    Counter counter(facts.program, target);
    std::visit(counter, facts.program.steps[step]);
    return counter.take();
}

} // namespace tandem
