// Networks at their operating points, as `tandem deploy` takes them and `tandem verify` finds them again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scoring.h"
#include "tandem/core/result.h"
#include "tandem/deploy/c/operating_points.h"
#include "tandem/deploy/emitted_file.h"
#include "tandem/engine/evaluator.h"
#include "tandem/strategy/quantized_network.h"

namespace tandem::app {

struct QuantizedPoint {
    std::string name; ///< empty where there is but one
    QuantizedNetwork quantized;
};

/// The network under the strategy asked for; or where there are `points`, each NAME=FILE, under each of
/// theirs, or NAME=FOLDER, each a network.onnx under the strategy.json beside it. Errors: points beside
/// another strategy, points of another form, files that do not fit the network.
[[nodiscard]] Result<std::vector<QuantizedPoint>>
load_points(const std::string& command, const std::string& network, const DataOptions& data,
            const StrategyOptions& strategy, const std::vector<std::string>& points);

/// They as the image runs them. Errors: what C does not compute, points that cannot share an image.
[[nodiscard]] Result<OperatingPoints> lower_points(const std::vector<QuantizedPoint>& points);

/// Networks and strategies beside the sources, and back. Errors: as load_points.
std::vector<EmittedFile> point_files(const std::vector<QuantizedPoint>& points);
[[nodiscard]] Result<std::vector<QuantizedPoint>> load_deployed_points(const std::string& command,
                                                                       const std::string& folder,
                                                                       const std::vector<std::string>& names);

/// The engine's output integers for the test images, (N, points, classes).
[[nodiscard]] std::vector<std::int32_t> outputs_of(const ReferenceSamples& test,
                                                   const OperatingPoints& points);

} // namespace tandem::app
