// Speech Commands (Warden 2018) as features for keyword spotting, in the layout of MLPerf Tiny: records of a
// label byte and 49 frames of 10 signed mel-frequency cepstral coefficients.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/core/result.h"
#include "tandem/data/dataset.h"

namespace tandem {

inline constexpr std::string_view kSpeechCommandsRemedy =
    "a file of yours, or a folder with clips and speakers: speech-commands:FILE";

/// What a folder holds: the records, and a table of the clips with a line a record.
inline constexpr std::string_view kSpeechRecordsFile = "test_v002_mfcc_int8.bin";
inline constexpr std::string_view kSpeechClipsFile = "test_v002_clips.tsv";

/// The records of one file as images of one channel, 49 rows and 10 columns, in 12 classes. A pixel is the
/// coefficient plus 128, so that images stay bytes from 0 to 255. Errors: another size than whole records,
/// labels above 11.
[[nodiscard]] Result<Images> parse_speech_commands(std::string_view bytes, const std::string& file);

/// Who speaks in each record, by number, from the columns `class` and `speaker` of a table with tabs between
/// them; "-", silence, is nobody's and gets a number of its own. Errors: no such columns, another number of
/// lines than of records, a class that is not the record's.
[[nodiscard]] Result<std::vector<std::int32_t>>
parse_clip_speakers(std::string_view table, const std::string& file, const Images& clips);

/// Of a file a data set to score on: there are no training images. Of a folder one to train on, too: the
/// clips of a fifth of the speakers, chosen by `kSplitSeed`, are the test files, and nobody is in both parts.
[[nodiscard]] Result<Dataset> load_speech_commands(const std::string& path);

} // namespace tandem
