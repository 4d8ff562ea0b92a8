#include "tandem/core/progress.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

namespace tandem {

void Progress::begin(std::string_view /*phase*/, std::int64_t /*total*/) {}
void Progress::update(std::int64_t /*done*/, std::string_view /*note*/) {}
void Progress::end() {}

namespace {

using Clock = std::chrono::steady_clock;

/// "0:07", "12:34" or "2:03:04".
std::string as_clock(double seconds) {
    const std::int64_t whole = std::llround(seconds);
    const std::int64_t hours = whole / 3600;
    const std::int64_t minutes = whole / 60 % 60;
    if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60);
    return fmt::format("{}:{:02}", minutes, whole % 60);
}

class TerminalProgress final : public Progress {
  public:
    void begin(std::string_view phase, std::int64_t total) override {
        phase_ = phase;
        total_ = std::max<std::int64_t>(total, 1);
        started_ = Clock::now();
        drawn_ = {};
        draw(0, {});
    }

    void update(std::int64_t done, std::string_view note) override {
        // Ten pictures a second are enough for an eye and cost nothing.
        const auto now = Clock::now();
        if (done < total_ && now - drawn_ < std::chrono::milliseconds(100)) return;
        drawn_ = now;
        draw(done, note);
    }

    void end() override {
        fmt::print(stderr, "\r\033[K");
        std::fflush(stderr);
    }

  private:
    void draw(std::int64_t done, std::string_view note) const {
        constexpr int kWidth = 24;
        const double share = static_cast<double>(std::min(done, total_)) / static_cast<double>(total_);
        const int filled = static_cast<int>(share * kWidth);
        const double elapsed = std::chrono::duration<double>(Clock::now() - started_).count();
        std::string bar;
        for (int i = 0; i < kWidth; ++i) bar += i < filled ? "█" : "░";
        const std::string left =
            done > 0 ? as_clock(elapsed * (1.0 - share) / std::max(share, 1e-9)) : "-:--";
        fmt::print(stderr, "\r\033[K{:<14} {} {:3.0f} %  {} left  {}", phase_, bar, share * 100.0, left,
                   note);
        std::fflush(stderr);
    }

    std::string phase_;
    std::int64_t total_ = 1;
    Clock::time_point started_{};
    Clock::time_point drawn_{};
};

} // namespace

std::unique_ptr<Progress> make_progress(Verbosity verbosity) {
    if (verbosity == Verbosity::quiet || isatty(STDERR_FILENO) == 0) return std::make_unique<Progress>();
    return std::make_unique<TerminalProgress>();
}

} // namespace tandem
