# All behind the door, which is trainer.cpp, so that tandem-trainer shares the list.
set(plugin_sources
  attacker.cpp base_sums.cpp ddpg.cpp device.cpp fake_quantize.cpp fake_quantizers.cpp fused_output.cpp graph_module.cpp
  integer_module.cpp lowerings.cpp mixed_precision.cpp optimizer.cpp run_state.cpp training_loop.cpp training_run.cpp
  weight_levels.cpp)
