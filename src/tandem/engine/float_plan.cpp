#include "tandem/engine/float_plan.h"

#include <algorithm>
#include <set>

#include "tandem/core/check.h"
#include "tandem/engine/float_tensors.h"
#include "tandem/engine/integer_values.h"
#include "tandem/network/operators/operators.h"

namespace tandem {
namespace {

/// What a step reads and writes at most for the samples that go through together: half of a second-level
/// cache.
constexpr std::int64_t kCacheBytes = std::int64_t{1} << 20;
constexpr std::int64_t kLargestBatch = 16;

std::int64_t bytes_of_sample(const Network& network, const std::string& tensor) {
    return network.parameter(tensor) != nullptr || tensor.empty()
               ? 0
               : elements_per_sample(network.shape(tensor)) * static_cast<std::int64_t>(sizeof(float));
}

/// The largest power of two of samples whose tensors stay in the cache.
std::int64_t batch_for(const Network& network) {
    std::int64_t largest = 1;
    for (const Node& node : network.nodes) {
        std::int64_t bytes = bytes_of_sample(network, node.outputs.front());
        for (const std::string& input : node.inputs) bytes += bytes_of_sample(network, input);
        largest = std::max(largest, bytes);
    }
    std::int64_t batch = kLargestBatch;
    while (batch > 1 && batch * largest > kCacheBytes) batch /= 2;
    return batch;
}

/// Nodes that become one step: a layer, and the Add, Relu and Clip that alone read what it gives.
struct Fused {
    const Node* node = nullptr;
    std::string residual;
    FloatTail tail;
    std::string output;
};

class Fusion {
  public:
    explicit Fusion(const Network& network) : network_(network) {}

    std::vector<Fused> steps() {
        for (const Node& node : network_.nodes) {
            if (!fuse_sum(node) && !fuse_limits(node)) add(node);
        }
        return std::move(steps_);
    }

  private:
    void add(const Node& node) { steps_.push_back({&node, {}, {}, node.outputs.front()}); }

    /// The step that writes the tensor for one reader alone, if more may be fused into it; when it runs is
    /// its place in the list.
    Fused* open_layer(const std::string& tensor) {
        const auto step = std::find_if(steps_.begin(), steps_.end(),
                                       [&](const Fused& one) { return one.output == tensor; });
        if (step == steps_.end() || step->tail.limits) return nullptr;
        const bool is_layer = step->node->type == "Conv" || step->node->type == "Gemm";
        const bool is_image = network_.shape(tensor).size() == (step->node->type == "Conv" ? 4U : 2U);
        const bool is_output =
            std::find(network_.outputs.begin(), network_.outputs.end(), tensor) != network_.outputs.end();
        const bool is_private = network_.consumers(tensor).size() == 1 && !is_output;
        return is_layer && is_image && is_private ? &*step : nullptr;
    }

    std::ptrdiff_t position_of(const std::string& tensor) const {
        const auto step = std::find_if(steps_.begin(), steps_.end(),
                                       [&](const Fused& one) { return one.output == tensor; });
        return step == steps_.end() ? -1 : step - steps_.begin();
    }

    bool fuse_sum(const Node& node) {
        if (node.type != "Add") return false;
        const Shape& shape = network_.shape(node.outputs.front());
        for (const std::string& input : node.inputs) {
            if (network_.parameter(input) != nullptr || network_.shape(input) != shape) return false;
        }
        // The operand computed last takes the other, which exists when it runs.
        const bool first_is_last = position_of(node.inputs[0]) > position_of(node.inputs[1]);
        const std::string& last = node.inputs[first_is_last ? 0 : 1];
        const std::string& other = node.inputs[first_is_last ? 1 : 0];
        Fused* const layer = last == other ? nullptr : open_layer(last);
        if (layer == nullptr || layer->tail.adds_residual) return false;
        layer->residual = other;
        layer->tail.adds_residual = true;
        layer->output = node.outputs.front();
        return true;
    }

    bool fuse_limits(const Node& node) {
        if (node.type != "Relu" && node.type != "Clip") return false;
        Fused* const layer = open_layer(node.inputs.front());
        if (layer == nullptr) return false;
        layer->tail.limits = node.type == "Relu" ? ClipBounds{.minimum = 0.0F} : clip_bounds(node, network_);
        layer->output = node.outputs.front();
        return true;
    }

