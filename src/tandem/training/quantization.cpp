#include "tandem/training/quantization.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tandem {

const std::vector<std::string>& quantization_method_names() {
    static const std::vector<std::string> kNames{"binary", "dorefa", "fixed", "lsq", "pact", "xnor"};
    return kNames;
}

Result<QuantizationMethod> parse_quantization_method(const std::string& name) {
    const std::vector<std::string>& names = quantization_method_names();
    const auto found = std::find(names.begin(), names.end(), name);
    if (found != names.end()) return static_cast<QuantizationMethod>(found - names.begin());
    return bad_input("--method", "", with_suggestion(name, names),
                     fmt::format("one of: {}", fmt::join(names, ", ")));
}

} // namespace tandem
