#include "tandem/deploy/rtl/unit_writer.h"

#include <algorithm>
#include <bit>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tandem {

namespace {

/// Bits of one weight, by weight: the names of the signals that are to be added.
using Columns = std::vector<std::vector<std::string>>;

/// Module text under construction: declarations, combinational logic and clocked assignments.
struct Text {
    std::string wires;
    std::string clocked;
    int next = 0;

    /// A register for `expression` of `width` bits.
    std::string keep(std::int64_t width, const std::string& expression) {
        const std::string name = fmt::format("level_{}", next++);
        const std::string range = width == 1 ? "" : fmt::format("[{}:0] ", width - 1);
        wires += fmt::format("    reg {}{};\n", range, name);
        clocked += fmt::format("        {} <= {};\n", name, expression);
        return name;
    }
};

/// "{a, b, 1'b0}" of exactly six.
std::string six_of(std::vector<std::string> bits) {
    bits.resize(6, "1'b0");
    return fmt::format("{{{}}}", fmt::join(bits, ", "));
}

/// Ones among three ands: two bits out of six.
Columns emit_first_level(Text& text, std::int64_t bits) {
    Columns columns(2);
    for (std::int64_t first = 0; first < bits; first += 3) {
        std::vector<std::string> pairs;
        for (std::int64_t i = first; i < std::min(first + 3, bits); ++i) {
            pairs.push_back(fmt::format("left[{}]", i));
            pairs.push_back(fmt::format("right[{}]", i));
        }
        const std::int64_t ands = std::ssize(pairs) / 2;
        const std::string name = ands == 1 ? text.keep(1, fmt::format("{} & {}", pairs[0], pairs[1]))
                                           : text.keep(2, fmt::format("count_ands({})", six_of(pairs)));
        columns[0].push_back(ands == 1 ? name : name + "[0]");
        if (ands > 1) columns[1].push_back(name + "[1]");
    }
    return columns;
}

bool is_two_numbers(const Columns& columns) {
    return std::all_of(columns.begin(), columns.end(), [](const auto& column) { return column.size() <= 2; });
}

/// Six bits of a weight become three of rising weights; three to five at a column's end as well, one or
/// two go on as they are.
Columns emit_level(Text& text, const Columns& columns) {
    Columns next(columns.size() + 2);
    for (std::size_t weight = 0; weight < columns.size(); ++weight) {
        const std::vector<std::string>& column = columns[weight];
        for (std::size_t first = 0; first < column.size(); first += 6) {
            const std::size_t count = std::min<std::size_t>(6, column.size() - first);
            if (count <= 2) {
                for (std::size_t i = 0; i < count; ++i) {
                    next[weight].push_back(text.keep(1, column[first + i]));
                }
                continue;
            }
            std::vector<std::string> bits(column.begin() + static_cast<std::ptrdiff_t>(first),
                                          column.begin() + static_cast<std::ptrdiff_t>(first + count));
            const std::int64_t width = count == 3 ? 2 : 3;
            const std::string name =
                count == 3
                    ? text.keep(2, fmt::format("{{{0} & {1} | {0} & {2} | {1} & {2}, {0} ^ {1} ^ {2}}}",
                                               bits[0], bits[1], bits[2]))
                    : text.keep(3, fmt::format("count_bits({})", six_of(bits)));
            for (std::int64_t bit = 0; bit < width; ++bit) {
                next[weight + static_cast<std::size_t>(bit)].push_back(fmt::format("{}[{}]", name, bit));
            }
        }
    }
    while (next.back().empty()) next.pop_back();
    return next;
}

/// The sum of what is left: one row of every column's first bit, one of its second.
std::string sum_of(const Columns& columns) {
    std::vector<std::string> rows[2];
    for (auto column = columns.rbegin(); column != columns.rend(); ++column) {
        for (std::size_t row = 0; row < 2; ++row) {
            rows[row].push_back(row < column->size() ? (*column)[row] : "1'b0");
        }
    }
    return fmt::format("{{{}}} + {{{}}}", fmt::join(rows[0], ", "), fmt::join(rows[1], ", "));
}

/// A function from six bits to a number, as a table.
std::string emit_table(std::string_view name, int width, int (*value)(unsigned)) {
    std::string text = fmt::format("    function [{}:0] {};\n        input [5:0] bits;\n"
                                   "        case (bits)\n",
                                   width - 1, name);
    for (unsigned bits = 0; bits < 64; ++bits) {
        text += fmt::format("            6'd{}: {} = {}'d{};\n", bits, name, width, value(bits));
    }
    return text + "        endcase\n    endfunction\n\n";
}

int count_ands(unsigned bits) {
    int count = 0;
    for (unsigned pair = 0; pair < 3; ++pair) count += (bits >> (2 * pair) & 3U) == 3U ? 1 : 0;
    return count;
}

int count_bits(unsigned bits) { return std::popcount(bits); }

} // namespace

UnitRtl emit_unit(std::int64_t bits) {
    Text text;
    Columns columns = emit_first_level(text, bits);
    std::int64_t latency = 1;
    for (; !is_two_numbers(columns); ++latency) columns = emit_level(text, columns);
    // As wide as the largest count: the bits above are zero for every input.
    const auto width = static_cast<std::int64_t>(std::bit_width(static_cast<std::uint64_t>(bits)));
    const std::string count = text.keep(width, sum_of(columns));
    ++latency;
    UnitRtl unit;
    unit.latency = latency;
    unit.verilog = fmt::format(
        R"(// A dot-product unit of {0} bits: counts the ones of left & right, and adds or subtracts the count.
module bitserial_unit (
    input wire clock,
    input wire [{1}:0] left,
    input wire [{1}:0] right,
    input wire accumulate,
    input wire clear,
    input wire shift,
    input wire negate,
    input wire capture,
    output reg [31:0] result
);
{2}{3}{4}    reg [31:0] accumulator;
    wire [31:0] base = clear ? 32'd0 : shift ? {{accumulator[30:0], 1'b0}} : accumulator;
    wire [31:0] term = {{{5}'d0, {6}}} ^ {{32{{negate}}}};
    // One adder: the bit below the lowest carries the one that completes a negation.
    wire [32:0] sum = {{base, 1'b1}} + {{term, negate}};

    always @(posedge clock) begin
{7}        if (accumulate) accumulator <= sum[32:1];
        if (capture) result <= accumulator;
    end
endmodule
)",
        bits, bits - 1, emit_table("count_ands", 2, count_ands), emit_table("count_bits", 3, count_bits),
        text.wires, 32 - width, count, text.clocked);
    return unit;
}

} // namespace tandem
