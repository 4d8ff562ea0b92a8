// The JSON form of a Strategy. Formats are maps of bits, fraction_bits and signedness, so that a
// person can edit one without knowing an abbreviation. Scales and arithmetic other than Tandem's own appear
// only where a strategy has them.
#include <algorithm>
#include <limits>

#include "tandem/core/fields.h"
#include "tandem/strategy/strategy.h"

namespace tandem {

namespace {

constexpr IntegerRange kWidths{.minimum = 1, .maximum = kMaximumBits};
constexpr std::int64_t kLargestBias = std::int64_t{1} << kMaximumAccumulatorBits;
constexpr IntegerRange kRadixPoints{.minimum = kMinimumFractionBits, .maximum = kMaximumFractionBits};

/// Fields know 64-bit integers; ours are int. The range of the field keeps the value small.
void small_integer(Fields& fields, FieldInfo info, int& value, IntegerRange range) {
    std::int64_t wide = value;
    fields.integer(info, wide, range);
    value = static_cast<int>(wide);
}

std::string word_of(const NumberFormat& format) {
    switch (format.levels) {
    case Levels::all: return format.signedness == Signedness::is_signed ? "signed" : "unsigned";
    case Levels::ternary: return "ternary";
    case Levels::bipolar: return "bipolar";
    }
    return "";
}

void describe(Fields& fields, NumberFormat& format) {
    small_integer(fields, {"bits", "width of the integer", Presence::required}, format.bits, kWidths);
    small_integer(fields,
                  {"fraction_bits", "the value is the integer times 2^-fraction_bits", Presence::required},
                  format.fraction_bits, kRadixPoints);
    std::string word = word_of(format);
    fields.choice({"signedness", "which integers the width holds", Presence::required}, word,
                  {"signed", "unsigned", "bipolar", "ternary"});
    format.signedness = word == "unsigned" ? Signedness::is_unsigned : Signedness::is_signed;
    format.levels = word == "bipolar" ? Levels::bipolar : word == "ternary" ? Levels::ternary : Levels::all;
}

/// One of the words that stand for the values of an enumeration, in their order.
template <class Value>
void word(Fields& fields, FieldInfo info, Value& value, const std::vector<std::string>& words) {
    std::string chosen = words[static_cast<std::size_t>(value)];
    fields.choice(info, chosen, words);
    const auto found = std::find(words.begin(), words.end(), chosen);
    if (found != words.end()) value = static_cast<Value>(found - words.begin());
}

constexpr NumberRange kFloats{.minimum = std::numeric_limits<float>::min(),
                              .maximum = std::numeric_limits<float>::max()};

void describe(Fields& fields, AffineScale& scale) {
    double wide = scale.scale;
    fields.number({"scale", "the value is scale * (integer - zero_point)", Presence::required}, wide,
                  kFloats);
    scale.scale = static_cast<float>(wide);
    std::int64_t zero_point = scale.zero_point;
    fields.integer(
        {"zero_point", "the integer that stands for zero", Presence::required}, zero_point,
        {.minimum = minimum_integer({.bits = kMaximumBits}),
         .maximum = maximum_integer({.bits = kMaximumBits, .signedness = Signedness::is_unsigned})});
    scale.zero_point = static_cast<std::int32_t>(zero_point);
}

/// Scales and integers of a layer whose strategy uses scales.
void describe_scales(Fields& fields, LayerFormats& formats) {
    std::vector<double> wide(formats.weight_scales.begin(), formats.weight_scales.end());
    fields.numbers({"weight_scales", "of the weights: one, or one an output channel", Presence::required},
                   wide, kFloats);
    formats.weight_scales.clear();
    for (const double scale : wide) formats.weight_scales.push_back(static_cast<float>(scale));
    fields.integers({"bias", "integers at the products' scale, where the network's bias is not exact"},
                    formats.bias, {.minimum = -kLargestBias, .maximum = kLargestBias});
}

void describe(Fields& fields, Arithmetic& arithmetic) {
    word(fields, {"requantization", "how sums become integers of the next tensor", Presence::required},
         arithmetic.requantization,
         {"shift", "threshold", "multiplier_double_rounding", "multiplier_single_rounding", "float"});
    word(fields, {"rounding", "of shifts"}, arithmetic.rounding,
         {"half_even", "half_away", "half_up", "truncation", "stochastic"});
    auto seed = static_cast<std::int64_t>(arithmetic.seed);
    fields.integer({"seed", "of stochastic rounding"}, seed, kNonNegativeInteger);
    arithmetic.seed = static_cast<std::uint64_t>(seed);
    fields.optional_section(
        {"accumulator", "of every layer; left out: as wide as it needs to be"},
        arithmetic.accumulator.has_value(), [&] { arithmetic.accumulator.emplace(); },
        [&](Fields& inner) {
            Accumulator& accumulator = *arithmetic.accumulator;
            small_integer(inner, {"bits", "width, two's complement", Presence::required}, accumulator.bits,
                          {.minimum = kMinimumAccumulatorBits, .maximum = kMaximumAccumulatorBits});
            word(inner, {"overflow", "what a sum beyond the width becomes", Presence::required},
                 accumulator.overflow, {"wrap", "saturate"});
        });
}

void describe_section(Fields& fields, FieldInfo info, NumberFormat& format) {
    fields.section(info, [&](Fields& inner) { describe(inner, format); });
}

void describe(Fields& fields, LayerStrategy& layer) {
    fields.text({"layer", "name of a Conv or Gemm node", Presence::required}, layer.layer);
    small_integer(fields, {"weight_bits", "width of its weights", Presence::required}, layer.weight_bits,
                  kWidths);
    small_integer(fields, {"activation_bits", "width in which it reads its input", Presence::required},
                  layer.activation_bits, kWidths);
}

void describe(Fields& fields, LayerFormats& formats) {
    fields.text({"layer", "name of a Conv or Gemm node", Presence::required}, formats.layer);
    describe_section(fields, {"weights", "format of its weights", Presence::required}, formats.weights);
    describe_section(fields, {"activations", "format in which it reads its input", Presence::required},
                     formats.activations);
    fields.optional_section(
        {"scaled", "of a strategy that uses scales"}, !formats.weight_scales.empty(), [] {},
        [&](Fields& inner) { describe_scales(inner, formats); });
}

void describe(Fields& fields, TensorFormat& tensor) {
    fields.text({"tensor", "name of an activation", Presence::required}, tensor.tensor);
    describe_section(fields, {"format", "format in which it is stored", Presence::required}, tensor.format);
    fields.optional_section(
        {"affine", "of a strategy that uses scales"}, tensor.scale.has_value(),
        [&] { tensor.scale.emplace(); }, [&](Fields& inner) { describe(inner, *tensor.scale); });
}

template <class Entry> void describe_list(Fields& fields, FieldInfo info, std::vector<Entry>& entries) {
    fields.sections(
        info, entries.size(), [&](std::size_t count) { entries.resize(count); },
        [&](Fields& inner, std::size_t index) { describe(inner, entries[index]); });
}

void describe(Fields& fields, Calibrated& calibrated) {
    describe_list(fields, {"layers", "formats layer by layer, in network order", Presence::required},
                  calibrated.layers);
    describe_list(fields, {"tensors", "formats of the stored tensors", Presence::required},
                  calibrated.tensors);
}

/// A strategy without calibration does not write the part, and a file without it does not need it.
void describe(Fields& fields, Strategy& strategy) {
    describe_list(fields, {"layers", "decisions layer by layer, in network order", Presence::required},
                  strategy.layers);
    small_integer(fields, {"output_bits", "width of the network's outputs"}, strategy.output_bits, kWidths);
    fields.optional_section(
        {"arithmetic", "how integers are rounded; left out: shifts, half to even"},
        strategy.arithmetic != Arithmetic{}, [] {},
        [&](Fields& inner) { describe(inner, strategy.arithmetic); });
    if (strategy.calibrated) {
        fields.section({"calibrated", "what calibration found"},
                       [&](Fields& inner) { describe(inner, *strategy.calibrated); });
    }
}

} // namespace

Document to_document(const Strategy& strategy) {
    Strategy copy = strategy;
    return write_fields([&](Fields& fields) { describe(fields, copy); });
}

Result<Strategy> parse_strategy(const Document& document, const std::string& file) {
    Strategy strategy;
    if (document.find("calibrated") != nullptr) strategy.calibrated.emplace();
    TANDEM_TRY(read_fields(document, file, "", [&](Fields& fields) { describe(fields, strategy); }));
    return strategy;
}

Result<Strategy> load_strategy(const std::string& path) {
    const Document document = TANDEM_TRY(load_json(path));
    return parse_strategy(document, path);
}

} // namespace tandem
