// Objects and archives: sizes and alignments are what a linker can add up, and members lie inside.
#include "fuzz.h"
#include "tandem/deploy/firmware/image_layout.h"
#include "tandem/deploy/firmware/object_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes = tandem::fuzz_text(data, size);
    const auto object = tandem::parse_object(bytes, "fuzz.o");
    if (object) {
        for (const tandem::ObjectSection& section : object->sections) {
            tandem::promise(section.size >= tandem::Bytes(0), "a size is none below zero");
            tandem::promise(section.alignment > 0, "an alignment is positive");
        }
        (void)tandem::lay_out_image({*object}, {});
    } else {
        tandem::judge(object.error());
    }
    const auto index = tandem::parse_archive_index(bytes, "fuzz.a");
    if (!index) {
        tandem::judge(index.error());
        return 0;
    }
    tandem::ObjectFile asks;
    for (const tandem::ArchiveSymbol& symbol : *index) {
        const auto member = tandem::archive_member(bytes, symbol.member, "fuzz.a");
        if (!member) tandem::judge(member.error());
        asks.undefined.push_back(symbol.name);
    }
    const std::vector<tandem::Library> libraries{{"fuzz.a", std::string(bytes)}};
    (void)tandem::lay_out_image({asks}, libraries);
    return 0;
}
