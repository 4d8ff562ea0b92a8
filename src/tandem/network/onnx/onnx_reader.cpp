// ONNX to Network. The steps: bytes to a model, a look at every node, tensor and input that gathers
// all problems, our own rules, and last libonnx's. Ours come first because libonnx divides and
// multiplies by attributes without looking at them.
#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tandem/core/files.h"
#include "tandem/network/onnx/onnx.h"
#include "tandem/network/onnx/onnx_checks.h"
#include "tandem/network/onnx/onnx_model.h"
#include "tandem/network/onnx/onnx_tensors.h"
#include "tandem/network/onnx/recurrent_nodes.h"
#include "tandem/network/onnx/shape_subgraphs.h"
#include "tandem/network/operators/operators.h"
#include "tandem/network/quoted.h"

namespace tandem {

namespace {

bool is_float_type(std::int64_t type) {
    return type == onnx::TensorProto::FLOAT || type == onnx::TensorProto::FLOAT16 ||
           type == onnx::TensorProto::DOUBLE || type == onnx::TensorProto::BFLOAT16;
}

bool has_no_elements(const onnx::TensorProto& tensor) {
    return std::any_of(tensor.dims().begin(), tensor.dims().end(), [](auto extent) { return extent == 0; });
}

/// Turns one parsed model into a network without inner shapes, gathering problems on the way.
class Reader {
  public:
    Reader(onnx::ModelProto& model, std::string file, const OnnxOptions& options)
        : model_(model), file_(std::move(file)), options_(options) {}

    /// Fills the network; it is whole only when no problem was found.
    void read();

    Network& network() { return network_; }
    std::vector<Problem>& problems() { return problems_; }

  private:
    void add(std::string place, std::string found, std::string expected) {
        problems_.push_back({.file = file_,
                             .place = std::move(place),
                             .found = std::move(found),
                             .expected = std::move(expected)});
    }
    void refuse_extensions();
    void read_nodes();
    void read_node(const onnx::NodeProto& proto, int index);
    void read_constant(const onnx::NodeProto& proto, const std::string& place);
    bool trains(const onnx::NodeProto& dropout) const;
    void read_attribute(const onnx::AttributeProto& proto, Node& node);
    void read_initializers();
    void read_inputs();
    void read_input(onnx::ValueInfoProto& proto);
    void free_fixed_batch();
    std::string node_name(const onnx::NodeProto& proto, int index);

    const Shape* stated_extents(const std::string& input) const;
    void check_stated_inputs();

