#include "tandem/strategy/tflite/tflite_file.h"

#include <algorithm>
#include <cstring>
#include <set>

#include <fmt/format.h>

#include "tandem/core/check.h"

namespace tandem::tflite_file {

namespace {

std::int64_t element_bytes(TensorType type) {
    switch (type) {
    case TensorType::float32:
    case TensorType::int32: return 4;
    case TensorType::int64: return 8;
    case TensorType::int16: return 2;
    case TensorType::uint8:
    case TensorType::int8: return 1;
    }
    return 0; // a type that we do not read; whoever meets one as an operand refuses it
}

/// The numbers of a vector. FlatBuffers' verifier lets 8-byte numbers lie at multiples of 4 bytes, so they
/// are copied, not read in place.
template <class Element, class Stored>
std::vector<Element> copied(const flatbuffers::Vector<Stored>* vector) {
    if (vector == nullptr || vector->size() == 0) return {};
    std::vector<Stored> stored(vector->size());
    std::memcpy(stored.data(), vector->Data(), stored.size() * sizeof(Stored));
    return std::vector<Element>(stored.begin(), stored.end());
}

/// Judges one file part by part and gathers the problems.
class GraphReader {
  public:
    GraphReader(std::string_view bytes, std::string file) : file_(std::move(file)) {
        // FlatBuffers reads numbers in place, so they must lie where the allocator aligns them.
        graph_.bytes = std::make_unique<std::vector<std::uint8_t>>(bytes.begin(), bytes.end());
    }

    Result<Graph> read() {
        constexpr int kMostNesting = 16;
        constexpr int kMostTables = 1'000'000;
        const auto& bytes = *graph_.bytes;
        constexpr std::size_t kHeader = 8; // root offset and identifier
        flatbuffers::Verifier verifier(bytes.data(), bytes.size(), kMostNesting, kMostTables);
        if (bytes.size() < kHeader || !ModelBufferHasIdentifier(bytes.data()) ||
            !VerifyModelBuffer(verifier)) {
            return bad_input(file_, "", "a damaged file or one of another format",
                             "a TensorFlow Lite model (TFL3)");
        }
        const Model& model = *GetModel(bytes.data());
        const auto* const subgraphs = model.subgraphs();
        const std::size_t count = subgraphs == nullptr ? 0 : subgraphs->size();
        if (count != 1 || subgraphs->Get(0) == nullptr) {
            return bad_input(file_, "", fmt::format("{} subgraphs", count), "one");
        }
        read_subgraph(model, *subgraphs->Get(0));
        if (!problems_.empty()) return bad_input(std::move(problems_));
        return std::move(graph_);
    }

  private:
    void refuse(std::string place, std::string found, std::string expected) {
        problems_.push_back({file_, std::move(place), std::move(found), std::move(expected)});
    }

    void read_subgraph(const Model& model, const SubGraph& subgraph) {
        if (subgraph.tensors() == nullptr || subgraph.operators() == nullptr) {
            return refuse("", "a subgraph without tensors or operators", "both");
        }
        for (flatbuffers::uoffset_t i = 0; i < subgraph.tensors()->size(); ++i) {
            read_tensor(model, *subgraph.tensors()->Get(i), fmt::format("tensor {}", i));
        }
        for (flatbuffers::uoffset_t i = 0; i < subgraph.operators()->size(); ++i) {
            read_operator(model, *subgraph.operators()->Get(i), fmt::format("operator {}", i));
        }
        graph_.inputs = copied<std::int32_t>(subgraph.inputs());
        graph_.outputs = copied<std::int32_t>(subgraph.outputs());
        check_indices(graph_.inputs, 0, "inputs");
        check_indices(graph_.outputs, 0, "outputs");
    }

    /// A tensor's name, or one made of its place: where it is empty, taken, or no printable ASCII.
    std::string name_of(const Tensor& tensor) {
        std::string name = tensor.name() == nullptr ? "" : tensor.name()->str();
        const bool is_plain =
            std::all_of(name.begin(), name.end(), [](char letter) { return letter >= ' ' && letter <= '~'; });
        if (name.empty() || !is_plain || !names_.insert(name).second) {
            name = fmt::format("tensor_{}", graph_.tensors.size());
            while (!names_.insert(name).second) name += '_';
        }
        return name;
    }

