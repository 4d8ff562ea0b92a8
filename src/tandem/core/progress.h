// Progress of long work. A room that works long takes a Progress&; on a terminal it is a bar with
// the remaining time, anywhere else it is silent.
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

/// A bar on standard error when it is a terminal and the user did not ask for quiet; else silent.
enum class Verbosity { quiet, normal };
std::unique_ptr<Progress> make_progress(Verbosity verbosity);

} // namespace tandem
