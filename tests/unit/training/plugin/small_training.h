// A data set and a network small enough to train within a test.
#pragma once

#include "tandem/data/dataset.h"
#include "tandem/network/network.h"
#include "tandem/training/training.h"

namespace tandem::testing {

/// 6x6 images of three classes: a bright row, a bright column, a bright diagonal, with noise. 6,000
/// are held out and `training` train; 90 are for testing.
Dataset lines_dataset(std::int64_t training);

/// Conv (1 to 8 channels, no bias), BatchNormalization, Relu, GlobalAveragePool, Flatten, Gemm.
Network small_network(std::uint64_t seed);

/// Two epochs over lines_dataset(96) in batches of 24.
TrainJob small_job();

} // namespace tandem::testing
