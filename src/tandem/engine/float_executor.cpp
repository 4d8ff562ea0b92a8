#include "tandem/engine/float_executor.h"

#include <algorithm>
#include <map>
#include <string>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/engine/float_kernels.h"
#include "tandem/engine/float_plan.h"

namespace tandem {

struct FloatExecutor::Plan {
    Network network;
    std::vector<const FloatKernel*> kernels;          ///< by node
    std::map<std::string, dnnl::memory> parameters;   ///< float ones; they point into `network`
    std::vector<std::vector<std::string>> last_reads; ///< by node: tensors nobody reads after it
    std::unique_ptr<FloatPlan> fused;                 ///< for runs that nobody visits
};

namespace {

/// The problem with a network's ends, if any: this executor feeds one tensor and returns one.
void check_ends(const Network& network, std::vector<Problem>& problems) {
    if (network.inputs.size() != 1) {
        problems.push_back({network.name, "inputs", fmt::format("{} inputs", network.inputs.size()), "one"});
    }
    if (network.outputs.size() != 1) {
        problems.push_back(
            {network.name, "outputs", fmt::format("{} outputs", network.outputs.size()), "one"});
    }
}

std::vector<std::vector<std::string>> find_last_reads(const Network& network) {
    std::map<std::string, std::size_t> last;
    for (std::size_t i = 0; i < network.nodes.size(); ++i) {
        for (const auto& input : network.nodes[i].inputs) {
            if (!input.empty() && network.parameter(input) == nullptr) last[input] = i;
        }
    }
    std::vector<std::vector<std::string>> result(network.nodes.size());
    for (const auto& [tensor, node] : last) {
        if (std::find(network.outputs.begin(), network.outputs.end(), tensor) == network.outputs.end()) {
            result[node].push_back(tensor);
        }
    }
    return result;
}

} // namespace

Result<FloatExecutor> FloatExecutor::create(const Network& network, Ends ends) {
    std::vector<Problem> problems;
    if (ends == Ends::single) check_ends(network, problems);
    auto plan = std::make_unique<Plan>();
    for (const auto& node : network.nodes) {
        const FloatKernel* kernel = find_float_kernel(node.type);
        if (kernel == nullptr) {
            problems.push_back({network.name, fmt::format("node '{}'", node.name),
                                fmt::format("operator {}", node.type), "an operator with a float kernel"});
        }
        plan->kernels.push_back(kernel);
    }
    if (!problems.empty()) return bad_input(std::move(problems));

    plan->network = network;
    plan->last_reads = find_last_reads(network);
    for (auto& [name, parameter] : plan->network.parameters) {
        if (auto* values = std::get_if<std::vector<float>>(&parameter.values)) {
            const dnnl::memory::dims extents =
                parameter.shape.empty() ? dnnl::memory::dims{1}
                                        : dnnl::memory::dims(parameter.shape.begin(), parameter.shape.end());
            plan->parameters.emplace(name, dnnl::memory(onnx_layout(extents), onednn::cpu(), values->data()));
        }
    }
    plan->fused = std::make_unique<FloatPlan>(plan->network, plan->parameters);
    return FloatExecutor(std::move(plan));
}

FloatExecutor::FloatExecutor(std::unique_ptr<Plan> plan) : plan_(std::move(plan)) {}
FloatExecutor::FloatExecutor(FloatExecutor&&) noexcept = default;
FloatExecutor& FloatExecutor::operator=(FloatExecutor&&) noexcept = default;
FloatExecutor::~FloatExecutor() = default;

std::vector<float> FloatExecutor::run(std::span<const float> input, std::int64_t samples) const {
    return run(input, samples, {});
}

std::vector<float> FloatExecutor::run(std::span<const float> input, std::int64_t samples,
                                      const ActivationVisitor& visit) const {
    const Network& network = plan_->network;
    TANDEM_CHECK(network.inputs.size() == 1 && network.outputs.size() == 1, "one input, one output");
    auto outputs = run({{network.inputs.front(), input}}, samples, visit);
    return std::move(outputs.begin()->second);
}

std::map<std::string, std::vector<float>>
FloatExecutor::run(const std::map<std::string, std::span<const float>>& inputs, std::int64_t samples,
                   const ActivationVisitor& visit) const {
    const Network& network = plan_->network;
    std::map<std::string, std::vector<float>> outputs;
    for (const std::string& name : network.outputs) outputs[name];
    if (samples == 0) return outputs;

    const onednn::OneThread one_thread;
    for (const std::string& name : network.inputs) {
        TANDEM_CHECK(inputs.contains(name), "every input is given");
        TANDEM_CHECK(static_cast<std::int64_t>(inputs.at(name).size()) ==
                         samples * elements_per_sample(network.shape(name)),
                     "the input holds whole samples of the network");
    }
    if (!visit) return plan_->fused->run(inputs, samples);
    std::map<std::string, dnnl::memory> tensors;
    for (const std::string& name : network.inputs) {
        const auto given = inputs.find(name);
        tensors[name] = input_memory(given->second, batched(network.shape(name), samples));
        visit(name, given->second);
    }
    for (std::size_t i = 0; i < network.nodes.size(); ++i) {
        const Node& node = network.nodes[i];
        FloatCall call{node, network, samples, {}};
        for (const auto& name : node.inputs) {
            const auto parameter = plan_->parameters.find(name);
            if (parameter != plan_->parameters.end()) {
                call.inputs.push_back(parameter->second);
            } else {
                const auto tensor = tensors.find(name); // absent: left out, or an integer parameter
                call.inputs.push_back(tensor == tensors.end() ? dnnl::memory() : tensor->second);
            }
        }
        dnnl::memory output = plan_->kernels[i]->execute(call);
        tensors[node.outputs.front()] = output;
        visit(node.outputs.front(), onnx_values(output));
        for (const auto& tensor : plan_->last_reads[i]) tensors.erase(tensor);
    }
    for (auto& [name, output] : outputs) {
        const auto values = onnx_values(tensors.at(name));
        output.assign(values.begin(), values.end());
    }
    return outputs;
}

} // namespace tandem
