#include "tandem/network/operators/operators.h"

#include <algorithm>

#include "tandem/network/operators/rules.h"

namespace tandem {

const std::vector<OperatorRule>& known_operators() {
    using namespace operators;
    // Sorted by type, as the header promises.
    static const std::vector<OperatorRule> rules{
        abs_rule(),
        add_rule(),
        arg_max_rule(),
        average_pool_rule(),
        batch_normalization_rule(),
        cast_rule(),
        clip_rule(),
        concat_rule(),
        constant_rule(),
        conv_rule(),
        conv_transpose_rule(),
        depth_to_space_rule(),
        div_rule(),
        elu_rule(),
        erf_rule(),
        exp_rule(),
        expand_rule(),
        flatten_rule(),
        floor_rule(),
        gru_rule(),
        gather_rule(),
        gelu_rule(),
        gemm_rule(),
        global_average_pool_rule(),
        global_max_pool_rule(),
        hard_sigmoid_rule(),
        hard_swish_rule(),
        identity_rule(),
        instance_normalization_rule(),
        lrn_rule(),
        lstm_rule(),
        layer_normalization_rule(),
        leaky_relu_rule(),
        log_rule(),
        log_softmax_rule(),
        mat_mul_rule(),
        max_rule(),
        max_pool_rule(),
        min_rule(),
        mul_rule(),
        neg_rule(),
        p_relu_rule(),
        pad_rule(),
        pow_rule(),
        reciprocal_rule(),
        reduce_max_rule(),
        reduce_mean_rule(),
        reduce_min_rule(),
        reduce_sum_rule(),
        relu_rule(),
        reshape_rule(),
        resize_rule(),
        round_rule(),
        selu_rule(),
        sigmoid_rule(),
        sign_rule(),
        slice_rule(),
        softmax_rule(),
        softplus_rule(),
        space_to_depth_rule(),
        sqrt_rule(),
        squeeze_rule(),
        sub_rule(),
        tanh_rule(),
        transpose_rule(),
        unsqueeze_rule(),
        upsample_rule(),
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
