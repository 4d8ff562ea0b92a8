#include "tandem/machine/microcontroller/image_estimate.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "tandem/machine/microcontroller/c_facts.h"
#include "tandem/machine/microcontroller/instruction_estimate.h"
#include "tandem/machine/microcontroller/part_sizes.h"
#include "tandem/machine/microcontroller/step_work.h"

namespace tandem {

namespace {

std::string narrow_kernel(const std::set<int>& widths) {
    std::string name = "layer_";
    for (const int width : widths) name += std::to_string(width);
    return name;
}

bool makes_integers_by_scales(std::string_view kernel) {
    constexpr std::array<std::string_view, 5> kKernels{"layer", "depthwise", "wide_layer",
                                                       "scaled_requantize", "scaled_concat"};
    return std::ranges::find(kKernels, kernel) != kKernels.end();
}

std::vector<std::string> kernel_parts(const CFacts& facts) {
    std::set<std::string> parts;
    std::set<int> widths;
    for (const Step& step : facts.program.steps) parts.emplace(kernel_name(facts.program, step));
    for (const LayerFacts& layer : facts.layers) {
        if (layer.parameters.kernel == LayerKernel::narrow) widths.insert(layer.parameters.weight_bits);
    }
    const bool has_scales = c_arithmetic(facts.program) != CArithmetic::shifts;
    if (has_scales && std::ranges::any_of(parts, makes_integers_by_scales)) parts.emplace(kRescalePart);
    if (parts.erase("layer") != 0) parts.insert(narrow_kernel(widths));
    if (facts.decoded_bytes() > Bytes(0)) parts.insert("lz4");
    return {parts.begin(), parts.end()};
}

/// The arrays of main.c for one input and one output. GCC puts the output first; what comes after the input
/// begins at a word.
Bytes own_arrays(const CFacts& facts, const Target& target) {
    const auto bytes_of = [](const IntegerTensor& tensor) {
        return element_size(tensor.format) * tensor.extents.elements();
    };
    return aligned(bytes_of(facts.output()), target.array_alignment) + aligned(bytes_of(facts.input()), 4);
}

/// What the arrays of factors take beyond their own bytes. GCC puts them behind the tables, the last first,
/// and those of floats that fill a vector where vectors load from.
Bytes factor_padding(const IntegerProgram& program, Bytes tables, const Target& target) {
    constexpr Bytes kVector(16);
    const bool has_floats = c_arithmetic(program) == CArithmetic::factors;
    std::vector<Bytes> arrays;
    for (const Step& step : program.steps) {
        for (const Bytes array : factor_arrays(step)) {
            arrays.push_back(array);
            tables -= array;
        }
    }
    Bytes padding(0);
    for (auto array = arrays.rbegin(); array != arrays.rend(); ++array) {
        const bool is_aligned = has_floats && *array >= kVector;
        const Bytes begin = is_aligned ? aligned(tables, target.array_alignment) : tables;
        padding += begin - tables;
        tables = begin + *array;
    }
    return padding;
}

/// Looks parts up, and remembers what they need of libraries.
class Parts {
  public:
    Parts(std::string_view target, CArithmetic arithmetic)
        : sizes_(part_sizes(target)), arithmetic_(arithmetic) {}

    /// As the arithmetic has it, where that changes it.
    const PartSize& find(const std::string& part) {
        const auto own = sizes_.find(part_of(part, arithmetic_));
        const PartSize& size = own != sizes_.end() ? own->second : sizes_.at(part);
        library_.insert(size.library.begin(), size.library.end());
        return size;
    }
    Bytes library() const {
        Bytes total(0);
        for (const auto& [symbol, bytes] : library_) total += bytes;
        return total;
    }

  private:
    const std::map<std::string, PartSize>& sizes_;
    CArithmetic arithmetic_;
    std::set<std::pair<std::string, Bytes>> library_;
};

StepCost step_cost(const CFacts& facts, std::size_t index, Parts& parts, const Target& target) {
    const IntegerProgram& program = facts.program;
    const Step& step = program.steps[index];
    const auto* concat = std::get_if<ConcatStep>(&step);
    const std::int64_t calls = concat == nullptr ? 1 : std::ssize(concat->inputs);
    StepCost cost{.name = step_name(program, step), .kernel = std::string(kernel_name(program, step))};
    cost.tables = parts.find(table_part(cost.kernel)).flash * calls;
    for (const Bytes array : factor_arrays(step)) cost.tables += array;
    cost.calls = parts.find(std::string(index == 0 ? kFirstCallPart : kNextCallPart)).flash * calls;
    cost.tensors = kept_during(facts.buffers, index);
    if (const LayerFacts* layer = facts.layer_of(index)) {
        cost.weights = aligned(layer->weight_bytes(), 4) + layer->bias_bytes();
        cost.scratch = Bytes(2 * layer->parameters.patch_elements());
    }
    cost.instructions = instructions_of(target, step_work(facts, index, target));
    return cost;
}

} // namespace

std::vector<std::string> kernel_parts(const IntegerProgram& program, WeightStorage storage) {
    return kernel_parts(find_c_facts(program, storage));
}

ImageCost estimate_image(const IntegerProgram& program, const Board& board) {
    const CFacts facts = find_c_facts(program, WeightStorage::plain);
    const Target& target = *find_target(board.target);
    Parts parts(board.target, c_arithmetic(program));
    ImageCost cost;
    for (std::size_t index = 0; index < program.steps.size(); ++index) {
        StepCost step = step_cost(facts, index, parts, target);
        cost.weights += step.weights;
        cost.tables += step.tables;
        cost.code += step.calls;
        cost.steps.push_back(std::move(step));
    }
    cost.tables += factor_padding(program, cost.tables, target);
    Bytes deepest(0);
    for (const std::string& kernel : kernel_parts(facts)) {
        const PartSize& size = parts.find(kernel);
        cost.code += size.flash;
        deepest = std::max(deepest, size.stack);
    }
    const PartSize& around = parts.find(board_part(board.name));
    cost.support = around.flash + parts.library();
    cost.arena = facts.patch_bytes() + facts.arena_bytes();
    cost.buffers = own_arrays(facts, target) + around.ram;
    cost.stack = around.stack + deepest;
    return cost;
}

} // namespace tandem
