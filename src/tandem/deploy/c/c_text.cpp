#include "tandem/deploy/c/c_text.h"

#include <cctype>

#include <fmt/format.h>

#include "tandem/machine/microcontroller/c_layer.h"

namespace tandem {

namespace {

constexpr std::size_t kLineColumns = 100;

} // namespace

std::string comment_name(std::string_view name) {
    std::string safe(name);
    for (char& letter : safe) {
        const bool is_safe = std::isalnum(static_cast<unsigned char>(letter)) != 0 ||
                             std::string_view("._:/-").find(letter) != std::string_view::npos;
        if (!is_safe) letter = '_';
    }
    return safe;
}

std::string c_identifier(std::string_view name) {
    std::string safe(name);
    for (char& letter : safe) {
        const auto byte = static_cast<unsigned char>(letter);
        letter = std::isalnum(byte) != 0 && byte < 128 ? static_cast<char>(std::tolower(byte)) : '_';
    }
    return safe;
}

std::string c_macro(std::string_view identifier) {
    std::string macro(identifier);
    for (char& letter : macro) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
    return macro;
}

std::string c_point(std::string_view name) { return "TANDEM_NETWORK_POINT_" + c_macro(name); }

std::string c_prefix(const IntegerProgram& program) { return "tandem_" + c_identifier(program.name); }

std::string tensor_description(const IntegerTensor& tensor) {
    std::string text = fmt::format("{}x{}x{} {}", tensor.extents.channels, tensor.extents.rows,
                                   tensor.extents.columns, to_string(tensor.format));
    if (tensor.scale) {
        text += fmt::format(" in steps of {} from {} on", tensor.scale->scale, tensor.scale->zero_point);
    }
    return text;
}

std::string tensor_comment(const IntegerTensor& tensor) {
    return fmt::format("{} {}", comment_name(tensor.name), tensor_description(tensor));
}

std::string c_element_type(const NumberFormat& format) {
    return fmt::format("{}int{}_t", format.signedness == Signedness::is_signed ? "" : "u",
                       format.bits <= 8 ? 8 : 16);
}

std::string c_array(std::span<const std::int64_t> numbers) {
    std::string text = "{";
    std::size_t line_start = 0;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const std::string number = std::to_string(numbers[i]) + (i + 1 < numbers.size() ? "," : "}");
        if (i > 0 && text.size() - line_start + 1 + number.size() > kLineColumns) {
            text += "\n   ";
            line_start = text.size() - 3;
        }
        text += (i == 0 ? "" : " ") + number;
    }
    return text;
}

std::string c_step_name(const IntegerProgram& program, std::size_t step) {
    return fmt::format("{}_{}", kernel_name(program, program.steps[step]), step);
}

} // namespace tandem
