// Where the tensors between steps live: one arena in which a tensor takes the place of those that
// nobody reads any more, or of an operand that it replaces.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "tandem/core/units.h"
#include "tandem/engine/integer_program.h"

namespace tandem {

/// A tensor's place, and the steps between which it must keep it, both included.
struct BufferPlace {
    TensorIndex tensor = 0;
    Bytes offset;
    Bytes size;
    std::size_t first_step = 0;      ///< that writes it
    std::size_t last_step = 0;       ///< that reads it last; the last step of all for the output
    std::optional<TensorIndex> over; ///< whose place it takes, element by element, in the step that writes it

    bool operator==(const BufferPlace&) const = default;
};

struct BufferPlan {
    std::vector<BufferPlace> places; ///< of every tensor but the input, by tensor
    Bytes size;
    Bytes least; ///< no plan is smaller: what lives together at the peak

    const BufferPlace& place(TensorIndex tensor) const;
};

/// The step during which most is kept, the first of equals.
struct BufferPeak {
    std::size_t step = 0;
    Bytes size; ///< of all tensors that live then, those in one place counted once
};
BufferPeak peak_of(const BufferPlan& plan);

/// Bytes an element takes in generated C: 1 up to 8 bits, else 2.
Bytes element_size(const NumberFormat& format);

/// A tensor takes over the place of an operand that is read for the last time where the step reads each of
/// its elements before it writes the same one: a layer's residual, an Add, a change of format. What then
/// shares a place is put larger first at the lowest offset free while it lives (greedy by size; Pisarchyk and
/// Lee 2020, "Efficient memory management for deep neural net inference", algorithm 3); where that is above
/// the lower bound, other orders are tried, the same ones each time. Offsets are even, so that 16-bit
/// elements are aligned.
BufferPlan plan_buffers(const IntegerProgram& program);

} // namespace tandem