    const Network& network_;
    std::vector<Fused> steps_;
};

} // namespace

dnnl::memory input_memory(std::span<const float> samples, const dnnl::memory::dims& extents) {
    const auto layout = onnx_layout(extents);
    TANDEM_CHECK(samples.size_bytes() == layout.get_size(), "the input holds whole samples of the network");
    // oneDNN takes no pointer to const; a source is only read.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
    auto* given = const_cast<float*>(samples.data());
    const auto wanted = kernel_layout(extents);
    // With one channel both layouts are the same, but oneDNN picks its kernel by the one it is told:
    // a first convolution told ONNX's takes the reference kernel, at a twentieth of the speed.
    if (layout == wanted) return dnnl::memory(wanted, onednn::cpu(), given);
    return onednn::in_layout(dnnl::memory(layout, onednn::cpu(), given), wanted);
}

std::span<const float> onnx_values(dnnl::memory& memory) {
    memory = onednn::in_layout(memory, onnx_layout(memory.get_desc().dims()));
    return {floats(memory), memory.get_desc().get_size() / sizeof(float)};
}

FloatPlan::FloatPlan(const Network& network, const std::map<std::string, dnnl::memory>& parameters)
    : network_(network), batch_(batch_for(network)) {
    const onednn::OneThread one_thread;
    for (const std::string& input : network.inputs) number_of(input);
    add_steps(parameters);
    find_last_reads();
    for (FloatStep& step : steps_) step.overwrites_residual = may_overwrite_residual(step);
}

std::size_t FloatPlan::number_of(const std::string& tensor) {
    return numbers_.emplace(tensor, numbers_.size()).first->second;
}

void FloatPlan::add_steps(const std::map<std::string, dnnl::memory>& parameters) {
    for (const Fused& fused : Fusion(network_).steps()) {
        FloatStep step{.node = fused.node,
                       .kernel = find_float_kernel(fused.node->type),
                       .layer = nullptr,
                       .parameters = {},
                       .inputs = {},
                       .residual = {},
                       .output = number_of(fused.output),
                       .extents = dnnl::memory::dims(network_.shape(fused.output))};
        for (const std::string& input : fused.node->inputs) {
            const auto parameter = parameters.find(input);
            step.parameters.push_back(parameter == parameters.end() ? dnnl::memory() : parameter->second);
            const bool is_activation = !input.empty() && network_.parameter(input) == nullptr;
            step.inputs.push_back(is_activation ? std::optional(number_of(input)) : std::nullopt);
        }
        if (!fused.residual.empty()) step.residual = number_of(fused.residual);
        step.layer = FloatLayer::prepare({*fused.node, network_, batch_, step.parameters}, fused.tail);
        TANDEM_CHECK(step.layer || (!fused.tail.adds_residual && !fused.tail.limits),
                     "what is fused has a layer to be fused into");
        if (step.layer) scratchpad_bytes_ = std::max(scratchpad_bytes_, step.layer->scratchpad_bytes());
        steps_.push_back(std::move(step));
    }
}

void FloatPlan::find_last_reads() {
    std::set<std::size_t> read_later;
    for (const std::string& output : network_.outputs) read_later.insert(number_of(output));
    for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
        std::vector<std::optional<std::size_t>> reads = step->inputs;
        reads.push_back(step->residual);
        for (const auto& read : reads) {
            if (read && read_later.insert(*read).second) step->last_reads.push_back(*read);
        }
    }
}

/// Whether nobody needs the residual afterwards, under this name or another. Kernels that are no layers may
/// hand on the memory they are given.
bool FloatPlan::may_overwrite_residual(const FloatStep& step) const {
    const auto& dead = step.last_reads;
    if (!step.residual || step.residual == step.inputs.front() ||
        std::find(dead.begin(), dead.end(), *step.residual) == dead.end()) {
        return false;
    }
    bool comes_from_layer = false;
    for (const FloatStep& other : steps_) {
        const bool reads =
            std::find(other.inputs.begin(), other.inputs.end(), step.residual) != other.inputs.end();
        if (reads && !other.layer) return false;
        comes_from_layer = comes_from_layer || (other.output == *step.residual && other.layer);
    }
    return comes_from_layer;
}

