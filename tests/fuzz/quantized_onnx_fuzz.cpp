// Any bytes either give a float network with what they say of integers, and from that a strategy for it or a
// refusal, or nothing because nothing in them is quantised, or a list of problems of one line each.
#include "fuzz.h"
#include "tandem/core/check.h"
#include "tandem/engine/integer_program.h"
#include "tandem/strategy/onnx_form.h"

namespace {

void judge_lines(const tandem::Error& error) {
    tandem::judge(error);
    for (const tandem::Problem& problem : error.problems) {
        tandem::promise(to_string(problem).find('\n') == std::string::npos, "a message of one line");
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto quantized = tandem::parse_quantized_onnx(tandem::fuzz_text(data, size), "fuzz.onnx");
    if (!quantized) {
        judge_lines(quantized.error());
        return 0;
    }
    if (!*quantized) return 0;
    const auto read = tandem::from_onnx_form(**std::move(quantized), "fuzz.onnx");
    if (!read) {
        judge_lines(read.error());
        return 0;
    }
    tandem::promise(validate(read->strategy, read->network, "strategy").has_value(),
                    "a strategy for its network");
    const auto program = tandem::lower_to_integers(read->network, read->strategy);
    if (!program) judge_lines(program.error());
    return 0;
}
