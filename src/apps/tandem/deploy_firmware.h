// What `tandem deploy` does for a board, and says with `tandem verify` of an image that is too large.
#pragma once

#include <string>

#include "tandem/core/result.h"
#include "tandem/deploy/firmware/deployment.h"
#include "tandem/deploy/firmware/firmware.h"

namespace tandem::app {

/// The error of an image that does not fit, which names the memory, by how much, and for RAM the step at
/// which the network keeps most.
[[nodiscard]] tl::unexpected<Error> does_not_fit(const Board& board, const ImageOverflow& overflow,
                                                 const OperatingPoints& points);

/// Builds the sources elsewhere, so that nothing is written of what cannot be built. Errors: it does not fit.
[[nodiscard]] Result<Image> try_image(const std::vector<EmittedFile>& sources, const Deployment& deployment,
                                      const OperatingPoints& points);

/// Prints what the image takes of the board, and where its sources are.
[[nodiscard]] Result<void> print_image_size(const std::string& folder, const Deployment& deployment,
                                            const OperatingPoints& points, const Image& image, bool as_json);

/// The parts of an image, for people and for machines.
[[nodiscard]] std::string describe_image(const Board& board, const ImageSize& size, Bytes stack,
                                         std::string_view stack_from);
[[nodiscard]] Document::Map image_members(const ImageSize& size, Bytes stack);

} // namespace tandem::app