    onnx::ModelProto& model_;
    std::string file_;
    const OnnxOptions& options_;
    std::set<std::string> empty_; ///< tensors without elements, as exporters write what they leave out
    Network network_;
    std::vector<Problem> problems_;
    std::set<std::string> node_names_;
    std::set<std::string> read_; ///< every tensor some node reads
    bool has_fixed_batch_ = false;
};

void Reader::read() {
    network_.name = model_.graph().name();
    network_.opset = opset_of(model_);
    refuse_extensions();
    read_nodes();
    read_initializers();
    read_inputs();
    check_stated_inputs();
    for (const auto& output : model_.graph().output()) network_.outputs.push_back(output.name());
    if (has_fixed_batch_) free_fixed_batch();
}

void Reader::refuse_extensions() {
    if (model_.functions_size() > 0) add("", "functions of the model's own", "operators alone");
    if (model_.training_info_size() > 0) add("", "training information", "a network for inference");
    if (model_.graph().sparse_initializer_size() > 0) add("", "sparse initializers", "dense ones");
}

std::string Reader::node_name(const onnx::NodeProto& proto, int index) {
    std::string name = proto.name();
    if (name.empty() || node_names_.contains(name)) name = fmt::format("{}_{}", proto.op_type(), index);
    while (!node_names_.insert(name).second) name += '_';
    return name;
}

void Reader::read_nodes() {
    int index = 0;
    for (const onnx::NodeProto& proto : model_.graph().node()) read_node(proto, index++);
}

void Reader::read_node(const onnx::NodeProto& proto, int index) {
    Node node{.name = node_name(proto, index),
              .type = proto.op_type(),
              .inputs = {},
              .outputs = {},
              .attributes = {}};
    const std::string place = "node " + quoted_name(node.name);
    const bool is_standard = proto.domain().empty() || proto.domain() == "ai.onnx";
    const bool is_dropout = is_standard && node.type == "Dropout";
    if (!is_standard || (!is_dropout && find_operator(node.type) == nullptr && !is_folded_away(node.type))) {
        add(place, "operator " + quoted_name(is_standard ? node.type : proto.domain() + "." + node.type),
            "one of those in docs/operators.md");
        return;
    }
    if (node.type == "Constant") return read_constant(proto, place);
    if (is_dropout) {
        if (trains(proto)) add(place, "Dropout in training mode", "a network for inference");
        node.type = "Identity";
        if (proto.input_size() > 0) node.inputs = {proto.input(0)};
        if (proto.output_size() > 0) node.outputs = {proto.output(0)};
    } else {
        node.inputs.assign(proto.input().begin(), proto.input().end());
        node.outputs.assign(proto.output().begin(), proto.output().end());
        for (const auto& attribute : proto.attribute()) read_attribute(attribute, node);
    }
    // Outputs that a file leaves out at the end were never asked for.
    while (!node.outputs.empty() && node.outputs.back().empty()) node.outputs.pop_back();
    read_.insert(node.inputs.begin(), node.inputs.end());
    network_.nodes.push_back(std::move(node));
}

/// Whether a Dropout would drop anything: its third input (opset 12) must be left out or a stored false.
bool Reader::trains(const onnx::NodeProto& dropout) const {
    if (dropout.input_size() < 3 || dropout.input(2).empty()) return false;
    for (const auto& tensor : model_.graph().initializer()) {
        if (tensor.name() != dropout.input(2)) continue;
        const bool is_bool = tensor.data_type() == onnx::TensorProto::BOOL;
        const bool raw_false = tensor.raw_data().size() == 1 && tensor.raw_data()[0] == 0;
        const bool typed_false = tensor.int32_data_size() == 1 && tensor.int32_data(0) == 0;
        return !is_bool || !(raw_false || typed_false);
    }
    return true;
}

void Reader::read_constant(const onnx::NodeProto& proto, const std::string& place) {
    if (proto.output_size() != 1 || proto.attribute_size() != 1) {
        return add(place,
                   fmt::format("{} outputs and {} values", proto.output_size(), proto.attribute_size()),
                   "one each");
    }
    const onnx::AttributeProto& value = proto.attribute(0);
    Parameter parameter;
    if (value.type() == onnx::AttributeProto::TENSOR && value.name() == "value") {
        if (has_no_elements(value.t())) {
            empty_.insert(proto.output(0));
            return;
        }
        tl::expected<Parameter, Problem> read = read_tensor(value.t());
        if (!read) return add(place, read.error().found, read.error().expected);
        parameter = std::move(*read);
    } else if (value.type() == onnx::AttributeProto::FLOAT && value.name() == "value_float") {
        parameter.values = std::vector<float>{value.f()};
    } else if (value.type() == onnx::AttributeProto::INT && value.name() == "value_int") {
        parameter.values = std::vector<std::int64_t>{value.i()};
    } else if (value.type() == onnx::AttributeProto::FLOATS && value.name() == "value_floats") {
        parameter.shape = {value.floats_size()};
        parameter.values = std::vector<float>(value.floats().begin(), value.floats().end());
    } else if (value.type() == onnx::AttributeProto::INTS && value.name() == "value_ints") {
        parameter.shape = {value.ints_size()};
        parameter.values = std::vector<std::int64_t>(value.ints().begin(), value.ints().end());
    } else {
        return add(place, "attribute " + quoted_name(value.name()), "a FLOAT or INT64 value");
    }
    if (!network_.parameters.emplace(proto.output(0), std::move(parameter)).second) {
        add(place, "output " + quoted_name(proto.output(0)), "a name of its own");
    }
}

void Reader::read_attribute(const onnx::AttributeProto& proto, Node& node) {
    const std::string place = fmt::format("node {}, {}", quoted_name(node.name), one_line(proto.name()));
    Attribute value;
    switch (proto.type()) {
    case onnx::AttributeProto::INT: value = proto.i(); break;
    case onnx::AttributeProto::FLOAT: value = proto.f(); break;
    case onnx::AttributeProto::STRING: value = proto.s(); break;
    case onnx::AttributeProto::INTS:
        value = std::vector<std::int64_t>(proto.ints().begin(), proto.ints().end());
        break;
    case onnx::AttributeProto::FLOATS:
        value = std::vector<float>(proto.floats().begin(), proto.floats().end());
        break;
    case onnx::AttributeProto::STRINGS:
        if (proto.name() == "activations" && is_recurrent(node.type) &&
            are_default_activations(node.type, {proto.strings().begin(), proto.strings().end()})) {
            return;
        }
        return add(place, "a list of texts", "numbers or text; of LSTM and GRU the usual activations");
    case onnx::AttributeProto::TENSOR: {
        // ConstantOfShape's value: one element.
        const tl::expected<Parameter, Problem> tensor = read_tensor(proto.t());
        if (!tensor || node.type != "ConstantOfShape" || elements_per_sample(tensor->shape) != 1) {
            return add(place, "a tensor", "numbers or text");
        }
        if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&tensor->values)) {
            value = integers->front();
        } else {
            value = float_values(*tensor).front();
        }
        break;
    }
    default: // protobuf's list of types is open
        return add(place, "an attribute of type " + onnx::AttributeProto_AttributeType_Name(proto.type()),
                   "numbers or text");
    }
    // Casts between float types change nothing here: all are float32.
    constexpr std::int64_t kFloat = onnx::TensorProto::FLOAT;
    if (node.type == "Cast" && proto.name() == "to" && is_float_type(proto.i())) value = kFloat;
    if (proto.has_ref_attr_name()) return add(place, "a reference to another attribute", "a value");
    if (!node.attributes.emplace(proto.name(), std::move(value)).second) add(place, "two values", "one");
}

