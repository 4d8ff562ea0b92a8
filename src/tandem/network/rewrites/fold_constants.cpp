// One walk in order. Readers of a folded node are pointed at what it stands for; where the folded
// node's output is an output of the network, the tensor behind it takes that name at the end.
#include <algorithm>

#include "tandem/network/rewrites/edit.h"
#include "tandem/network/rewrites/rewrites.h"

namespace tandem {

namespace {

class Folding {
  public:
    explicit Folding(Network network) : network_(std::move(network)) {}

    Network run() {
        std::vector<bool> removed;
        for (Node& node : network_.nodes) {
            for (std::string& input : node.inputs) input = standing_for(input);
            removed.push_back(fold(node));
        }
        rewrites::remove_nodes(network_, removed);
        rename_sources();
        return std::move(network_);
    }

  private:
    std::string standing_for(const std::string& tensor) const {
        const auto found = replaced_.find(tensor);
        return found == replaced_.end() ? tensor : found->second;
    }

    bool is_output(const std::string& tensor) const {
        return std::find(network_.outputs.begin(), network_.outputs.end(), tensor) != network_.outputs.end();
    }

    bool is_input(const std::string& tensor) const {
        return std::find(network_.inputs.begin(), network_.inputs.end(), tensor) != network_.inputs.end();
    }

    /// Whether the node is done with and can go.
    bool fold(const Node& node) {
        if (node.type == "Constant") {
            add_constant(node);
            return true;
        }
        // Other operators may read a constant first and an activation second.
        const bool copies = node.type == "Identity" || node.type == "Reshape";
        const Parameter* parameter = copies ? network_.parameter(node.inputs.front()) : nullptr;
        if (parameter != nullptr) return fold_parameter(node, *parameter);
        return passes_through(node) && fold_activation(node);
    }

    void add_constant(const Node& node) {
        const std::string& output = node.outputs.front();
        Parameter parameter{.shape = network_.shape(output), .values = {}};
        const Attribute& value = node.attributes.begin()->second;
        if (const auto* number = std::get_if<float>(&value)) {
            parameter.values = std::vector<float>{*number};
        } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
            parameter.values = std::vector<std::int64_t>{*integer};
        } else if (const auto* numbers = std::get_if<std::vector<float>>(&value)) {
            parameter.values = *numbers;
        } else {
            parameter.values = std::get<std::vector<std::int64_t>>(value);
        }
        network_.parameters.emplace(output, std::move(parameter));
    }

    bool fold_parameter(const Node& node, const Parameter& parameter) {
        const std::string& output = node.outputs.front();
        if (node.type == "Identity") {
            replaced_.emplace(output, node.inputs.front());
            return true;
        }
        network_.parameters.emplace(output,
                                    Parameter{.shape = network_.shape(output), .values = parameter.values});
        return true;
    }

    bool passes_through(const Node& node) const {
        if (node.type == "Identity") return true;
        const bool keeps_values = node.type == "Reshape" || node.type == "Flatten" || node.type == "Pad";
        return keeps_values && network_.shape(node.inputs.front()) == network_.shape(node.outputs.front());
    }

    bool fold_activation(const Node& node) {
        const std::string& source = node.inputs.front();
        const std::string& output = node.outputs.front();
        if (!is_output(output)) {
            replaced_.emplace(output, source);
            return true;
        }
        if (is_input(source) || is_output(source) || renamed_.contains(source)) return false;
        renamed_.emplace(source, output);
        return true;
    }

    void rename_sources() {
        const auto rename = [&](std::string& tensor) {
            const auto found = renamed_.find(tensor);
            if (found != renamed_.end()) tensor = found->second;
        };
        for (Node& node : network_.nodes) {
            for (std::string& input : node.inputs) rename(input);
            for (std::string& output : node.outputs) rename(output);
        }
        for (const auto& [source, output] : renamed_) {
            auto entry = network_.shapes.extract(source);
            entry.key() = output;
            network_.shapes.insert(std::move(entry));
        }
    }

    Network network_;
    std::map<std::string, std::string> replaced_; ///< by output of a folded node: what stands for it
    std::map<std::string, std::string> renamed_;  ///< tensors that take the name of an output at the end
};

} // namespace

Network fold_constants(Network network) {
    return rewrites::checked(Folding(std::move(network)).run(), "fold_constants");
}

} // namespace tandem
