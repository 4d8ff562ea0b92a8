#include "tandem/deploy/firmware/stack_bound.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <vector>

namespace tandem {

namespace {

struct Function {
    Bytes frame;
    std::set<std::string> calls;
};

/// The text in quotes behind `key: `, of a line of the graph; empty where there is none.
std::string quoted_after(const std::string& line, const std::string& key) {
    const std::size_t start = line.find(key + ": \"");
    if (start == std::string::npos) return "";
    const std::size_t first = start + key.size() + 3;
    return line.substr(first, line.find('"', first) - first);
}

class CallGraph {
  public:
    Result<void> add(const std::string& text) {
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) {
            if (line.starts_with("edge:")) {
                functions_[quoted_after(line, "sourcename")].calls.insert(quoted_after(line, "targetname"));
            }
            if (line.starts_with("node:")) TANDEM_TRY(add_node(line));
        }
        return {};
    }

    Result<Bytes> deepest(const std::string& name, const LibraryStack& library) {
        if (!functions_.contains(name)) return library.of(name);
        if (const auto known = depths_.find(name); known != depths_.end()) {
            if (known->second) return *known->second;
            return failed(name, "its calls", "one that comes back to it", "no recursion");
        }
        depths_[name] = std::nullopt;
        const Function& function = functions_.at(name);
        Bytes below(0);
        for (const std::string& callee : function.calls) {
            below = std::max(below, TANDEM_TRY(deepest(callee, library)));
        }
        depths_[name] = function.frame + below;
        return function.frame + below;
    }

    bool knows(const std::string& name) const { return functions_.contains(name); }

  private:
    /// Of a function with a body: its label ends in "216 bytes (static)".
    Result<void> add_node(const std::string& line) {
        const std::string label = quoted_after(line, "label");
        const std::size_t end = label.rfind(" bytes (");
        if (end == std::string::npos) return {};
        const std::string name = quoted_after(line, "title");
        if (label.find("(static)", end) == std::string::npos) {
            return failed(name, "its frame", label.substr(end + 1), "a size that the compiler knows");
        }
        std::size_t start = end;
        while (start > 0 && label[start - 1] >= '0' && label[start - 1] <= '9') --start;
        std::from_chars(label.data() + start, label.data() + end, functions_[name].frame.value);
        return {};
    }

    std::map<std::string, Function> functions_;
    std::map<std::string, std::optional<Bytes>> depths_; ///< empty while a chain is being followed
};

} // namespace

Result<Bytes> deepest_calls(std::span<const std::string> call_graphs, const std::string& entry,
                            const LibraryStack& library) {
    CallGraph graph;
    for (const std::string& text : call_graphs) TANDEM_TRY(graph.add(text));
    if (!graph.knows(entry))
        return failed("the call graph", "", "no function " + entry, "the entry of the image");
    return graph.deepest(entry, library);
}

} // namespace tandem
