// The two files of a supernet: a network, and a JSON document of its tables.
#include <algorithm>
#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "tandem/core/fields.h"
#include "tandem/network/onnx/onnx.h"
#include "tandem/training/supernet.h"

namespace tandem {

namespace {

constexpr IntegerRange kWidths{.minimum = 1, .maximum = kMaximumBits};

std::filesystem::path network_file(const std::filesystem::path& folder) { return folder / "network.onnx"; }
std::filesystem::path tables_file(const std::filesystem::path& folder) { return folder / "supernet.json"; }

void describe_width(Fields& fields, FieldInfo info, int& width) {
    std::int64_t wide = width;
    fields.integer(info, wide, kWidths);
    width = static_cast<int>(wide);
}

/// The double nearest to the shortest decimal that reads back as the float: half as long in a file.
double shortened(float number) {
    const std::string text = fmt::format("{}", number);
    double wide = 0.0;
    std::from_chars(text.data(), text.data() + text.size(), wide);
    return wide;
}

void describe_numbers(Fields& fields, FieldInfo info, std::vector<float>& numbers, NumberRange each) {
    std::vector<double> wide(numbers.size());
    std::transform(numbers.begin(), numbers.end(), wide.begin(), shortened);
    fields.numbers(info, wide, each);
    numbers.assign(wide.begin(), wide.end());
}

void describe(Fields& fields, NormalizationStatistics& entry) {
    constexpr double kLargest = std::numeric_limits<float>::max();
    fields.text({"normalization", "name of a BatchNormalization node", Presence::required},
                entry.normalization);
    describe_width(fields, {"weight_bits", "of the layer before it", Presence::required}, entry.weight_bits);
    describe_width(fields, {"activation_bits", "of the layer before it", Presence::required},
                   entry.activation_bits);
    describe_numbers(fields, {"mean", "by channel", Presence::required}, entry.mean,
                     {.minimum = -kLargest, .maximum = kLargest});
    describe_numbers(fields, {"variance", "by channel", Presence::required}, entry.variance,
                     {.minimum = 0.0, .maximum = kLargest});
}

/// All of supernet.json but the strategies, which a room of their own reads.
void describe(Fields& fields, PrecisionSupernet& supernet, std::string& network_hash, Document& strategies) {
    fields.text({"network", "hash of network.onnx's contents", Presence::required}, network_hash);
    fields.section({"space", "the widths that it was trained for", Presence::required},
                   [&](Fields& inner) { describe(inner, supernet.space); });
    fields.any({"strategies", "uniform ones, calibrated", Presence::required}, strategies, "a list");
    fields.sections(
        {"statistics", "of batch normalisation, by width", Presence::required}, supernet.statistics.size(),
        [&](std::size_t count) { supernet.statistics.resize(count); },
        [&](Fields& inner, std::size_t index) { describe(inner, supernet.statistics[index]); });
}

/// What the tables must hold so that every strategy of the space finds its part.
class SupernetCheck {
  public:
    SupernetCheck(const PrecisionSupernet& supernet, const std::string& file)
        : supernet_(supernet), file_(file) {}

    Result<void> run() {
        if (!has_rising_widths(supernet_.space)) {
            refuse("space", "widths that do not rise, or none", "each width once, the smallest first");
            return bad_input(std::move(problems_)); // the rest is told by widths
        }
        check_strategies();
        check_statistics();
        if (!problems_.empty()) return bad_input(std::move(problems_));
        return {};
    }

  private:
    void refuse(std::string place, std::string found, std::string expected) {
        problems_.push_back({file_, std::move(place), std::move(found), std::move(expected)});
    }

    void check_strategies() {
        const Network& network = supernet_.network;
        const std::vector<Strategy> expected = uniform_strategies(supernet_.space, network);
        if (supernet_.strategies.size() != expected.size()) {
            return refuse("strategies", fmt::format("{} of them", supernet_.strategies.size()),
                          fmt::format("{}, one a width", expected.size()));
        }
        for (std::size_t i = 0; i < expected.size(); ++i) {
            const Strategy& strategy = supernet_.strategies[i];
            const std::string place = fmt::format("strategies[{}]", i);
            if (Result<void> valid = validate(strategy, network, file_); !valid) {
                for (Problem& problem : valid.error().problems) {
                    refuse(place + "." + problem.place, problem.found, problem.expected);
                }
                continue;
            }
            check_calibration(place, strategy, expected[i]);
        }
    }

