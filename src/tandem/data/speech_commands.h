// Speech Commands (Warden 2018) as features for keyword spotting, in the layout of MLPerf Tiny: records of a
// label byte and 49 frames of 10 signed mel-frequency cepstral coefficients.
#pragma once

#include <string>
#include <string_view>

#include "tandem/core/result.h"
#include "tandem/data/dataset.h"

namespace tandem {

inline constexpr std::string_view kSpeechCommandsRemedy = "a file of yours: speech-commands:FILE";

/// The records of one file as images of one channel, 49 rows and 10 columns, in 12 classes. A pixel is the
/// coefficient plus 128, so that images stay bytes from 0 to 255. Errors: another size than whole records,
/// labels above 11.
[[nodiscard]] Result<Images> parse_speech_commands(std::string_view bytes, const std::string& file);

/// The same as a data set to score on: there are no training images.
[[nodiscard]] Result<Dataset> load_speech_commands(const std::string& path);

} // namespace tandem
