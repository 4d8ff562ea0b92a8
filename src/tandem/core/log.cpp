#include "tandem/core/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

/// The one sink on standard error; spdlog's registry owns it, and the program shares it with a plug-in, which
/// has this code too.
std::shared_ptr<spdlog::logger> logger() {
    static const std::shared_ptr<spdlog::logger> kLogger = [] {
        if (std::shared_ptr<spdlog::logger> shared = spdlog::get("tandem")) return shared;
        auto created = spdlog::stderr_logger_mt("tandem");
        created->set_pattern("%l: %v");
        created->set_level(spdlog::level::warn);
        return created;
    }();
    return kLogger;
}

} // namespace

void set_log_level(LogLevel level) {
    switch (level) {
    case LogLevel::debug: logger()->set_level(spdlog::level::debug); return;
    case LogLevel::info: logger()->set_level(spdlog::level::info); return;
    case LogLevel::warning: logger()->set_level(spdlog::level::warn); return;
    case LogLevel::off: logger()->set_level(spdlog::level::off); return;
    }
}

void log_debug(std::string_view message) { logger()->debug("{}", message); }
void log_info(std::string_view message) { logger()->info("{}", message); }
void log_warning(std::string_view message) { logger()->warn("{}", message); }

} // namespace tandem