void Reader::read_initializers() {
    for (const onnx::TensorProto& tensor : model_.graph().initializer()) {
        if (!read_.contains(tensor.name())) continue;
        if (has_no_elements(tensor)) {
            empty_.insert(tensor.name());
            continue;
        }
        const std::string place = "initializer " + quoted_name(tensor.name());
        tl::expected<Parameter, Problem> parameter = read_tensor(tensor);
        if (!parameter) {
            add(place, parameter.error().found, parameter.error().expected);
        } else if (!network_.parameters.emplace(tensor.name(), std::move(*parameter)).second) {
            add(place, "a name that is taken", "a name of its own");
        }
    }
    // Constant nodes nobody reads go the way of such initializers.
    std::erase_if(network_.parameters, [&](const auto& entry) { return !read_.contains(entry.first); });
    for (Node& node : network_.nodes) {
        for (std::string& input : node.inputs) {
            if (empty_.contains(input)) input.clear();
        }
        while (!node.inputs.empty() && node.inputs.back().empty()) node.inputs.pop_back();
    }
}

void Reader::read_inputs() {
    std::set<std::string> initializers;
    for (const auto& tensor : model_.graph().initializer()) initializers.insert(tensor.name());
    for (onnx::ValueInfoProto& input : *model_.mutable_graph()->mutable_input()) {
        // Before IR version 4 initializers were listed as inputs too.
        if (!initializers.contains(input.name())) read_input(input);
    }
}

void Reader::read_input(onnx::ValueInfoProto& proto) {
    const std::string place = "input " + quoted_name(proto.name());
    if (!proto.type().has_tensor_type() || !proto.type().tensor_type().has_shape()) {
        return add(place, "no tensor with a shape", "a batch, then known extents");
    }
    auto& tensor = *proto.mutable_type()->mutable_tensor_type();
    if (!is_float_type(tensor.elem_type())) {
        return add(
            place, fmt::format("element type {}", tensor.elem_type()),
            fmt::format("{} (FLOAT) or another float type", static_cast<int>(onnx::TensorProto::FLOAT)));
    }
    auto& dimensions = *tensor.mutable_shape()->mutable_dim();
    if (dimensions.size() < 2 || dimensions.size() > kMaximumOnnxRank) {
        return add(place, fmt::format("{} dimensions", dimensions.size()),
                   fmt::format("2 to {}, the batch first", kMaximumOnnxRank));
    }
    auto& batch = dimensions.at(0);
    if (batch.dim_value() < -1 || batch.dim_value() > 1) {
        return add(place, fmt::format("a batch of {}", batch.dim_value()), "1 or a dynamic one");
    }
    has_fixed_batch_ = has_fixed_batch_ || batch.dim_value() == 1;
    if (!batch.has_dim_param()) batch.set_dim_param("N"); // libonnx, too, shall see a dynamic batch
    const Shape* stated = stated_extents(proto.name());
    if (stated != nullptr && std::ssize(*stated) != dimensions.size() - 1) {
        return add(place, fmt::format("{} extents from --shape", stated->size()),
                   fmt::format("{}, without the batch", dimensions.size() - 1));
    }
    Shape shape{kBatch};
    for (int i = 1; i < dimensions.size(); ++i) {
        std::int64_t extent = dimensions.at(i).dim_value();
        const bool is_open = extent < 1;
        if (stated != nullptr) {
            const std::int64_t given = (*stated)[static_cast<std::size_t>(i - 1)];
            if (!is_open && given != extent) {
                return add(place, fmt::format("extent {} from --shape in dimension {}", given, i),
                           fmt::format("{}, which the file fixes", extent));
            }
            extent = given;
        } else if (is_open) {
            return add(place, fmt::format("a dynamic extent in dimension {}", i),
                       "known extents after the batch; give them with --shape");
        }
        dimensions.at(i).set_dim_value(extent); // libonnx shall see the same
        shape.push_back(extent);
    }
    network_.inputs.push_back(proto.name());
    network_.shapes.insert_or_assign(proto.name(), std::move(shape));
}

