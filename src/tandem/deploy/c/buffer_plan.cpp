#include "tandem/deploy/c/buffer_plan.h"

#include <algorithm>

#include "tandem/core/check.h"

namespace tandem {

namespace {

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
                          .last_step = tensor == program.output ? program.steps.size() - 1 : step});
        for (const TensorIndex read : inputs_of(program.steps[step])) {
            for (BufferPlace& place : places) {
                if (place.tensor == read) place.last_step = std::max(place.last_step, step);
            }
        }
    }
    return places;
}

bool live_together(const BufferPlace& left, const BufferPlace& right) {
    return left.first_step <= right.last_step && right.first_step <= left.last_step;
}

/// The lowest offset at which the place meets none of those placed before that live with it.
Bytes lowest_free_offset(const BufferPlace& place, std::vector<const BufferPlace*> placed) {
    std::sort(placed.begin(), placed.end(), [](const BufferPlace* left, const BufferPlace* right) {
        return std::pair(left->offset, left->tensor) < std::pair(right->offset, right->tensor);
    });
    Bytes offset(0);
    for (const BufferPlace* other : placed) {
        if (!live_together(place, *other)) continue;
        if (other->offset >= offset + place.size) break;
        offset = std::max(offset, other->offset + other->size);
    }
    return offset;
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
            if (place.first_step <= at.first_step && at.first_step <= place.last_step) size += place.size;
        }
        if (size > peak.size) peak = {.step = at.first_step, .size = size};
    }
    return peak;
}

Bytes element_size(const NumberFormat& format) { return Bytes(format.bits <= 8 ? 1 : 2); }

BufferPlan plan_buffers(const IntegerProgram& program) {
    BufferPlan plan{.places = lives_of(program), .size = Bytes(0)};
    std::vector<BufferPlace*> by_size;
    for (BufferPlace& place : plan.places) by_size.push_back(&place);
    std::stable_sort(by_size.begin(), by_size.end(), [](const BufferPlace* left, const BufferPlace* right) {
        return left->size > right->size;
    });
    std::vector<const BufferPlace*> placed;
    for (BufferPlace* place : by_size) {
        place->offset = lowest_free_offset(*place, placed);
        placed.push_back(place);
        plan.size = std::max(plan.size, place->offset + place->size);
    }
    return plan;
}

} // namespace tandem
