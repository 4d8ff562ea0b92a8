// Pictures, PNG or JPEG: as many pixels as rows and columns say.
#include "fuzz.h"
#include "tandem/data/pictures.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    for (const auto decode : {tandem::decode_png, tandem::decode_jpeg}) {
        const auto picture = decode(tandem::fuzz_text(data, size), "fuzz.picture");
        if (!picture) {
            tandem::judge(picture.error());
            continue;
        }
        tandem::promise(picture->rows * picture->columns * 3 == std::ssize(picture->pixels),
                        "each pixel has its colours");
    }
    return 0;
}
