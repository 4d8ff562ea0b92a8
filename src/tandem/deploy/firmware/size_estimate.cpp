#include "tandem/deploy/firmware/size_estimate.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/deploy/c/c_facts.h"
#include "tandem/deploy/c/c_runtime.h"
#include "tandem/deploy/c/c_text.h"

namespace tandem {

namespace {

/// Cuts the text at the first `mark`; what lies before it is returned, the rest stays.
std::string_view cut(std::string_view& text, char mark) {
    const std::size_t end = text.find(mark);
    const std::string_view first = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return first;
}

Bytes parse_bytes(std::string_view digits) {
    Bytes bytes;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), bytes.value);
    TANDEM_CHECK(read.ec == std::errc(), "sizes in code_sizes.csv");
    return bytes;
}

using TargetSizes = std::map<std::string, std::map<std::string, PartSize>, std::less<>>;

TargetSizes parse_table(std::string_view text) {
    TargetSizes sizes;
    cut(text, '\n'); // the head
    while (!text.empty()) {
        std::string_view line = cut(text, '\n');
        const std::string target(cut(line, ','));
        const std::string part(cut(line, ','));
        PartSize size{.bytes = parse_bytes(cut(line, ',')), .library = {}};
        while (!line.empty()) {
            std::string_view member = cut(line, ';');
            const std::string symbol(cut(member, ':'));
            size.library[symbol] = parse_bytes(member);
        }
        sizes[target][part] = std::move(size);
    }
    return sizes;
}

/// "layer" of "layer_3".
std::string kernel_of(const IntegerProgram& program, std::size_t step) {
    const std::string name = c_step_name(program, step);
    return name.substr(0, name.rfind('_'));
}

std::string narrow_kernel(const std::set<int>& widths) {
    std::string name = "layer_";
    for (const int width : widths) name += std::to_string(width);
    return name;
}

std::vector<std::string> kernel_parts(const CFacts& facts) {
    std::set<std::string> parts;
    std::set<int> widths;
    for (std::size_t step = 0; step < facts.program.steps.size(); ++step) {
        parts.insert(kernel_of(facts.program, step));
    }
    for (const LayerFacts& layer : facts.layers) {
        if (layer.parameters.kernel == LayerKernel::narrow) widths.insert(layer.parameters.weight_bits);
    }
    if (parts.erase("layer") != 0) parts.insert(narrow_kernel(widths));
    if (facts.decoded_bytes() > Bytes(0)) parts.insert("lz4");
    return {parts.begin(), parts.end()};
}

Bytes aligned(Bytes bytes, std::int64_t alignment) {
    return Bytes(divide_up(bytes.value, alignment) * alignment);
}

} // namespace

std::vector<std::string> kernel_parts(const IntegerProgram& program, WeightStorage storage) {
    return kernel_parts(find_c_facts(program, storage));
}

std::string table_part(std::string_view kernel) { return fmt::format("table:{}", kernel); }
std::string board_part(std::string_view board) { return fmt::format("board:{}", board); }

const std::map<std::string, PartSize>& part_sizes(std::string_view target) {
    static const TargetSizes kSizes = parse_table(code_size_table());
    const auto found = kSizes.find(target);
    TANDEM_CHECK(found != kSizes.end(), "a target that code_sizes.csv has");
    return found->second;
}

SizeEstimate estimate_size(const IntegerProgram& program, const Board& board, WeightStorage storage) {
    const CFacts facts = find_c_facts(program, storage);
    const std::map<std::string, PartSize>& sizes = part_sizes(board.target);
    std::map<std::string, Bytes> library;
    const auto size_of = [&](const std::string& part) {
        const PartSize& size = sizes.at(part);
        library.insert(size.library.begin(), size.library.end());
        return size.bytes;
    };
    SizeEstimate estimate;
    for (const LayerFacts& layer : facts.layers) {
        const Bytes bias =
            bytes_holding(Bits(std::ssize(layer.parameters.bias) * std::int64_t{layer.parameters.bias_bits}));
        estimate.weights += aligned(layer.weight_bytes(), 4) + bias;
    }
    for (std::size_t step = 0; step < program.steps.size(); ++step) {
        const auto* concat = std::get_if<ConcatStep>(&program.steps[step]);
        const std::int64_t calls = concat == nullptr ? 1 : std::ssize(concat->inputs);
        estimate.tables += size_of(table_part(kernel_of(program, step))) * calls;
        estimate.code += size_of(std::string(step == 0 ? kFirstCallPart : kNextCallPart)) * calls;
    }
    for (const std::string& kernel : kernel_parts(facts)) estimate.code += size_of(kernel);
    estimate.support = size_of(board_part(board.name));
    for (const auto& [symbol, bytes] : library) estimate.support += bytes;
    // Each array begins at a multiple of four bytes; which comes last, compilers decide.
    estimate.arena = aligned(facts.decoded_bytes(), 4) + aligned(facts.patch_bytes(), 4) + facts.buffers.size;
    return estimate;
}

} // namespace tandem
