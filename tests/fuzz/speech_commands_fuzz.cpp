// Records of speech features: each label has its features, and a table of clips a speaker for each of them.
#include "fuzz.h"
#include "tandem/data/speech_commands.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(tandem::fuzz_text(data, size));
    const auto images = tandem::parse_speech_commands(bytes, "fuzz.bin");
    if (!images) {
        tandem::judge(images.error());
    } else {
        tandem::promise(images->count() * images->elements() ==
                            static_cast<std::int64_t>(images->pixels.size()),
                        "each label has its features");
    }
    // A table of as many clips as the first byte says, of class 0.
    if (bytes.empty()) return 0;
    tandem::Images clips;
    clips.labels.assign(static_cast<unsigned char>(bytes[0]) % 8, 0);
    const auto speakers = tandem::parse_clip_speakers(std::string_view(bytes).substr(1), "fuzz.tsv", clips);
    if (!speakers) {
        tandem::judge(speakers.error());
        return 0;
    }
    tandem::promise(std::ssize(*speakers) == clips.count(), "each clip has its speaker");
    return 0;
}
