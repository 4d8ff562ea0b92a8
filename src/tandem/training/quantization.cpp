#include "tandem/training/quantization.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tandem {

const std::vector<std::string>& quantization_method_names() {
    static const std::vector<std::string> kNames{"abc",         "binary", "dorefa",  "fixed", "lsq",
                                                 "lsq-channel", "pact",   "ternary", "xnor"};
    return kNames;
}

const std::vector<std::string>& layerwise_method_names() {
    static const std::vector<std::string> kNames = [] {
        std::vector<std::string> names = quantization_method_names();
        std::erase(names, "abc");
        return names;
    }();
    return kNames;
}

bool rearranges(const Node& node) {
    constexpr std::array<std::string_view, 5> kTypes{"Flatten", "Identity", "Pad", "Reshape", "Slice"};
    return std::find(kTypes.begin(), kTypes.end(), node.type) != kTypes.end();
}

bool keeps_scale(const Node& node) { return rearranges(node) || node.type == "MaxPool"; }

Result<QuantizationMethod> parse_quantization_method(const std::string& name) {
    const std::vector<std::string>& names = quantization_method_names();
    const auto found = std::find(names.begin(), names.end(), name);
    if (found != names.end()) return static_cast<QuantizationMethod>(found - names.begin());
    return bad_input("--method", "", with_suggestion(name, names),
                     fmt::format("one of: {}", fmt::join(names, ", ")));
}

} // namespace tandem
