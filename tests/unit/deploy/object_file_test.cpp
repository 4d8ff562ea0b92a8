#include "tandem/deploy/firmware/object_file.h"

#include <gtest/gtest.h>

#include "archive_text.h"

namespace tandem {
namespace {

TEST(ParseObject, TellsSectionsAndSymbols) {
    const ObjectFile object = parse_object(object_text({.defined = "f", .undefined = "g"}), "a.o").value();
    EXPECT_EQ(object.sections, (std::vector<ObjectSection>{{".text", Bytes(kObjectTextBytes), 4}}));
    EXPECT_EQ(object.defined, std::vector<std::string>{"f"});
    EXPECT_EQ(object.undefined, std::vector<std::string>{"g"});
}

TEST(ParseObject, RefusesEveryCutFile) {
    const std::string whole = object_text({.defined = "f", .undefined = "g"});
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const Result<ObjectFile> object = parse_object(whole.substr(0, size), "a.o");
        ASSERT_FALSE(object.has_value()) << size;
        EXPECT_EQ(object.error().kind, ErrorKind::bad_input);
        EXPECT_NE(to_string(object.error()).find("a.o"), std::string::npos);
    }
    EXPECT_FALSE(parse_object("\x7f"
                              "ELF of another kind, and long enough to hold a header of 32 bits",
                              "a.o"));
}

TEST(ArchiveIndex, NamesTheMemberOfEachSymbol) {
    const std::string object = object_text({.defined = "g", .undefined = ""});
    const std::string bytes = archive_text({{"f", "odd"}, {"g", object}});
    const std::vector<ArchiveSymbol> index = parse_archive_index(bytes, "a.a").value();
    ASSERT_EQ(index.size(), 2U);
    EXPECT_EQ(index[0].name, "f");
    EXPECT_EQ(archive_member(bytes, index[0].member, "a.a").value(), "odd\n");
    EXPECT_EQ(index[1].name, "g");
    EXPECT_TRUE(archive_member(bytes, index[1].member, "a.a").value().starts_with(object));
    EXPECT_TRUE(parse_archive_index("!<arch>\n", "a.a").value().empty());
}

TEST(ArchiveIndex, RefusesWhatIsDamaged) {
    const std::string bytes = archive_text({{"f", "contents"}});
    const std::size_t index_end = 8 + 60 + 4 + 4 + 2;
    for (std::size_t size = 0; size < index_end; ++size) {
        if (size == 8 || size == 9) continue; // an archive without an index
        EXPECT_FALSE(parse_archive_index(bytes.substr(0, size), "a.a").has_value()) << size;
    }
    EXPECT_FALSE(archive_member(bytes, bytes.size() - 1, "a.a").has_value());
    EXPECT_FALSE(archive_member(bytes.substr(0, bytes.size() - 1), index_end, "a.a").has_value());
    EXPECT_FALSE(archive_member(std::string(80, 'x'), 8, "a.a").has_value()) << "no size there";
}

} // namespace
} // namespace tandem
