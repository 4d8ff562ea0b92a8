#include "tandem/deploy/c/operating_points.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/deploy/c/c_text.h"
#include "tandem/deploy/c/c_writer.h"
#include "tandem/machine/microcontroller/buffer_plan.h"
#include "tandem/machine/microcontroller/c_layer.h"

namespace tandem {

namespace {

std::string_view arithmetic_name(CArithmetic arithmetic) {
    switch (arithmetic) {
    case CArithmetic::shifts: return "shifts of powers of two";
    case CArithmetic::factors: return "scales by float factors";
    case CArithmetic::multiplied_once: return "scales by multipliers, rounded once";
    case CArithmetic::multiplied_twice: return "scales by multipliers, rounded twice";
    }
    return "";
}

bool is_c_name(const std::string& name) {
    return !name.empty() && name.front() >= 'a' && name.front() <= 'z' && c_identifier(name) == name;
}

/// How the point differs from the first, where an image has one for all.
std::vector<Problem> differences(const OperatingPoint& first, const OperatingPoint& point) {
    const auto input = [](const IntegerProgram& program) {
        return tensor_description(program.tensors[program.input]);
    };
    const auto output = [](const IntegerProgram& program) {
        const IntegerTensor& tensor = program.tensors[program.output];
        return fmt::format("{} of {}", tensor.extents.elements(), c_element_type(tensor.format));
    };
    const auto arithmetic = [](const IntegerProgram& program) {
        return std::string(arithmetic_name(c_arithmetic(program)));
    };
    std::vector<Problem> problems;
    const auto expect_same = [&](const char* what, const auto& of) {
        const std::string expected = of(first.program);
        const std::string found = of(point.program);
        if (expected == found) return;
        problems.push_back(
            {"point " + point.name, what, found, fmt::format("{}, as of point {}", expected, first.name)});
    };
    expect_same("input", input);
    expect_same("output", output);
    expect_same("arithmetic", arithmetic);
    return problems;
}

} // namespace

OperatingPoints::OperatingPoints(IntegerProgram program)
    : points_{{.name = "", .program = std::move(program)}} {}

OperatingPoints::OperatingPoints(std::vector<OperatingPoint> points) : points_(std::move(points)) {
    TANDEM_CHECK(check_operating_points(points_).has_value(), "points that can share an image");
}

const IntegerProgram& OperatingPoints::largest() const {
    const auto bytes = [](const OperatingPoint& point) { return plan_buffers(point.program).size; };
    return std::ranges::max_element(points_, {}, bytes)->program;
}

Result<void> check_operating_points(std::span<const OperatingPoint> points) {
    TANDEM_CHECK(!points.empty(), "a point");
    std::vector<Problem> problems;
    std::set<std::string> names;
    for (const OperatingPoint& point : points) {
        if (!is_c_name(point.name)) {
            problems.push_back({"--point", "", point.name,
                                "a name of lower-case letters, digits and '_' that begins with a letter"});
        } else if (!names.insert(point.name).second) {
            problems.push_back({"--point", "", fmt::format("{} twice", point.name), "each name once"});
        }
        TANDEM_TRY(check_emittable_in_c(point.program));
    }
    if (!problems.empty()) return bad_input(std::move(problems));
    for (const OperatingPoint& point : points.subspan(1)) {
        const std::vector<Problem> more = differences(points.front(), point);
        problems.insert(problems.end(), more.begin(), more.end());
    }
    if (!problems.empty()) return bad_input(std::move(problems));
    return {};
}

} // namespace tandem
