// Where LibTorch computes, and how Tandem's threads share the work there.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include <torch/types.h>

#include "tandem/core/result.h"

namespace tandem {

/// `name` is auto, cpu or cuda. Errors: cuda where LibTorch finds none.
[[nodiscard]] Result<torch::Device> choose_device(const std::string& name);

/// In parallel on a processor, each with kernels of one thread; one after the other on a device, which is
/// parallel in itself.
void for_each_on(torch::Device device, std::size_t count, const std::function<void(std::size_t)>& body);

} // namespace tandem
