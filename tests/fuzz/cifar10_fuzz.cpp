// CIFAR-10 records, plain, gzipped or xz: each label has its image.
#include "fuzz.h"
#include "tandem/data/cifar10.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto images = tandem::parse_cifar10(std::string(tandem::fuzz_text(data, size)), "fuzz.bin");
    if (!images) {
        tandem::judge(images.error());
        return 0;
    }
    tandem::promise(images->count() * images->elements() == static_cast<std::int64_t>(images->pixels.size()),
                    "each label has its image");
    return 0;
}
