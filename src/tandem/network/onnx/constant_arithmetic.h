// Arithmetic of constants, as files compute shapes and folded weights with it.
#pragma once

#include <cstdint>
#include <string_view>

#include "tandem/network/network.h"
#include "tandem/network/operators/rule_support.h"

namespace tandem {

/// Of two integers, by the operator's name. Problems: the size of the batch but where it only compares, a
/// result beyond 64 bits, a division by 0.
operators::Judged<std::int64_t> reckon(std::string_view type, std::int64_t a, std::int64_t b);

/// Element by element: of one constant, and of two of one type, with equal shapes or one of them a single
/// number.
operators::Judged<Parameter> reckon_each(std::string_view type, Parameter result);
operators::Judged<Parameter> reckon_each(std::string_view type, const Parameter& a, const Parameter& b);

} // namespace tandem
