// What a network sees of a pixel, as files and command lines say it.
#include <cmath>

#include <fmt/format.h>

#include "tandem/data/dataset.h"

namespace tandem {

namespace {

/// Numbers of single precision, which files hold as double ones.
void describe(Fields& fields, FieldInfo info, std::vector<float>& values) {
    std::vector<double> numbers(values.begin(), values.end());
    fields.numbers(info, numbers, {});
    values.assign(numbers.begin(), numbers.end());
}

} // namespace

void describe(Fields& fields, Normalization& normalization) {
    double scale = normalization.scale;
    fields.number({"scale", "factor of a pixel from 0 to 255"}, scale, kPositiveNumber);
    normalization.scale = static_cast<float>(scale);
    describe(fields, {"mean", "subtracted after scaling, one for all channels or one each"},
             normalization.mean);
    describe(fields, {"deviation", "divided by after that, likewise"}, normalization.deviation);
}

Result<void> check_normalization(const Normalization& normalization, std::int64_t channels) {
    std::vector<Problem> problems;
    const auto check = [&](const char* option, const std::vector<float>& entries, bool may_be_zero) {
        const auto count = std::ssize(entries);
        if (count > 1 && count != channels) {
            problems.push_back(
                {option, "", fmt::format("{} numbers", count), fmt::format("1 or {}", channels)});
        }
        for (const float entry : entries) {
            if (std::isfinite(entry) && (may_be_zero || entry > 0.0F)) continue;
            problems.push_back(
                {option, "", fmt::format("{}", entry), may_be_zero ? "a number" : "a positive number"});
        }
    };
    check("--scale", {normalization.scale}, /*may_be_zero=*/false);
    check("--mean", normalization.mean, /*may_be_zero=*/true);
    check("--std", normalization.deviation, /*may_be_zero=*/false);
    if (!problems.empty()) return bad_input(std::move(problems));
    return {};
}

} // namespace tandem
