# All of the room but onnx/, so that programs without ONNX's libraries share the list.
set(network_sources
  network.cpp network_files.cpp quoted.cpp trained_parameters.cpp validate.cpp
  operators/abs.cpp operators/add.cpp operators/arg_max.cpp operators/average_pool.cpp operators/axes.cpp
  operators/batch_normalization.cpp operators/broadcast.cpp operators/cast.cpp operators/clip.cpp
  operators/concat.cpp operators/constant.cpp operators/conv.cpp operators/conv_transpose.cpp
  operators/depth_to_space.cpp operators/div.cpp operators/elementwise.cpp operators/elu.cpp
  operators/erf.cpp operators/exp.cpp operators/expand.cpp operators/flatten.cpp operators/floor.cpp
  operators/gather.cpp operators/gelu.cpp operators/gemm.cpp operators/gru.cpp operators/global_average_pool.cpp
  operators/global_max_pool.cpp operators/hard_sigmoid.cpp operators/hard_swish.cpp operators/identity.cpp
  operators/instance_normalization.cpp operators/layer_normalization.cpp operators/leaky_relu.cpp
  operators/log.cpp operators/log_softmax.cpp operators/lrn.cpp operators/lstm.cpp operators/mat_mul.cpp operators/max.cpp
  operators/max_pool.cpp operators/min.cpp operators/mul.cpp operators/neg.cpp operators/normalization.cpp
  operators/operators.cpp operators/p_relu.cpp operators/pad.cpp operators/pool.cpp operators/pow.cpp
  operators/reciprocal.cpp operators/recurrent.cpp operators/reduce.cpp operators/reduce_max.cpp operators/reduce_mean.cpp
  operators/reduce_min.cpp operators/reduce_sum.cpp operators/relu.cpp operators/reshape.cpp
  operators/resize.cpp operators/round.cpp operators/rule_support.cpp operators/selu.cpp
  operators/sigmoid.cpp operators/sign.cpp operators/slice.cpp operators/softmax.cpp
  operators/softplus.cpp operators/space_to_depth.cpp operators/sqrt.cpp operators/squeeze.cpp
  operators/sub.cpp operators/tanh.cpp operators/transpose.cpp operators/unsqueeze.cpp
  operators/upsample.cpp operators/weight_layout.cpp operators/window.cpp
  pruning/channel_sets.cpp
  rewrites/complete_biases.cpp rewrites/edit.cpp rewrites/fold_batch_normalization.cpp
  rewrites/equalize_layers.cpp rewrites/fold_constants.cpp rewrites/fold_padding.cpp rewrites/prepare_for_deployment.cpp
  topologies/builder.cpp topologies/classic.cpp topologies/mobile.cpp topologies/residual.cpp
  topologies/topologies.cpp)
