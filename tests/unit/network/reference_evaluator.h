// Every operator as plain loops in double precision: what rewrites are compared with.
#pragma once

#include <vector>

#include "tandem/network/network.h"

namespace tandem::sketch {

/// The first output of a valid network for one input of `samples` samples.
std::vector<double> evaluate(const Network& network, const std::vector<double>& input, std::int64_t samples);

/// The outputs of both for the same input of two samples (element i is ((i * 5) % 13 - 6) / 3), compared
/// with a relative tolerance of 1e-5, which float32 weights explain.
void expect_same_results(const Network& before, const Network& after);

} // namespace tandem::sketch
