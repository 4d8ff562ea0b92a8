// The program solved by COIN-OR's branch and cut. One column a choice, which is 0 or 1; one row a group,
// whose columns sum to 1; one row a bound.
#include "tandem/search/choices/choice_program.h"

#include <CbcModel.hpp>
#include <CoinPackedMatrix.hpp>
#include <OsiClpSolverInterface.hpp>

#include "tandem/core/check.h"

namespace tandem {

namespace {

/// A program of a hundred layers takes a few hundred at most; a limit in seconds would not be deterministic.
constexpr int kMostNodes = 20'000;

} // namespace

std::optional<std::vector<std::size_t>> solve_choices(const ChoiceProgram& program) {
    OsiClpSolverInterface relaxation;
    relaxation.setHintParam(OsiDoReducePrint, true, OsiHintTry);
    relaxation.messageHandler()->setLogLevel(0);
    const double infinity = relaxation.getInfinity();

    CoinPackedMatrix matrix(/*colOrdered=*/true, 0.0, 0.0);
    const auto groups = static_cast<int>(program.groups.size());
    matrix.setDimensions(groups + static_cast<int>(program.bounds.size()), 0);
    std::vector<double> losses;
    for (int group = 0; group < groups; ++group) {
        const std::vector<Choice>& choices = program.groups[static_cast<std::size_t>(group)];
        TANDEM_CHECK(!choices.empty(), "a group to choose from");
        for (const Choice& choice : choices) {
            TANDEM_CHECK(choice.costs.size() == program.bounds.size(), "a cost a bound");
            CoinPackedVector column;
            column.insert(group, 1.0);
            for (std::size_t bound = 0; bound < choice.costs.size(); ++bound) {
                if (choice.costs[bound] != 0.0) {
                    column.insert(groups + static_cast<int>(bound), choice.costs[bound]);
                }
            }
            matrix.appendCol(column);
            losses.push_back(choice.loss);
        }
    }
    const std::vector<double> zeros(losses.size(), 0.0);
    const std::vector<double> ones(losses.size(), 1.0);
    std::vector<double> lower(program.groups.size(), 1.0);
    lower.resize(lower.size() + program.bounds.size(), -infinity);
    std::vector<double> upper(program.groups.size(), 1.0);
    upper.insert(upper.end(), program.bounds.begin(), program.bounds.end());
    relaxation.loadProblem(matrix, zeros.data(), ones.data(), losses.data(), lower.data(), upper.data());
    for (int column = 0; column < static_cast<int>(losses.size()); ++column) relaxation.setInteger(column);

    CbcModel model(relaxation);
    model.setLogLevel(0);
    model.solver()->messageHandler()->setLogLevel(0);
    model.setMaximumNodes(kMostNodes);
    model.branchAndBound();
    const double* solution = model.bestSolution();
    if (solution == nullptr) return std::nullopt;

    constexpr double kChosen = 0.5; // columns are 0 or 1 but for rounding
    std::vector<std::size_t> chosen;
    for (const std::vector<Choice>& choices : program.groups) {
        std::size_t place = 0;
        while (place + 1 < choices.size() && solution[place] < kChosen) ++place;
        chosen.push_back(place);
        solution += choices.size();
    }
    return chosen;
}

Result<void> find_integer_solver() { return {}; }

} // namespace tandem
