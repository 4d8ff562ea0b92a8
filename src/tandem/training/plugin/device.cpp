#include "tandem/training/plugin/device.h"

#include <ATen/Parallel.h>
#include <torch/cuda.h>

#include "tandem/core/parallel.h"

namespace tandem {

Result<torch::Device> choose_device(const std::string& name) {
    const bool has_cuda = torch::cuda::is_available();
    if (name == "cuda" && !has_cuda) {
        return bad_input("", "device", "cuda", "cpu or auto: this LibTorch finds no CUDA device");
    }
    return torch::Device(has_cuda && name != "cpu" ? torch::kCUDA : torch::kCPU);
}

void for_each_on(torch::Device device, std::size_t count, const std::function<void(std::size_t)>& body) {
    if (!device.is_cpu()) {
        for (std::size_t i = 0; i < count; ++i) body(i);
        return;
    }
    parallel_for(count, [&](std::size_t i) {
        at::set_num_threads(1); // of this thread's kernels
        body(i);
    });
}

} // namespace tandem
