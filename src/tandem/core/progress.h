// Progress of long work. A room that works long takes a Progress&; on a terminal it is a bar with
// the remaining time, in a log a line a minute.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tandem {

/// The silent progress, and the interface of the others. Calls come from one thread at a time.
class Progress {
  public:
    virtual ~Progress() = default;

    /// Starts a phase of `total` steps.
    virtual void begin(std::string_view phase, std::int64_t total);
    /// Reports that `done` of the phase's steps are done, with a short note such as "accuracy 0.91".
    virtual void update(std::int64_t done, std::string_view note);
    /// Ends the phase.
    virtual void end();
};

/// On standard error a bar when that is a terminal, else a line a minute; silent for quiet.
enum class Verbosity { quiet, normal };
std::unique_ptr<Progress> make_progress(Verbosity verbosity);

} // namespace tandem
