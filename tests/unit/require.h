// What a test cannot do without.
#pragma once

#include <utility>

#include "tandem/core/check.h"
#include "tandem/core/result.h"

namespace tandem {

/// The value; stops the test program with the error where there is none.
template <class T> T require(Result<T> result) {
    TANDEM_CHECK(result.has_value(), to_string(result.error()));
    return *std::move(result);
}

} // namespace tandem
