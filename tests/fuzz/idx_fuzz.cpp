// IDX bytes, plain or gzipped: an array holds as many values as its shape says.
#include "fuzz.h"
#include "tandem/data/idx.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto array = tandem::parse_idx(tandem::fuzz_text(data, size), "fuzz.idx");
    if (!array) {
        tandem::judge(array.error());
        return 0;
    }
    std::int64_t elements = 1;
    for (const std::int64_t extent : array->shape) elements *= extent;
    tandem::promise(elements == static_cast<std::int64_t>(array->values.size()),
                    "the shape counts the values");
    return 0;
}
