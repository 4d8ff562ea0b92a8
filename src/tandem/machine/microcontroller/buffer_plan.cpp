#include "tandem/machine/microcontroller/buffer_plan.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "tandem/core/check.h"
#include "tandem/core/random.h"

namespace tandem {

namespace {

/// Orders that are tried beyond the first.
constexpr int kTrials = 300;

/// So that what follows is aligned for 16-bit elements.
Bytes even(Bytes size) { return aligned(size, 2); }

/// Every tensor a step writes, with its life and size, and no offset yet.
std::vector<BufferPlace> lives_of(const IntegerProgram& program) {
    std::vector<BufferPlace> places;
    for (std::size_t step = 0; step < program.steps.size(); ++step) {
        const TensorIndex tensor = output_of(program.steps[step]);
        const IntegerTensor& stored = program.tensors[tensor];
        const Bytes bytes = element_size(stored.format) * stored.extents.elements();
        places.push_back({.tensor = tensor,
                          .offset = Bytes(0),
                          .size = even(bytes),
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

void find_replacements(const IntegerProgram& program, BufferPlan& plan) {
    for (BufferPlace& place : plan.places) {
        for (const InPlace& choice : replaceable_operands(program, program.steps[place.first_step])) {
            const auto found =
                std::find_if(plan.places.begin(), plan.places.end(), [&](const BufferPlace& other) {
                    return other.tensor == choice.operand && other.last_step == place.first_step;
                });
            if (found == plan.places.end()) continue;
            place.over = choice.operand;
            if (choice.row_buffer > Bytes(0)) {
                plan.row_buffers.push_back({.step = place.first_step,
                                            .kept_rows = choice.kept_rows,
                                            .offset = Bytes(0),
                                            .size = even(choice.row_buffer)});
            }
            break;
        }
    }
}

/// What stays at a place for a while.
struct Stay {
    Bytes size;
    std::size_t first_step = 0;
    std::size_t last_step = 0;
};

/// Tensors that take the same place one after the other, each no larger than the one before; or a row buffer.
struct Block {
    std::vector<Stay> stays;
    std::vector<BufferPlace*> places;
    RowBuffer* rows = nullptr;
    Bytes offset;

    Bytes size() const { return stays.front().size; }
};

/// A tensor comes after the one it replaces, because steps are in order.
std::vector<Block> blocks_of(BufferPlan& plan) {
    std::vector<Block> blocks;
    for (BufferPlace& place : plan.places) {
        auto found = std::find_if(blocks.begin(), blocks.end(), [&](const Block& block) {
            return place.over && block.places.back()->tensor == *place.over;
        });
        if (found == blocks.end()) found = blocks.insert(blocks.end(), Block());
        found->places.push_back(&place);
        found->stays.push_back({place.size, place.first_step, place.last_step});
    }
    for (RowBuffer& rows : plan.row_buffers) {
        Block block;
        block.stays = {{rows.size, rows.step, rows.step}};
        block.rows = &rows;
        blocks.push_back(std::move(block));
    }
    return blocks;
}

bool live_together(const Stay& left, const Stay& right) {
    return left.first_step <= right.last_step && right.first_step <= left.last_step;
}

/// Where the block must begin at least, if it is not to meet the other one from `offset` on; `offset` if it
/// does not.
Bytes beyond(const Block& other, const Block& block, Bytes offset) {
    Bytes least = offset;
    for (const Stay& theirs : other.stays) {
        for (const Stay& ours : block.stays) {
            const bool meet = live_together(ours, theirs) && offset < other.offset + theirs.size &&
                              other.offset < offset + ours.size;
            if (meet) least = std::max(least, other.offset + theirs.size);
        }
    }
    return least;
}

/// The lowest offset at which the block meets none of those placed before.
Bytes lowest_free_offset(const Block& block, const std::vector<const Block*>& placed) {
    Bytes offset(0);
    for (bool is_free = false; !is_free;) {
        is_free = true;
        for (const Block* other : placed) {
            const Bytes least = beyond(*other, block, offset);
            if (least > offset) is_free = false;
            offset = least;
        }
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
        size = std::max(size, block.offset + block.size());
    }
    return size;
}

/// A block that reaches the end comes before another one, so that it finds a lower place.
void advance_outermost(const std::vector<Block>& blocks, Random& random, std::vector<std::size_t>& order) {
    const auto end_of = [&](std::size_t index) { return blocks[index].offset + blocks[index].size(); };
    const auto outermost =
        std::max_element(order.begin(), order.end(),
                         [&](std::size_t left, std::size_t right) { return end_of(left) < end_of(right); });
    const auto position = static_cast<std::size_t>(outermost - order.begin());
    std::rotate(order.begin() + static_cast<std::ptrdiff_t>(random.below(position + 1)), outermost,
                outermost + 1);
}

/// The best order found: by size, and from there by changes that make nothing worse.
Bytes place_blocks(std::vector<Block>& blocks, Bytes least) {
    std::vector<std::size_t> order(blocks.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) {
        return blocks[left].size() > blocks[right].size();
    });
    Bytes size = place_in_order(blocks, order);
    Random random(1);
    for (int trial = 0; trial < kTrials && size > least; ++trial) {
        std::vector<std::size_t> other = order;
        if (trial % 2 == 0) {
            advance_outermost(blocks, random, other);
        } else {
            const std::size_t first = random.below(other.size());
            std::swap(other[first], other[random.below(other.size())]);
        }
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

const RowBuffer* BufferPlan::row_buffer(std::size_t step) const {
    const auto found = std::find_if(row_buffers.begin(), row_buffers.end(),
                                    [&](const RowBuffer& rows) { return rows.step == step; });
    return found == row_buffers.end() ? nullptr : &*found;
}

Bytes aligned(Bytes bytes, std::int64_t alignment) {
    return Bytes(divide_up(bytes.value, alignment) * alignment);
}

Bytes kept_during(const BufferPlan& plan, std::size_t step) {
    Bytes size(0);
    for (const BufferPlace& place : plan.places) {
        const bool takes_over = place.over && place.first_step == step; // counted as the other
        if (place.first_step <= step && step <= place.last_step && !takes_over) size += place.size;
    }
    if (const RowBuffer* rows = plan.row_buffer(step)) size += rows->size;
    return size;
}

BufferPeak peak_of(const BufferPlan& plan) {
    BufferPeak peak;
    for (const BufferPlace& at : plan.places) { // what is kept changes only where a tensor is written
        const Bytes size = kept_during(plan, at.first_step);
        if (size > peak.size) peak = {.step = at.first_step, .size = size};
    }
    return peak;
}

BufferPlan plan_buffers(const IntegerProgram& program) {
    BufferPlan plan{.places = lives_of(program), .row_buffers = {}, .size = Bytes(0), .least = Bytes(0)};
    find_replacements(program, plan);
    plan.least = peak_of(plan).size;
    std::vector<Block> blocks = blocks_of(plan);
    plan.size = place_blocks(blocks, plan.least);
    for (const Block& block : blocks) {
        for (BufferPlace* place : block.places) place->offset = block.offset;
        if (block.rows != nullptr) block.rows->offset = block.offset;
    }
    return plan;
}

} // namespace tandem
