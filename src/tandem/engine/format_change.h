// A stored tensor's integers in another tensor's format, in the fast engine: through a table of bytes or as
// sums of one term.
#pragma once

#include "tandem/engine/integer_program.h"
#include "tandem/engine/integer_values.h"

namespace tandem {

struct FormatChange {
    const IntegerTensor& from;
    const IntegerTensor& to;
    const Requantization& rule;
    Clamp clamp;

    /// Whether every integer stays as it is.
    bool is_nothing() const;
    /// Whether apply() computes it; else, where the result depends on an element's place, the plain engine
    /// does.
    bool is_fast() const;
    IntegerValues apply(const IntegerValues& input) const;

  private:
    IntegerValues summed(const IntegerValues& input) const;
    IntegerValues looked_up(const IntegerValues& input) const;
};

} // namespace tandem
