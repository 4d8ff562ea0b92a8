// Any bytes either give a valid network or a list of problems of one line each. A network survives
// preparation, and what we write of it reads back equal.
//
// Every second mutation keeps the file well-formed and changes numbers or wires in it: bytes alone
// seldom get past protobuf's lengths. The corpus began with one file for each operator of
// tests/conformance/operators_test.cpp and a few small networks.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include <onnx/onnx_pb.h>

#include "tandem/core/check.h"
#include "tandem/core/random.h"
#include "tandem/network/onnx/onnx.h"
#include "tandem/network/rewrites/rewrites.h"

namespace {

void expect_reads_back_equal(const tandem::Network& network) {
    const tandem::Result<tandem::Network> again = tandem::parse_onnx(tandem::emit_onnx(network), "again");
    TANDEM_CHECK(again.has_value(), to_string(again.error()));
    TANDEM_CHECK(*again == network, "the network reads back differently");
}

/// A number at some edge, or near the old one.
std::int64_t unusual(std::int64_t old, tandem::Random& random) {
    constexpr std::array<std::int64_t, 14> kEdges{0,
                                                  1,
                                                  2,
                                                  3,
                                                  -1,
                                                  -2,
                                                  255,
                                                  65536,
                                                  65537,
                                                  1 << 28,
                                                  std::int64_t{1} << 31,
                                                  std::int64_t{1} << 62,
                                                  INT64_MAX,
                                                  INT64_MIN};
    const std::uint64_t choice = random.below(kEdges.size() + 2);
    if (choice < kEdges.size()) return kEdges[choice];
    // Unsigned, so that the step over an edge wraps.
    const auto step = choice == kEdges.size() ? std::uint64_t{1} : ~std::uint64_t{0};
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(old) + step);
}

template <class List> void change_one(List& list, tandem::Random& random) {
    if (list.empty()) return;
    const int place = static_cast<int>(random.below(static_cast<std::uint64_t>(list.size())));
    list.Set(place, unusual(list.Get(place), random));
}

template <class List> auto* any_of(List& list, tandem::Random& random) {
    using Element = std::remove_pointer_t<decltype(list.Mutable(0))>;
    if (list.empty()) return static_cast<Element*>(nullptr);
    return list.Mutable(static_cast<int>(random.below(static_cast<std::uint64_t>(list.size()))));
}

void change_attribute(onnx::GraphProto& graph, tandem::Random& random) {
    auto* node = any_of(*graph.mutable_node(), random);
    if (node == nullptr) return;
    auto* attribute = any_of(*node->mutable_attribute(), random);
    if (attribute == nullptr) return;
    if (attribute->type() == onnx::AttributeProto::INT) attribute->set_i(unusual(attribute->i(), random));
    change_one(*attribute->mutable_ints(), random);
}

void change_tensor(onnx::GraphProto& graph, tandem::Random& random) {
    auto* tensor = any_of(*graph.mutable_initializer(), random);
    if (tensor == nullptr) return;
    if (random.below(2) == 0) return change_one(*tensor->mutable_dims(), random);
    change_one(*tensor->mutable_int64_data(), random);
    std::string& raw = *tensor->mutable_raw_data();
    if (raw.size() < sizeof(std::int64_t)) return;
    const std::int64_t value = unusual(0, random);
    const std::size_t place = random.below(raw.size() / sizeof value) * sizeof value;
    raw.replace(place, sizeof value, std::string(reinterpret_cast<const char*>(&value), sizeof value));
}

void change_extent(onnx::GraphProto& graph, tandem::Random& random) {
    auto* values = random.below(2) == 0 ? graph.mutable_input() : graph.mutable_output();
    auto* value = any_of(*values, random);
    if (value == nullptr || !value->type().has_tensor_type()) return;
    auto& shape = *value->mutable_type()->mutable_tensor_type()->mutable_shape();
    auto* extent = any_of(*shape.mutable_dim(), random);
    if (extent != nullptr) extent->set_dim_value(unusual(extent->dim_value(), random));
}

/// Lets a node read another tensor, or turns it into another operator.
void rewire(onnx::GraphProto& graph, tandem::Random& random) {
    auto* to = any_of(*graph.mutable_node(), random);
    auto* from = any_of(*graph.mutable_node(), random);
    if (to == nullptr || from == nullptr) return;
    if (random.below(3) == 0) return to->set_op_type(from->op_type());
    auto* input = any_of(*to->mutable_input(), random);
    const auto* tensor = random.below(2) == 0 ? any_of(*from->mutable_input(), random)
                                              : any_of(*from->mutable_output(), random);
    if (input != nullptr && tensor != nullptr) *input = std::string(*tensor);
}

void change_model(onnx::ModelProto& model, tandem::Random& random) {
    onnx::GraphProto& graph = *model.mutable_graph();
    switch (random.below(9)) {
    case 0:
    case 1:
    case 2: return change_attribute(graph, random);
    case 3:
    case 4: return change_tensor(graph, random);
    case 5: return change_extent(graph, random);
    case 6:
    case 7: return rewire(graph, random);
    default:
        if (auto* import = any_of(*model.mutable_opset_import(), random)) {
            import->set_version(static_cast<std::int64_t>(7 + random.below(15)));
        }
    }
}

} // namespace

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t capacity);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t capacity,
                                               unsigned int seed) {
    tandem::Random random(seed);
    onnx::ModelProto model;
    if (random.below(2) == 0 || !model.ParseFromArray(data, static_cast<int>(size)) || !model.has_graph()) {
        return LLVMFuzzerMutate(data, size, capacity);
    }
    for (std::uint64_t changes = 1 + random.below(3); changes > 0; --changes) change_model(model, random);
    const std::string bytes = model.SerializePartialAsString();
    if (bytes.size() > capacity) return LLVMFuzzerMutate(data, size, capacity);
    std::copy(bytes.begin(), bytes.end(), data);
    return bytes.size();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(data, data + size);
    const tandem::Result<tandem::Network> network = tandem::parse_onnx(bytes, "fuzz");
    if (!network) {
        for (const tandem::Problem& problem : network.error().problems) {
            TANDEM_CHECK(to_string(problem).find('\n') == std::string::npos, "a message of several lines");
        }
        return 0;
    }
    expect_reads_back_equal(*network);
    expect_reads_back_equal(tandem::prepare_for_deployment(*network));
    return 0;
}
