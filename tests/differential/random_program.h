// Random integer programs of every kind of step, width and shape, for comparing engines.
#pragma once

#include "tandem/core/random.h"
#include "tandem/engine/integer_executor.h"

namespace tandem {

/// Where integers are drawn from: anywhere in their format, or its ends alone (where sums overflow and
/// saturate first).
enum class Spread { uniform, extreme };

/// A valid program of one to `steps` steps, within the headroom that lowering keeps.
IntegerProgram random_program(Random& random, std::int64_t steps, Spread spread);

IntegerValues random_values(Random& random, const IntegerTensor& tensor, std::int64_t samples, Spread spread);

} // namespace tandem
