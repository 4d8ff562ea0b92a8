#include "tandem/network/network_files.h"

#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tandem/core/fields.h"

namespace tandem {

namespace {

static_assert(std::endian::native == std::endian::little, "values are written as they lie in memory");

constexpr NumberRange kFloats{.minimum = std::numeric_limits<float>::lowest(),
                              .maximum = std::numeric_limits<float>::max()};
/// In place of an input that a node leaves out; no tensor has this name.
constexpr std::string_view kLeftOut = "(left out)";

struct NamedAttribute {
    std::string name;
    Attribute value;
};

const std::vector<std::string>& kinds() {
    static const std::vector<std::string> kKinds{"integer", "number", "text", "integers", "numbers"};
    return kKinds;
}

Attribute of_kind(const std::string& kind) {
    if (kind == "integer") return std::int64_t{};
    if (kind == "number") return float{};
    if (kind == "text") return std::string();
    if (kind == "integers") return std::vector<std::int64_t>();
    return std::vector<float>();
}

struct DescribeValue {
    Fields& fields;
    FieldInfo info{"value", "of the kind", Presence::required};

    void operator()(std::int64_t& value) const { fields.integer(info, value, {}); }
    void operator()(float& value) const {
        double wide = value;
        fields.number(info, wide, kFloats);
        value = static_cast<float>(wide);
    }
    void operator()(std::string& value) const { fields.text(info, value); }
    void operator()(std::vector<std::int64_t>& values) const { fields.integers(info, values, {}); }
    void operator()(std::vector<float>& values) const {
        std::vector<double> wide(values.begin(), values.end());
        fields.numbers(info, wide, kFloats);
        values.assign(wide.begin(), wide.end());
    }
};

void describe(Fields& fields, NamedAttribute& attribute) {
    fields.text({"name", "of ONNX", Presence::required}, attribute.name);
    std::string kind = kinds()[attribute.value.index()];
    fields.choice({"kind", "of value", Presence::required}, kind, kinds());
    if (kind != kinds()[attribute.value.index()]) attribute.value = of_kind(kind);
    std::visit(DescribeValue{fields}, attribute.value);
}

void describe(Fields& fields, Node& node); // argument-dependent look-up does not find it later

template <class Entry> void describe_list(Fields& fields, FieldInfo info, std::vector<Entry>& entries) {
    fields.sections(
        info, entries.size(), [&](std::size_t count) { entries.resize(count); },
        [&](Fields& inner, std::size_t index) { describe(inner, entries[index]); });
}

void describe(Fields& fields, Node& node) {
    fields.text({"name", "unique in the network", Presence::required}, node.name);
    fields.text({"type", "ONNX operator", Presence::required}, node.type);
    std::vector<std::string> inputs = node.inputs;
    for (std::string& input : inputs) {
        if (input.empty()) input = kLeftOut;
    }
    fields.texts({"inputs", "tensors that it reads", Presence::required}, inputs, {});
    for (std::string& input : inputs) {
        if (input == kLeftOut) input.clear();
    }
    node.inputs = std::move(inputs);
    fields.texts({"outputs", "tensors that it computes", Presence::required}, node.outputs, {});
    std::vector<NamedAttribute> attributes;
    for (const auto& [name, value] : node.attributes) attributes.push_back({name, value});
    describe_list(fields, {"attributes", "of the operator"}, attributes);
    for (NamedAttribute& attribute : attributes) {
        node.attributes.insert_or_assign(std::move(attribute.name), std::move(attribute.value));
    }
}

/// What a document says of an input or a parameter.
struct NamedShape {
    std::string name;
    Shape shape;
    std::string type = "float32";
};

void describe(Fields& fields, NamedShape& tensor) {
    fields.text({"name", "of the tensor", Presence::required}, tensor.name);
    fields.integers({"shape", "extents; -1 is the batch", Presence::required}, tensor.shape,
                    {.minimum = kBatch, .maximum = kMaximumElements});
    fields.choice({"type", "of its elements"}, tensor.type, {"float32", "int64"});
}

struct Structure {
    Network network; ///< nodes, names and opset
    std::vector<NamedShape> inputs;
    std::vector<NamedShape> parameters;
};

void describe(Fields& fields, Structure& structure) {
    Network& network = structure.network;
    fields.text({"name", "of the network"}, network.name);
    fields.integer({"opset", "of ONNX", Presence::required}, network.opset,
                   {.minimum = kMinimumOpset, .maximum = kMaximumOpset});
    describe_list(fields, {"inputs", "fed from outside", Presence::required}, structure.inputs);
    fields.texts({"outputs", "tensors that come out", Presence::required}, network.outputs, {});
    describe_list(fields, {"parameters", "in order of name", Presence::required}, structure.parameters);
    describe_list(fields, {"nodes", "in topological order", Presence::required}, network.nodes);
}

/// Takes the values of one parameter off the front of the bytes.
template <class Number> Result<std::vector<Number>>
take_values(const NamedShape& tensor, std::string_view& bytes, const std::string& file) {
    std::uint64_t count = 1;
    for (const std::int64_t extent : tensor.shape) {
        // No extent is beyond kMaximumElements, so the product of it and what was possible fits.
        const bool fits = extent >= 0 && count <= static_cast<std::uint64_t>(kMaximumElements);
        count = fits ? count * static_cast<std::uint64_t>(extent) : std::numeric_limits<std::uint64_t>::max();
    }
    if (count > bytes.size() / sizeof(Number)) {
        return bad_input(file, fmt::format("parameter '{}'", tensor.name), "shape " + to_string(tensor.shape),
                         fmt::format("one that the {} bytes left fill", bytes.size()));
    }
    std::vector<Number> values(count);
    if (count > 0) std::memcpy(values.data(), bytes.data(), count * sizeof(Number));
    bytes.remove_prefix(count * sizeof(Number));
    return values;
}

} // namespace

Document to_document(const Network& network) {
    Structure structure;
    structure.network.name = network.name;
    structure.network.opset = network.opset;
    structure.network.nodes = network.nodes;
    structure.network.outputs = network.outputs;
    for (const std::string& input : network.inputs) {
        structure.inputs.push_back({.name = input, .shape = network.shape(input)});
    }
    for (const auto& [name, parameter] : network.parameters) {
        const bool is_float = std::holds_alternative<std::vector<float>>(parameter.values);
        structure.parameters.push_back(
            {.name = name, .shape = parameter.shape, .type = is_float ? "float32" : "int64"});
    }
    return write_fields([&](Fields& fields) { describe(fields, structure); });
}

std::string parameter_bytes(const Network& network) {
    std::string bytes;
    for (const auto& [name, parameter] : network.parameters) {
        std::visit(
            [&](const auto& values) {
                if (values.empty()) return;
                const std::size_t begin = bytes.size();
                bytes.resize(begin + values.size() * sizeof(values.front()));
                std::memcpy(bytes.data() + begin, values.data(), bytes.size() - begin);
            },
            parameter.values);
    }
    return bytes;
}

Result<Network> parse_network(const Document& document, std::string_view bytes, const std::string& file) {
    Structure structure;
    TANDEM_TRY(read_fields(document, file, "", [&](Fields& fields) { describe(fields, structure); }));
    Network network = std::move(structure.network);
    for (NamedShape& input : structure.inputs) {
        network.inputs.push_back(input.name);
        network.shapes[input.name] = std::move(input.shape);
    }
    for (NamedShape& tensor : structure.parameters) {
        Parameter parameter;
        if (tensor.type == "float32") {
            parameter.values = TANDEM_TRY(take_values<float>(tensor, bytes, file));
        } else {
            parameter.values = TANDEM_TRY(take_values<std::int64_t>(tensor, bytes, file));
        }
        parameter.shape = std::move(tensor.shape);
        if (!network.parameters.emplace(tensor.name, std::move(parameter)).second) {
            return bad_input(file, fmt::format("parameter '{}'", tensor.name), "a second one of the name",
                             "each name once");
        }
    }
    if (!bytes.empty()) {
        return bad_input(file, "parameters", fmt::format("{} bytes too many", bytes.size()),
                         "values of parameters and nothing else");
    }
    network = TANDEM_TRY(infer_shapes(std::move(network), file));
    TANDEM_TRY(validate(network, file));
    return network;
}

} // namespace tandem
