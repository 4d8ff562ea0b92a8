// Records of speech features: each label has its features.
#include "fuzz.h"
#include "tandem/data/speech_commands.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto images = tandem::parse_speech_commands(tandem::fuzz_text(data, size), "fuzz.bin");
    if (!images) {
        tandem::judge(images.error());
        return 0;
    }
    tandem::promise(images->count() * images->elements() == static_cast<std::int64_t>(images->pixels.size()),
                    "each label has its features");
    return 0;
}
