// Small networks written down in a test.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tandem/network/network.h"

namespace tandem::sketch {

/// A node whose output has its name.
Node node(const std::string& name, const std::string& type, std::vector<std::string> inputs,
          std::map<std::string, Attribute> attributes = {});

using List = std::vector<std::int64_t>;

Parameter floats(Shape shape, std::vector<float> values);
/// Small distinct numbers of both signs: element i is ((i * 7) % 11 - 5) / 4.
Parameter ramp(Shape shape);
Parameter integers(List values);

/// What a test says of a network; the output is that of the last node.
struct Sketch {
    Shape input;
    std::vector<Node> nodes;
    std::map<std::string, Parameter> parameters = {};
    std::int64_t opset = 13;
};

/// The sketch as a network named "sketch", without inner shapes.
Network unchecked(const Sketch& sketch);

/// The sketch as a valid network; a test failure when it is not.
Network drawn(const Sketch& sketch);

/// The lines with which `file` "net" is refused, or "accepted".
std::string refusal(const Sketch& sketch);
std::string refusal(const Network& network);

/// The shape of the output, or the refusal.
std::string output_shape(const Sketch& sketch);

/// Scale, bias, mean and variance of a BatchNormalization over `channels`, as "NAME.scale", ...
void add_normalization(std::map<std::string, Parameter>& parameters, const std::string& name,
                       std::int64_t channels);
Node normalization(const std::string& name, const std::string& input);

} // namespace tandem::sketch
