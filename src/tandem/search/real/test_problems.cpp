#include "tandem/search/real/test_problems.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tandem {

namespace {

using Variables = std::span<const double>;
using Results = std::span<double>;

constexpr double kPi = std::numbers::pi;
constexpr int kFrontPoints = 500; ///< steps along a curve, enough for four digits of a distance

/// The distance function of ZDT1, 2 and 3.
double linear_g(Variables x) {
    double sum = 0.0;
    for (const double value : x.subspan(1)) sum += value;
    return 1.0 + 9.0 * sum / static_cast<double>(x.size() - 1);
}

double zdt3_h(double f1, double g) { return 1.0 - std::sqrt(f1 / g) - f1 / g * std::sin(10.0 * kPi * f1); }

double zdt6_f1(double x) { return 1.0 - std::exp(-4.0 * x) * std::pow(std::sin(6.0 * kPi * x), 6); }

void zdt1(Variables x, Results f) {
    const double g = linear_g(x);
    f[0] = x[0];
    f[1] = g * (1.0 - std::sqrt(x[0] / g));
}

void zdt2(Variables x, Results f) {
    const double g = linear_g(x);
    f[0] = x[0];
    f[1] = g * (1.0 - (x[0] / g) * (x[0] / g));
}

void zdt3(Variables x, Results f) {
    const double g = linear_g(x);
    f[0] = x[0];
    f[1] = g * zdt3_h(x[0], g);
}

void zdt4(Variables x, Results f) {
    double g = 1.0 + 10.0 * static_cast<double>(x.size() - 1);
    for (const double value : x.subspan(1)) g += value * value - 10.0 * std::cos(4.0 * kPi * value);
    f[0] = x[0];
    f[1] = g * (1.0 - std::sqrt(x[0] / g));
}

void zdt6(Variables x, Results f) {
    double sum = 0.0;
    for (const double value : x.subspan(1)) sum += value;
    const double g = 1.0 + 9.0 * std::pow(sum / static_cast<double>(x.size() - 1), 0.25);
    f[0] = zdt6_f1(x[0]);
    f[1] = g * (1.0 - (f[0] / g) * (f[0] / g));
}

void dtlz2(Variables x, Results f) {
    double g = 0.0;
    for (const double value : x.subspan(2)) g += (value - 0.5) * (value - 0.5);
    const double first = x[0] * kPi / 2.0;
    const double second = x[1] * kPi / 2.0;
    f[0] = (1.0 + g) * std::cos(first) * std::cos(second);
    f[1] = (1.0 + g) * std::cos(first) * std::sin(second);
    f[2] = (1.0 + g) * std::sin(first);
}

/// The curve from f1 = `least` to 1.
std::vector<Objectives> curve(double least, double (*f2)(double)) {
    std::vector<Objectives> points;
    for (int i = 0; i <= kFrontPoints; ++i) {
        const double f1 = least + (1.0 - least) * i / kFrontPoints;
        points.push_back({f1, f2(f1)});
    }
    return points;
}

std::vector<Objectives> convex_front() {
    return curve(0.0, [](double f1) { return 1.0 - std::sqrt(f1); });
}

std::vector<Objectives> concave_front() {
    return curve(0.0, [](double f1) { return 1.0 - f1 * f1; });
}

/// Of the curve of ZDT3 only what nothing before it dominates is front.
std::vector<Objectives> broken_front() {
    std::vector<Objectives> points;
    double least = 2.0;
    for (const Objectives& point : curve(0.0, [](double f1) { return zdt3_h(f1, 1.0); })) {
        if (point[1] >= least) continue;
        least = point[1];
        points.push_back(point);
    }
    return points;
}

std::vector<Objectives> zdt6_front() {
    double least = 1.0; // of f1 over its variable: the first hump of the sine
    for (int i = 0; i <= 100'000; ++i) least = std::min(least, zdt6_f1(i / 100'000.0));
    return curve(least, [](double f1) { return 1.0 - f1 * f1; });
}

std::vector<Objectives> sphere_front() {
    constexpr int kSteps = 40;
    std::vector<Objectives> points;
    for (int i = 0; i <= kSteps; ++i) {
        for (int k = 0; k <= kSteps; ++k) {
            const double first = kPi / 2.0 * i / kSteps;
            const double second = kPi / 2.0 * k / kSteps;
            points.push_back(
                {std::cos(first) * std::cos(second), std::cos(first) * std::sin(second), std::sin(first)});
        }
    }
    return points;
}

std::vector<double> bounds(std::size_t variables, double first, double others) {
    std::vector<double> values(variables, others);
    values.front() = first;
    return values;
}

RealProblem problem(std::string_view name, std::size_t variables, decltype(RealProblem::evaluate) evaluate,
                    decltype(RealProblem::exact_front) exact_front) {
    return {.name = name,
            .objectives = 2,
            .lower = bounds(variables, 0.0, 0.0),
            .upper = bounds(variables, 1.0, 1.0),
            .evaluate = evaluate,
            .exact_front = exact_front};
}

std::vector<RealProblem> make_problems() {
    std::vector<RealProblem> problems = {
        problem("dtlz2", 12, dtlz2, sphere_front), problem("zdt1", 30, zdt1, convex_front),
        problem("zdt2", 30, zdt2, concave_front),  problem("zdt3", 30, zdt3, broken_front),
        problem("zdt4", 10, zdt4, convex_front),   problem("zdt6", 10, zdt6, zdt6_front),
    };
    problems[0].objectives = 3;
    problems[4].lower = bounds(10, 0.0, -5.0);
    problems[4].upper = bounds(10, 1.0, 5.0);
    return problems;
}

} // namespace

const std::vector<RealProblem>& test_problems() {
    static const std::vector<RealProblem> kProblems = make_problems();
    return kProblems;
}

} // namespace tandem
