// ONNX bytes: a network that is read is valid, and its own ONNX form can be read.
#include "fuzz.h"
#include "tandem/network/onnx/onnx.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto network = tandem::parse_onnx(tandem::fuzz_text(data, size), "fuzz.onnx");
    if (!network) {
        tandem::judge(network.error());
        return 0;
    }
    tandem::promise(tandem::validate(*network, "fuzz.onnx").has_value(), "a network that is read is valid");
    tandem::promise(tandem::parse_onnx(tandem::emit_onnx(*network), "fuzz.onnx").has_value(),
                    "a network that is written can be read");
    return 0;
}
