// The rule of each operator, defined in the file of its name; operators.cpp lists them.
#pragma once

#include "tandem/network/operators/operators.h"

namespace tandem::operators {

OperatorRule abs_rule();
OperatorRule add_rule();
OperatorRule arg_max_rule();
OperatorRule average_pool_rule();
OperatorRule batch_normalization_rule();
OperatorRule cast_rule();
OperatorRule clip_rule();
OperatorRule concat_rule();
OperatorRule constant_rule();
OperatorRule conv_rule();
OperatorRule conv_transpose_rule();
OperatorRule depth_to_space_rule();
OperatorRule div_rule();
OperatorRule elu_rule();
OperatorRule erf_rule();
OperatorRule exp_rule();
OperatorRule expand_rule();
OperatorRule flatten_rule();
OperatorRule floor_rule();
OperatorRule gather_rule();
OperatorRule gelu_rule();
OperatorRule gemm_rule();
OperatorRule global_average_pool_rule();
OperatorRule global_max_pool_rule();
OperatorRule gru_rule();
OperatorRule hard_sigmoid_rule();
OperatorRule hard_swish_rule();
OperatorRule identity_rule();
OperatorRule instance_normalization_rule();
OperatorRule layer_normalization_rule();
OperatorRule leaky_relu_rule();
OperatorRule log_rule();
OperatorRule log_softmax_rule();
OperatorRule lrn_rule();
OperatorRule lstm_rule();
OperatorRule mat_mul_rule();
OperatorRule max_rule();
OperatorRule max_pool_rule();
OperatorRule min_rule();
OperatorRule mul_rule();
OperatorRule neg_rule();
OperatorRule p_relu_rule();
OperatorRule pad_rule();
OperatorRule pow_rule();
OperatorRule reciprocal_rule();
OperatorRule reduce_max_rule();
OperatorRule reduce_mean_rule();
OperatorRule reduce_min_rule();
OperatorRule reduce_sum_rule();
OperatorRule relu_rule();
OperatorRule reshape_rule();
OperatorRule resize_rule();
OperatorRule round_rule();
OperatorRule selu_rule();
OperatorRule sigmoid_rule();
OperatorRule sign_rule();
OperatorRule slice_rule();
OperatorRule softmax_rule();
OperatorRule softplus_rule();
OperatorRule space_to_depth_rule();
OperatorRule sqrt_rule();
OperatorRule squeeze_rule();
OperatorRule sub_rule();
OperatorRule tanh_rule();
OperatorRule transpose_rule();
OperatorRule unsqueeze_rule();
OperatorRule upsample_rule();

} // namespace tandem::operators
