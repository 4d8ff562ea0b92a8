// Lists of samples: each number is one of them.
#include <algorithm>

#include "fuzz.h"
#include "tandem/data/indices.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::int64_t kSamples = 10'000;
    const auto indices = tandem::parse_indices(tandem::fuzz_text(data, size), "fuzz.txt", kSamples);
    if (!indices) {
        tandem::judge(indices.error());
        return 0;
    }
    tandem::promise(!indices->empty() &&
                        std::all_of(indices->begin(), indices->end(),
                                    [](std::int64_t index) { return index >= 0 && index < kSamples; }),
                    "numbers of samples");
    return 0;
}
