#include "tandem/core/progress.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

#include "tandem/core/line_progress.h"

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

/// How far a phase has come.
class Phase {
  public:
    void begin(std::string_view name, std::int64_t total) {
        name_ = name;
        total_ = std::max<std::int64_t>(total, 1);
        started_ = Clock::now();
    }
    const std::string& name() const { return name_; }
    bool is_done(std::int64_t done) const { return done >= total_; }
    double share(std::int64_t done) const {
        return static_cast<double>(std::min(done, total_)) / static_cast<double>(total_);
    }
    std::string time_left(std::int64_t done) const {
        if (done <= 0) return "-:--";
        const double elapsed = std::chrono::duration<double>(Clock::now() - started_).count();
        return as_clock(elapsed * (1.0 - share(done)) / share(done));
    }

  private:
    std::string name_;
    std::int64_t total_ = 1;
    Clock::time_point started_{};
};

class TerminalProgress final : public Progress {
  public:
    void begin(std::string_view phase, std::int64_t total) override {
        phase_.begin(phase, total);
        drawn_ = {};
        draw(0, {});
    }

    void update(std::int64_t done, std::string_view note) override {
        // Ten pictures a second are enough for an eye and cost nothing.
        const auto now = Clock::now();
        if (!phase_.is_done(done) && now - drawn_ < std::chrono::milliseconds(100)) return;
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
        const double share = phase_.share(done);
        const int filled = static_cast<int>(share * kWidth);
        std::string bar;
        for (int i = 0; i < kWidth; ++i) bar += i < filled ? "█" : "░";
        fmt::print(stderr, "\r\033[K{:<14} {} {:3.0f} %  {} left  {}", phase_.name(), bar, share * 100.0,
                   phase_.time_left(done), note);
        std::fflush(stderr);
    }

    Phase phase_;
    Clock::time_point drawn_{};
};

class LineProgress final : public Progress {
  public:
    explicit LineProgress(std::chrono::milliseconds period) : period_(period) {}

    void begin(std::string_view phase, std::int64_t total) override { phase_.begin(phase, total); }

    void update(std::int64_t done, std::string_view note) override {
        const auto now = Clock::now();
        if (now - written_ < period_) return;
        written_ = now;
        fmt::print(stderr, "{}: {:.0f} %, {} left, {}\n", phase_.name(), 100.0 * phase_.share(done),
                   phase_.time_left(done), note);
    }

  private:
    std::chrono::milliseconds period_;
    Phase phase_;
    Clock::time_point written_ = Clock::now(); ///< phases are often shorter than the period
};

} // namespace

std::unique_ptr<Progress> make_line_progress(std::chrono::milliseconds period) {
    return std::make_unique<LineProgress>(period);
}

std::unique_ptr<Progress> make_progress(Verbosity verbosity) {
    if (verbosity == Verbosity::quiet) return std::make_unique<Progress>();
    if (isatty(STDERR_FILENO) == 0) return make_line_progress(std::chrono::minutes(1));
    return std::make_unique<TerminalProgress>();
}

} // namespace tandem
