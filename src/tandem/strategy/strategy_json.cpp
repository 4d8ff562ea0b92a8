// The JSON form of a Strategy. Formats are maps of bits, fraction_bits and signedness, so that a
// person can edit one without knowing an abbreviation.

#include "tandem/core/fields.h"
#include "tandem/strategy/strategy.h"

namespace tandem {

namespace {

constexpr IntegerRange kWidths{.minimum = 1, .maximum = kMaximumBits};
constexpr IntegerRange kRadixPoints{.minimum = kMinimumFractionBits, .maximum = kMaximumFractionBits};

/// Fields know 64-bit integers; ours are int. The range of the field keeps the value small.
void small_integer(Fields& fields, FieldInfo info, int& value, IntegerRange range) {
    std::int64_t wide = value;
    fields.integer(info, wide, range);
    value = static_cast<int>(wide);
}

void describe(Fields& fields, NumberFormat& format) {
    small_integer(fields, {"bits", "width of the integer", Presence::required}, format.bits, kWidths);
    small_integer(fields,
                  {"fraction_bits", "the value is the integer times 2^-fraction_bits", Presence::required},
                  format.fraction_bits, kRadixPoints);
    std::string word = format.signedness == Signedness::is_signed ? "signed" : "unsigned";
    fields.choice({"signedness", "whether negative values exist", Presence::required}, word,
                  {"signed", "unsigned"});
    format.signedness = word == "unsigned" ? Signedness::is_unsigned : Signedness::is_signed;
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
}

void describe(Fields& fields, TensorFormat& tensor) {
    fields.text({"tensor", "name of an activation", Presence::required}, tensor.tensor);
    describe_section(fields, {"format", "format in which it is stored", Presence::required}, tensor.format);
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
