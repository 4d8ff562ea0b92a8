// NumPy arrays: one holds as many values as its shape says, and is written so that it reads back equal.
#include "fuzz.h"
#include "tandem/data/npy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto array = tandem::parse_npy(tandem::fuzz_text(data, size), "fuzz.npy");
    if (!array) {
        tandem::judge(array.error());
        return 0;
    }
    std::int64_t elements = 1;
    for (const std::int64_t extent : array->shape) elements *= extent;
    tandem::promise(elements == static_cast<std::int64_t>(array->values.size()),
                    "the shape counts the values");
    const std::string bytes = tandem::emit_npy(*array);
    const auto again = tandem::parse_npy(bytes, "again.npy");
    // NaN is unequal to itself, so the bytes are compared.
    tandem::promise(again.has_value() && tandem::emit_npy(*again) == bytes, "it reads back equal");
    return 0;
}
