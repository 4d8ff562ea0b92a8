// NumPy archives: each label has its image, of the same shape.
#include "fuzz.h"
#include "tandem/data/npz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto dataset = tandem::parse_npz(tandem::fuzz_text(data, size), "fuzz.npz");
    if (!dataset) {
        tandem::judge(dataset.error());
        return 0;
    }
    for (const auto* images : {&dataset->train, &dataset->test}) {
        tandem::promise(images->count() * images->elements() == std::ssize(images->pixels),
                        "each label has its image");
    }
    return 0;
}
