#include "tandem/deploy/c/buffer_plan.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <variant>

#include "tandem/core/check.h"
#include "tandem/core/random.h"

namespace tandem {

namespace {

/// Orders that are tried beyond the first.
constexpr int kTrials = 300;

/// Every tensor a step writes, with its life and size, and no offset yet.
std::vector<BufferPlace> lives_of(const IntegerProgram& program) {
    std::vector<BufferPlace> places;
    for (std::size_t step = 0; step < program.steps.size(); ++step) {
        const TensorIndex tensor = output_of(program.steps[step]);
        const IntegerTensor& stored = program.tensors[tensor];
        const Bytes bytes = element_size(stored.format) * stored.extents.elements();
        places.push_back({.tensor = tensor,
                          .offset = Bytes(0),
                          .size = Bytes(divide_up(bytes.value, std::int64_t{2}) * 2),
                          .first_step = step,
                          .last_step = tensor == program.output ? program.steps.size() - 1 : step,
                          .over = std::nullopt});
        for (const TensorIndex read : inputs_of(program.steps[step])) {
            for (BufferPlace& place : places) {
                if (place.tensor == read) place.last_step = std::max(place.last_step, step);
            }
        }
    }
    return places;
}

/// The operands of which a step reads each element before it writes the output's at the same place.
std::vector<TensorIndex> replaceable_operands(const Step& step) {
    if (const auto* layer = std::get_if<LayerStep>(&step)) {
        if (layer->residual && *layer->residual != layer->input) return {*layer->residual};
    }
    if (const auto* add = std::get_if<AddStep>(&step)) return {add->left, add->right};
    if (const auto* change = std::get_if<RequantizeStep>(&step)) return {change->input};
    return {};
}

void find_replacements(const IntegerProgram& program, std::vector<BufferPlace>& places) {
    for (BufferPlace& place : places) {
        const IntegerTensor& output = program.tensors[place.tensor];
        for (const TensorIndex operand : replaceable_operands(program.steps[place.first_step])) {
            const IntegerTensor& read = program.tensors[operand];
            const bool is_alike = read.extents.elements() == output.extents.elements() &&
                                  element_size(read.format) == element_size(output.format);
            const auto found = std::find_if(places.begin(), places.end(), [&](const BufferPlace& other) {
                return other.tensor == operand && other.last_step == place.first_step;
            });
            if (!is_alike || found == places.end()) continue;
            place.over = operand;
            break;
        }
    }
}

/// Tensors that take the same place one after the other.
struct Block {
    std::vector<BufferPlace*> places;
    Bytes offset;
    Bytes size;
    std::size_t first_step = 0;
    std::size_t last_step = 0;
};

/// A tensor comes after the one it replaces, because steps are in order.
std::vector<Block> blocks_of(std::vector<BufferPlace>& places) {
    std::vector<Block> blocks;
    for (BufferPlace& place : places) {
        const auto found = std::find_if(blocks.begin(), blocks.end(), [&](const Block& block) {
            return place.over && block.places.back()->tensor == *place.over;
        });
        if (found == blocks.end()) {
            blocks.push_back({{&place}, Bytes(0), place.size, place.first_step, place.last_step});
        } else {
            found->places.push_back(&place);
            found->last_step = place.last_step;
        }
    }
    return blocks;
}

bool live_together(const Block& left, const Block& right) {
    return left.first_step <= right.last_step && right.first_step <= left.last_step;
}

/// The lowest offset at which the block meets none of those placed before that live with it.
Bytes lowest_free_offset(const Block& block, std::vector<const Block*> placed) {
    std::sort(placed.begin(), placed.end(), [](const Block* left, const Block* right) {
        return std::pair(left->offset, left->first_step) < std::pair(right->offset, right->first_step);
    });
    Bytes offset(0);
    for (const Block* other : placed) {
        if (!live_together(block, *other)) continue;
        if (other->offset >= offset + block.size) break;
        offset = std::max(offset, other->offset + other->size);
    }
    return offset;
}

/// Places the blocks in that order; the size of all.
Bytes place_in_order(std::vector<Block>& blocks, const std::vector<std::size_t>& order) {
    Bytes size(0);
    std::vector<const Block*> placed;
    for (const std::size_t index : order) {
        Block& block = blocks[index];
        block.offset = lowest_free_offset(block, placed);
        placed.push_back(&block);
        size = std::max(size, block.offset + block.size);
    }
    return size;
}

/// The best order found: by size, and from there by exchanges that make nothing worse.
Bytes place_blocks(std::vector<Block>& blocks, Bytes least) {
    std::vector<std::size_t> order(blocks.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) {
        return blocks[left].size > blocks[right].size;
    });
    Bytes size = place_in_order(blocks, order);
    Random random(1);
    for (int trial = 0; trial < kTrials && size > least; ++trial) {
        std::vector<std::size_t> other = order;
        const std::size_t first = random.below(other.size());
        std::swap(other[first], other[random.below(other.size())]);
        const Bytes found = place_in_order(blocks, other);
        if (found > size) continue;
        size = found;
        order = std::move(other);
    }
    return place_in_order(blocks, order);
}

} // namespace

const BufferPlace& BufferPlan::place(TensorIndex tensor) const {
    const auto found = std::find_if(places.begin(), places.end(),
                                    [&](const BufferPlace& place) { return place.tensor == tensor; });
    TANDEM_CHECK(found != places.end(), "a tensor that a step writes");
    return *found;
}

BufferPeak peak_of(const BufferPlan& plan) {
    BufferPeak peak;
    for (const BufferPlace& at : plan.places) { // what is kept changes only where a tensor is written
        Bytes size(0);
        for (const BufferPlace& place : plan.places) {
            const bool takes_over = place.over && place.first_step == at.first_step; // counted as the other
            if (place.first_step <= at.first_step && at.first_step <= place.last_step && !takes_over) {
                size += place.size;
            }
        }
        if (size > peak.size) peak = {.step = at.first_step, .size = size};
    }
    return peak;
}

Bytes element_size(const NumberFormat& format) { return Bytes(format.bits <= 8 ? 1 : 2); }

BufferPlan plan_buffers(const IntegerProgram& program) {
    BufferPlan plan{.places = lives_of(program), .size = Bytes(0), .least = Bytes(0)};
    find_replacements(program, plan.places);
    plan.least = peak_of(plan).size;
    std::vector<Block> blocks = blocks_of(plan.places);
    plan.size = place_blocks(blocks, plan.least);
    for (const Block& block : blocks) {
        for (BufferPlace* place : block.places) place->offset = block.offset;
    }
    return plan;
}

} // namespace tandem
