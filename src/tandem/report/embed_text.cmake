# cmake -DTEXT=in.css -DFUNCTION=page_style -DOUTPUT=out.cpp -P embed_text.cmake
# writes a source file whose `std::string tandem::FUNCTION()` returns the bytes of TEXT. The text is cut in
# pieces because compilers bound the length of one literal. It must be ASCII, so that no cut splits
# a character.
file(READ "${TEXT}" text)
string(LENGTH "${text}" length)
set(pieces "")
set(start 0)
while(start LESS length)
  string(SUBSTRING "${text}" ${start} 16000 piece)
  string(APPEND pieces "    R\"tandem_text(${piece})tandem_text\",\n")
  math(EXPR start "${start} + 16000")
endwhile()
file(WRITE "${OUTPUT}" "#include \"tandem/report/page_assets.h\"\n\n\
namespace tandem {\n\nstd::string ${FUNCTION}() {\n\
    static const char* const kPieces[] = {\n${pieces}    };\n\
    std::string text;\n    for (const char* piece : kPieces) text += piece;\n    return text;\n}\n\n} // namespace tandem\n")
