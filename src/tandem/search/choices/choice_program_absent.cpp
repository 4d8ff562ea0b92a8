// Stands in for the solver where its library was not there to build with.
#include "tandem/search/choices/choice_program.h"

namespace tandem {

std::optional<std::vector<std::size_t>> solve_choices(const ChoiceProgram& /*program*/) {
    return std::nullopt;
}

Result<void> find_integer_solver() {
    return bad_input("search.algorithm", "", "integer-programming, which was not built in",
                     "a build with coinor-libcbc-dev, or another algorithm");
}

} // namespace tandem
