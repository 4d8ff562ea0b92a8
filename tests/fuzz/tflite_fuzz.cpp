// Any bytes either give a valid network, with a strategy for it if it is quantised, which lowers to integers
// or is refused, or a list of problems of one line each.
#include "fuzz.h"
#include "tandem/core/check.h"
#include "tandem/engine/integer_program.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/strategy/tflite/tflite.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto read = tandem::parse_tflite(tandem::fuzz_text(data, size), "fuzz.tflite");
    if (!read) {
        tandem::judge(read.error());
        for (const tandem::Problem& problem : read.error().problems) {
            tandem::promise(to_string(problem).find('\n') == std::string::npos, "a message of one line");
        }
        return 0;
    }
    const tandem::Network network = tandem::prepare_for_deployment(read->network);
    if (!read->strategy) return 0;
    tandem::promise(validate(*read->strategy, network, "strategy").has_value(), "a strategy for its network");
    const auto program = tandem::lower_to_integers(network, *read->strategy);
    if (!program) tandem::judge(program.error());
    return 0;
}