    void check_calibration(const std::string& place, const Strategy& strategy, const Strategy& expected) {
        if (strategy.layers != expected.layers) refuse(place, "other widths", "those of its place");
        if (!strategy.calibrated || strategy.arithmetic.requantization != RequantizationKind::floating) {
            return refuse(place, "no scales", "a calibrated strategy with scales");
        }
        for (const LayerFormats& layer : strategy.calibrated->layers) {
            if (layer.weight_scales.size() == 1) continue;
            refuse(place + "." + layer.layer, fmt::format("{} scales", layer.weight_scales.size()), "one");
        }
        const std::vector<TensorFormat>& first = supernet_.strategies.front().calibrated->tensors;
        const std::vector<TensorFormat>& tensors = strategy.calibrated->tensors;
        const bool has_same_tensors = std::equal(
            tensors.begin(), tensors.end(), first.begin(), first.end(),
            [](const TensorFormat& one, const TensorFormat& other) { return one.tensor == other.tensor; });
        if (!has_same_tensors) refuse(place, "other tensors than the first strategy", "the same");
        for (const TensorFormat& tensor : tensors) {
            const int bits =
                stored_bits(supernet_.network, expected, scale_source(supernet_.network, tensor.tensor));
            if (tensor.format.bits == bits) continue;
            refuse(fmt::format("{}.{}", place, tensor.tensor), fmt::format("{} bits", tensor.format.bits),
                   fmt::format("{}", bits));
        }
    }

    void check_statistics() {
        std::map<std::tuple<std::string, int, int>, const NormalizationStatistics*> entries;
        for (const NormalizationStatistics& entry : supernet_.statistics) {
            entries[{entry.normalization, entry.weight_bits, entry.activation_bits}] = &entry;
        }
        const std::vector<Strategy> uniform = uniform_strategies(supernet_.space, supernet_.network);
        const std::vector<const Node*> nodes = layers(supernet_.network);
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            const Node* const normalization = normalization_of(supernet_.network, *nodes[i]);
            if (normalization == nullptr) continue;
            const std::size_t channels =
                float_values(*supernet_.network.parameter(normalization->inputs[3])).size();
            for (const auto& [weight_bits, activation_bits] : width_pairs(uniform, i)) {
                const auto found = entries.find({normalization->name, weight_bits, activation_bits});
                const std::string place = fmt::format("statistics of '{}' at {} and {} bits",
                                                      normalization->name, weight_bits, activation_bits);
                if (found == entries.end()) {
                    refuse(place, "none", "means and variances");
                } else if (found->second->mean.size() != channels ||
                           found->second->variance.size() != channels) {
                    refuse(place, "another number of channels", fmt::format("{}", channels));
                }
            }
        }
    }

    const PrecisionSupernet& supernet_;
    const std::string& file_;
    std::vector<Problem> problems_;
};

} // namespace

Document to_document(const PrecisionSupernet& supernet) {
    PrecisionSupernet tables{
        .network = {}, .space = supernet.space, .strategies = {}, .statistics = supernet.statistics};
    std::string network_hash = to_string(content_hash(supernet.network));
    Document::List list;
    for (const Strategy& strategy : supernet.strategies) list.push_back(to_document(strategy));
    Document strategies(std::move(list));
    return write_fields([&](Fields& fields) { describe(fields, tables, network_hash, strategies); });
}

Result<PrecisionSupernet> parse_supernet(const Document& document, Network network, const std::string& file) {
    PrecisionSupernet supernet{
        .network = std::move(network), .space = {}, .strategies = {}, .statistics = {}};
    std::string network_hash;
    Document strategies;
    TANDEM_TRY(read_fields(document, file, "",
                           [&](Fields& fields) { describe(fields, supernet, network_hash, strategies); }));
    const auto* const list = strategies.get_if<Document::List>();
    if (list == nullptr) return bad_input(file, "strategies", summarize(strategies), "a list");
    for (const Document& entry : *list) {
        supernet.strategies.push_back(TANDEM_TRY(parse_strategy(entry, file)));
    }
    if (network_hash != to_string(content_hash(supernet.network))) {
        return bad_input(file, "network", "the hash of another network",
                         "that of the network.onnx beside it");
    }
    TANDEM_TRY(SupernetCheck(supernet, file).run());
    return supernet;
}

Result<void> save_supernet(const std::filesystem::path& folder, const PrecisionSupernet& supernet,
                           Existing existing) {
    TANDEM_TRY(write_file(network_file(folder), emit_onnx(supernet.network), existing));
    return write_file(tables_file(folder), to_json(to_document(supernet), JsonLayout::compact) + "\n",
                      existing);
}

Result<PrecisionSupernet> load_supernet(const std::filesystem::path& folder) {
    const Document document = TANDEM_TRY(load_json(tables_file(folder).string()));
    Network network = TANDEM_TRY(load_onnx(network_file(folder).string()));
    return parse_supernet(document, std::move(network), tables_file(folder).string());
}

bool is_supernet(const std::filesystem::path& folder) {
    std::error_code ignored; // what cannot be looked up is none
    return std::filesystem::is_regular_file(tables_file(folder), ignored);
}

} // namespace tandem
