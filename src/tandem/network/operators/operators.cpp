#include "tandem/network/operators/operators.h"

#include <algorithm>

#include "tandem/network/operators/rules.h"

namespace tandem {

const std::vector<OperatorRule>& known_operators() {
    using namespace operators;
    // Sorted by type, as the header promises.
    static const std::vector<OperatorRule> rules{
        add_rule(),      average_pool_rule(), batch_normalization_rule(),
        clip_rule(),     constant_rule(),     conv_rule(),
        flatten_rule(),  gemm_rule(),         global_average_pool_rule(),
        identity_rule(), max_pool_rule(),     pad_rule(),
        relu_rule(),     reshape_rule(),      softmax_rule(),
    };
    return rules;
}

const OperatorRule* find_operator(std::string_view type) {
    const std::vector<OperatorRule>& rules = known_operators();
    const auto found =
        std::find_if(rules.begin(), rules.end(), [&](const OperatorRule& rule) { return rule.type == type; });
    return found == rules.end() ? nullptr : &*found;
}

} // namespace tandem