    void read_tensor(const Model& model, const Tensor& tensor, const std::string& place) {
        TensorView view;
        view.name = name_of(tensor);
        view.type = tensor.type();
        view.extents = copied<std::int64_t>(tensor.shape());
        std::int64_t elements = 1;
        for (const std::int64_t extent : view.extents) {
            if (extent < 1 || elements > kMaximumElements / extent) {
                refuse(place, fmt::format("an extent of {}", extent),
                       fmt::format("positive extents of at most {} elements", kMaximumElements));
                graph_.tensors.push_back(std::move(view));
                return;
            }
            elements *= extent;
        }
        if (const QuantizationParameters* quantization = tensor.quantization()) {
            view.scales = copied<float>(quantization->scale());
            view.zero_points = copied<std::int64_t>(quantization->zero_point());
            view.scale_axis = quantization->quantized_dimension();
        }
        const auto* const buffers = model.buffers();
        if (buffers == nullptr || tensor.buffer() >= buffers->size()) {
            refuse(place, fmt::format("buffer {}", tensor.buffer()), "one that the file holds");
        } else if (const auto* const data = buffers->Get(tensor.buffer())->data()) {
            // An empty buffer is an activation's.
            view.data = {reinterpret_cast<const char*>(data->data()), data->size()};
            const std::int64_t size = std::ssize(view.data);
            if (size != 0 && size != elements * element_bytes(view.type)) {
                refuse(place, fmt::format("{} bytes", size),
                       fmt::format("{}, as its type and extents have", elements * element_bytes(view.type)));
            }
        }
        graph_.tensors.push_back(std::move(view));
    }

    void read_operator(const Model& model, const Operator& table, const std::string& place) {
        const auto* const codes = model.operator_codes();
        if (codes == nullptr || table.opcode_index() >= codes->size()) {
            return refuse(place, fmt::format("operator code {}", table.opcode_index()),
                          "one that the file holds");
        }
        const OperatorCode& code = *codes->Get(table.opcode_index());
        // Files of before 2020 have the code in one byte alone; a newer one repeats it there if it fits.
        OperatorView view{.operation =
                              std::max<std::int32_t>(code.builtin_code(), code.deprecated_builtin_code()),
                          .inputs = copied<std::int32_t>(table.inputs()),
                          .outputs = copied<std::int32_t>(table.outputs()),
                          .table = &table};
        check_indices(view.inputs, -1, place);
        check_indices(view.outputs, 0, place);
        graph_.operators.push_back(std::move(view));
    }

    void check_indices(const std::vector<std::int32_t>& indices, std::int32_t least,
                       const std::string& place) {
        for (const std::int32_t index : indices) {
            if (index >= least && index < std::ssize(graph_.tensors)) continue;
            refuse(place, fmt::format("tensor {}", index), "one that the file holds");
        }
    }

    std::string file_;
    Graph graph_;
    std::set<std::string> names_;
    std::vector<Problem> problems_;
};

} // namespace

std::int64_t TensorView::elements() const {
    std::int64_t product = 1;
    for (const std::int64_t extent : extents) product *= extent;
    return product;
}

std::int64_t TensorView::integer(std::int64_t index) const {
    const auto at = static_cast<std::size_t>(index);
    switch (type) {
    case TensorType::int8: return static_cast<std::int8_t>(data[at]);
    case TensorType::uint8: return static_cast<std::uint8_t>(data[at]);
    case TensorType::int32: {
        std::int32_t value = 0;
        std::memcpy(&value, data.data() + at * sizeof value, sizeof value);
        return value;
    }
    case TensorType::float32:
    case TensorType::int64:
    case TensorType::int16: break;
    }
    TANDEM_CHECK(false, "a constant of integers that we read");
}

float TensorView::real(std::int64_t index) const {
    TANDEM_CHECK(type == TensorType::float32, "a constant of floats");
    float value = 0.0F;
    std::memcpy(&value, data.data() + static_cast<std::size_t>(index) * sizeof value, sizeof value);
    return value;
}

Result<Graph> parse_graph(std::string_view bytes, const std::string& file) {
    return GraphReader(bytes, file).read();
}

} // namespace tandem::tflite_file
