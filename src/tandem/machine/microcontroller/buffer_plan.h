// Where the tensors between steps live: one arena in which a tensor takes the place of those that
// nobody reads any more, or of an operand that it is written over.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "tandem/core/units.h"
#include "tandem/engine/integer_program.h"
#include "tandem/machine/microcontroller/in_place.h"

namespace tandem {

/// A tensor's place, and the steps between which it must keep it, both included.
struct BufferPlace {
    TensorIndex tensor = 0;
    Bytes offset;
    Bytes size;
    std::size_t first_step = 0;      ///< that writes it
    std::size_t last_step = 0;       ///< that reads it last; the last step of all for the output
    std::optional<TensorIndex> over; ///< whose place it takes in the step that writes it; at the same offset

    bool operator==(const BufferPlace&) const = default;
};

/// Rows that a step keeps back while it writes its output over its input (in_place.h).
struct RowBuffer {
    std::size_t step = 0;
    std::int64_t kept_rows = 0; ///< besides the one that is computed
    Bytes offset;
    Bytes size;

    bool operator==(const RowBuffer&) const = default;
};

struct BufferPlan {
    std::vector<BufferPlace> places; ///< of every tensor but the input, by tensor
    std::vector<RowBuffer> row_buffers;
    Bytes size;
    Bytes least; ///< no plan is smaller: what lives together at the peak

    const BufferPlace& place(TensorIndex tensor) const;
    /// None where the step keeps no rows.
    const RowBuffer* row_buffer(std::size_t step) const;
};

/// The step during which most is kept, the first of equals.
struct BufferPeak {
    std::size_t step = 0;
    Bytes size; ///< of all tensors that live then, those at one place counted once, and of rows kept
};
BufferPeak peak_of(const BufferPlan& plan);
/// What is kept during one step, counted alike.
Bytes kept_during(const BufferPlan& plan, std::size_t step);

/// The next multiple of `alignment`.
Bytes aligned(Bytes bytes, std::int64_t alignment);

/// A tensor takes over the place of an operand that is read for the last time where the step may write over
/// it (in_place.h). What then shares an offset is put larger first at the lowest one that is free while it
/// lives (greedy by size; Pisarchyk and Lee 2020, "Efficient memory management for deep neural net
/// inference", algorithm 3); where that is above the lower bound, other orders are tried, the same ones each
/// time. Offsets are even, so that 16-bit elements are aligned.
BufferPlan plan_buffers(const IntegerProgram& program);

} // namespace tandem
