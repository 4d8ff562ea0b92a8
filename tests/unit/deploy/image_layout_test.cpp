#include "tandem/deploy/firmware/image_layout.h"

#include <gtest/gtest.h>

#include "archive_text.h"

namespace tandem {
namespace {

ObjectSection section(std::string name, std::int64_t size, std::int64_t alignment) {
    return {.name = std::move(name), .size = Bytes(size), .alignment = alignment};
}

TEST(LayOutImage, PlacesSectionsInTheScriptsOrderAtTheirAlignment) {
    const ObjectFile first{.sections = {section(".text", 10, 2), section(".rodata", 3, 1),
                                        section(".bss", 5, 4), section(".data", 6, 4)},
                           .defined = {},
                           .undefined = {}};
    const ObjectFile second{.sections = {section(".vectors", 64, 4), section(".text.startup", 6, 4),
                                         section(".rodata.str1.4", 4, 4), section(".sbss", 2, 2),
                                         section(".ARM.exidx", 8, 4)},
                            .defined = {},
                            .undefined = {}};
    const ImageLayout layout = lay_out_image({first, second}, {}).value();
    // 64, code 10, to 76, code 6, constants 3, to 88, 4.
    EXPECT_EQ(layout.text, Bytes(92));
    EXPECT_EQ(layout.data, Bytes(8));
    EXPECT_EQ(layout.bss, Bytes(8)); // 5, to 6, 2, to 8
    EXPECT_EQ(layout.ram, Bytes(16));
    EXPECT_EQ(layout.flash(), Bytes(100));
}

TEST(LayOutImage, CountsTheGapBeforeAlignedMemory) {
    const ObjectFile object{
        .sections = {section(".data", 4, 4), section(".bss", 8, 16)}, .defined = {}, .undefined = {}};
    const ImageLayout layout = lay_out_image({object}, {}).value();
    EXPECT_EQ(layout.data, Bytes(4));
    EXPECT_EQ(layout.bss, Bytes(8));
    EXPECT_EQ(layout.ram, Bytes(24));
}

TEST(LayOutImage, RefusesASectionThatTheScriptHasNoPlaceFor) {
    const ObjectFile object{.sections = {section(".init_array", 4, 4)}, .defined = {}, .undefined = {}};
    EXPECT_NE(to_string(lay_out_image({object}, {}).error()).find(".init_array"), std::string::npos);
    const ObjectFile textual{.sections = {section(".textual", 4, 4)}, .defined = {}, .undefined = {}};
    EXPECT_FALSE(lay_out_image({textual}, {}).has_value());
}

TEST(LayOutImage, TakesTheMembersThatAreAskedForAndWhatTheyAskFor) {
    const ObjectFile object{
        .sections = {section(".text", 2, 2)}, .defined = {"main"}, .undefined = {"divide"}};
    // "shift" lies before "divide", which asks for it: the index is read twice. Nobody asks for "log".
    const std::string bytes =
        archive_text({{"shift", object_text({.defined = "shift", .undefined = ""})},
                      {"divide", object_text({.defined = "divide", .undefined = "shift"})},
                      {"log", object_text({.defined = "log", .undefined = ""})}});
    const std::vector<Library> libraries{{.name = "libtest.a", .bytes = bytes}};
    const ImageLayout layout = lay_out_image({object}, libraries).value();
    EXPECT_EQ(layout.text, Bytes(2 + 2 + 2 * kObjectTextBytes)); // each aligned to four
}

TEST(LayOutImage, RefusesALibraryThatIsNone) {
    const std::vector<Library> libraries{{.name = "libtest.a", .bytes = "GROUP ( libg.a )\n"}};
    const Result<ImageLayout> layout = lay_out_image({}, libraries);
    EXPECT_NE(to_string(layout.error()).find("libtest.a"), std::string::npos);
}

TEST(LayOutImage, EndsWithAnIndexThatPromisesWhatItsMemberLacks) {
    const ObjectFile object{.sections = {}, .defined = {}, .undefined = {"divide"}};
    const std::string bytes =
        archive_text({{"divide", object_text({.defined = "other", .undefined = "divide"})}});
    const std::vector<Library> libraries{{.name = "libtest.a", .bytes = bytes}};
    EXPECT_EQ(lay_out_image({object}, libraries).value().text, Bytes(kObjectTextBytes));
}

} // namespace
} // namespace tandem
