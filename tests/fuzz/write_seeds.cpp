// Writes the binary seeds of the fuzz corpus: a small network of every kind of operator, and IDX arrays,
// plain and gzipped. Text seeds are files that people wrote.
#include <array>
#include <cstdio>

#include <zlib.h>

#include "tandem/core/files.h"
#include "tandem/network/onnx/onnx.h"

namespace tandem {
namespace {

Parameter weights(Shape shape) {
    std::int64_t count = 1;
    for (const std::int64_t extent : shape) count *= extent;
    return {.shape = std::move(shape), .values = std::vector<float>(static_cast<std::size_t>(count), 0.25F)};
}

/// Conv, BatchNormalization, Relu, MaxPool, Add, GlobalAveragePool, Flatten, Gemm, Softmax.
Network small_network() {
    Network network{.name = "seed"};
    const std::vector<std::int64_t> two{2, 2};
    const std::vector<std::int64_t> three{3, 3};
    const std::vector<std::int64_t> ones{1, 1, 1, 1};
    network.inputs = {"image"};
    network.outputs = {"probabilities"};
    network.shapes["image"] = {kBatch, 1, 6, 6};
    network.parameters = {{"w", weights({2, 1, 3, 3})}, {"b", weights({2})},    {"scale", weights({2})},
                          {"shift", weights({2})},      {"mean", weights({2})}, {"variance", weights({2})},
                          {"gw", weights({3, 2})},      {"gb", weights({3})}};
    network.nodes = {
        {"conv", "Conv", {"image", "w", "b"}, {"c"}, {{"kernel_shape", three}, {"pads", ones}}},
        {"bn", "BatchNormalization", {"c", "scale", "shift", "mean", "variance"}, {"n"}, {}},
        {"relu", "Relu", {"n"}, {"r"}, {}},
        {"add", "Add", {"c", "r"}, {"a"}, {}},
        {"pool", "MaxPool", {"a"}, {"p"}, {{"kernel_shape", two}, {"strides", two}}},
        {"mean", "GlobalAveragePool", {"p"}, {"g"}, {}},
        {"flatten", "Flatten", {"g"}, {"f"}, {}},
        {"gemm", "Gemm", {"f", "gw", "gb"}, {"logits"}, {{"transB", std::int64_t{1}}}},
        {"softmax", "Softmax", {"logits"}, {"probabilities"}, {{"axis", std::int64_t{1}}}},
    };
    return network;
}

std::string gzipped(const std::string& bytes) {
    std::array<Bytef, 4096> packed{};
    z_stream stream{};
    deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
    std::string input = bytes;
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = packed.data();
    stream.avail_out = packed.size();
    deflate(&stream, Z_FINISH);
    std::string result(packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(stream.total_out));
    deflateEnd(&stream);
    return result;
}

Result<void> write_seeds(const std::filesystem::path& corpus) {
    const Network network = TANDEM_TRY(infer_shapes(small_network(), "seed"));
    TANDEM_TRY(write_file(corpus / "onnx" / "small.onnx", emit_onnx(network), Existing::replace));
    // Magic (unsigned bytes, three extents), the extents big-endian, the values.
    const std::string images = std::string("\0\0\x08\x03\0\0\0\2\0\0\0\2\0\0\0\3", 16) + "abcdefghijkl";
    const std::string labels = std::string("\0\0\x08\x01\0\0\0\4\1\2\3\0", 12);
    TANDEM_TRY(write_file(corpus / "idx" / "images.idx", images, Existing::replace));
    TANDEM_TRY(write_file(corpus / "idx" / "labels.idx", labels, Existing::replace));
    TANDEM_TRY(write_file(corpus / "idx" / "images.idx.gz", gzipped(images), Existing::replace));
    return {};
}

} // namespace
} // namespace tandem

int main(int count, char** arguments) {
    if (count != 2) return 2;
    const auto written = tandem::write_seeds(arguments[1]);
    if (!written) std::fprintf(stderr, "%s\n", tandem::to_string(written.error()).c_str());
    return written ? 0 : 1;
}