namespace {

/// An activation during a run. Layers write into buffers that the allocator keeps for the next tensor: memory
/// of the library's own costs a page fault for every page, each time.
struct Held {
    dnnl::memory memory;
    std::shared_ptr<RawVector<float>> buffer; ///< none where the memory is the library's own, or the caller's

    static Held of(const dnnl::memory::desc& layout) {
        auto buffer = std::make_shared<RawVector<float>>(layout.get_size() / sizeof(float));
        return {dnnl::memory(layout, onednn::cpu(), buffer->data()), buffer};
    }
    std::size_t elements() const { return memory.get_desc().get_size() / sizeof(float); }
};

/// Runs the steps one after the other for some samples.
class Part {
  public:
    Part(const Network& network, std::size_t tensors, std::int64_t samples, dnnl::stream& stream,
         void* scratchpad)
        : network_(network), tensors_(tensors), samples_(samples), stream_(stream), scratchpad_(scratchpad) {}

    void give(std::size_t tensor, const dnnl::memory& memory) { tensors_[tensor] = {memory, nullptr}; }
    dnnl::memory& get(std::size_t tensor) { return tensors_[tensor].memory; }

    void execute(const FloatStep& step) {
        Held output = step.layer ? run_layer(step) : run_kernel(step);
        for (const std::size_t tensor : step.last_reads) tensors_[tensor] = {};
        tensors_[step.output] = std::move(output);
    }

  private:
    Held run_layer(const FloatStep& step) {
        Held output = step.overwrites_residual ? tensors_[*step.residual]
                                               : Held::of(kernel_layout(batched(step.extents, samples_)));
        if (step.residual && !step.overwrites_residual) {
            const dnnl::memory residual = onednn::in_layout(get(*step.residual), output.memory.get_desc());
            std::copy_n(floats(residual), output.elements(), floats(output.memory));
        }
        step.layer->run(stream_, samples_, get(*step.inputs.front()), output.memory, scratchpad_);
        return output;
    }

    Held run_kernel(const FloatStep& step) {
        FloatCall call{*step.node, network_, samples_, step.parameters};
        for (std::size_t i = 0; i < step.inputs.size(); ++i) {
            if (step.inputs[i]) call.inputs[i] = get(*step.inputs[i]);
        }
        Held output{step.kernel->execute(call), nullptr};
        for (const auto& input : step.inputs) { // a kernel may hand on the memory that it was given
            if (input && get(*input).get_data_handle() == output.memory.get_data_handle()) {
                output.buffer = tensors_[*input].buffer;
            }
        }
        return output;
    }

    const Network& network_;
    std::vector<Held> tensors_; ///< by number
    std::int64_t samples_;
    dnnl::stream& stream_;
    void* scratchpad_;
};

} // namespace

std::map<std::string, std::vector<float>>
FloatPlan::run(const std::map<std::string, std::span<const float>>& inputs, std::int64_t samples) const {
    std::map<std::string, std::vector<float>> results;
    for (const std::string& name : network_.outputs) results[name];
    dnnl::stream stream(onednn::cpu());
    RawVector<std::uint8_t> scratchpad(scratchpad_bytes_);
    for (std::int64_t first = 0; first < samples;) {
        const std::int64_t size = samples - first >= batch_ ? batch_ : 1;
        Part part(network_, numbers_.size(), size, stream, scratchpad.data());
        for (const std::string& name : network_.inputs) {
            const auto extents = batched(network_.shape(name), size);
            const auto elements = static_cast<std::size_t>(elements_per_sample(network_.shape(name)));
            const auto samples_of_part = inputs.at(name).subspan(static_cast<std::size_t>(first) * elements,
                                                                 static_cast<std::size_t>(size) * elements);
            part.give(numbers_.at(name), input_memory(samples_of_part, extents));
        }
        for (const FloatStep& step : steps_) part.execute(step);
        for (const std::string& name : network_.outputs) {
            const auto values = onnx_values(part.get(numbers_.at(name)));
            results[name].insert(results[name].end(), values.begin(), values.end());
        }
        first += size;
    }
    return results;
}

} // namespace tandem