const Shape* Reader::stated_extents(const std::string& input) const {
    const auto named = options_.input_extents.find(input);
    if (named != options_.input_extents.end()) return &named->second;
    const auto unnamed = options_.input_extents.find("");
    return unnamed != options_.input_extents.end() ? &unnamed->second : nullptr;
}

void Reader::check_stated_inputs() {
    for (const auto& [name, extents] : options_.input_extents) {
        const bool is_known =
            std::find(network_.inputs.begin(), network_.inputs.end(), name) != network_.inputs.end();
        if (is_known || !problems_.empty() || (name.empty() && network_.inputs.size() == 1)) continue;
        add("--shape", name.empty() ? "no input's name" : "input " + quoted_name(name),
            fmt::format("one of: {}", fmt::join(network_.inputs, ", ")));
    }
}

/// A file exported for one sample may reshape to [1, ...]. With the batch free that extent is 0, "as
/// the input", wherever the constant is the target of reshaped activations alone.
void Reader::free_fixed_batch() {
    const auto reshapes_activation = [&](const Node* node) {
        return node->type == "Reshape" && node->inputs.size() == 2 &&
               !node->attributes.contains("allowzero") && network_.parameter(node->inputs[0]) == nullptr;
    };
    for (const Node& node : network_.nodes) {
        if (!reshapes_activation(&node)) continue;
        const auto target = network_.parameters.find(node.inputs[1]);
        if (target == network_.parameters.end()) continue;
        auto* extents = std::get_if<std::vector<std::int64_t>>(&target->second.values);
        if (extents == nullptr || extents->empty() || extents->front() != 1) continue;
        const std::vector<const Node*> readers = network_.consumers(node.inputs[1]);
        if (std::all_of(readers.begin(), readers.end(), reshapes_activation)) extents->front() = 0;
    }
}

} // namespace

Result<Network> load_onnx(const std::string& path, const OnnxOptions& options) {
    const std::string bytes = TANDEM_TRY(read_file(path));
    return parse_onnx(bytes, path, options, std::filesystem::path(path).parent_path());
}

Result<Network> parse_onnx(std::string_view bytes, const std::string& file, const OnnxOptions& options,
                           const std::optional<std::filesystem::path>& folder) {
    onnx::ModelProto model = TANDEM_TRY(parse_model(bytes, file));
    std::vector<Problem> problems;
    fetch_external_data(*model.mutable_graph(), folder, file, problems);
    if (!problems.empty()) return bad_input(std::move(problems));
    return network_of(std::move(model), file, options);
}

Result<Network> network_of(onnx::ModelProto model, const std::string& file, const OnnxOptions& options) {
    Reader reader(model, file, options);
    reader.read();
    if (!reader.problems().empty()) return bad_input(std::move(reader.problems()));
    Network folded = fold_shape_subgraphs(std::move(reader.network()), file, reader.problems());
    if (!reader.problems().empty()) return bad_input(std::move(reader.problems()));
    Network network = TANDEM_TRY(infer_shapes(std::move(folded), file));
    TANDEM_TRY(validate(network, file));
    TANDEM_TRY(check_with_libonnx(std::move(model), network, file));
    return network;
}

Result<std::pair<std::string, Shape>> parse_input_extents(const std::string& text) {
    const std::size_t equals = text.rfind('=');
    const std::string name = equals == std::string::npos ? "" : text.substr(0, equals);
    std::string list = equals == std::string::npos ? text : text.substr(equals + 1);
    if (list.starts_with("Nx")) list.erase(0, 2);
    Shape extents;
    std::size_t begin = 0;
    while (begin <= list.size()) {
        const std::size_t end = std::min(list.find('x', begin), list.size());
        std::int64_t extent = 0;
        const auto [stop, error] = std::from_chars(list.data() + begin, list.data() + end, extent);
        if (error != std::errc() || stop != list.data() + end || extent < 1 || extent > kMaximumElements) {
            return bad_input("--shape", "", quoted_name(text), "[NAME=]CHANNELSxROWSxCOLUMNS, as 3x224x224");
        }
        extents.push_back(extent);
        begin = end + 1;
    }
    return std::pair{name, std::move(extents)};
}

} // namespace tandem
