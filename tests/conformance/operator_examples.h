// A minimal network for each operator, what the conformance tests and the comparison with ONNX Runtime ask.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "unit/network/sketch.h"

namespace tandem {

/// By operator type: a network whose last node is of that type.
std::map<std::string, sketch::Sketch> operator_examples();

/// Samples for a network's one input: numbers of both signs in steps of a third, none of them halfway.
std::vector<float> example_input(const Network& network, std::int64_t samples);

} // namespace tandem
