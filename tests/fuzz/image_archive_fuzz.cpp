// Pictures in a tar file: each label has its image, and its class.
#include "fuzz.h"
#include "tandem/data/image_archive.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto dataset = tandem::parse_image_archive(tandem::fuzz_text(data, size), "fuzz.tar");
    if (!dataset) {
        tandem::judge(dataset.error());
        return 0;
    }
    const auto& images = dataset->test;
    tandem::promise(images.count() * images.elements() == std::ssize(images.pixels),
                    "each label has its image");
    for (const auto label : images.labels)
        tandem::promise(label < dataset->classes.size(), "each label has its class");
    return 0;
}
