// The log: standard error, one line an event. Results never go here.
#pragma once

#include <string_view>

namespace tandem {

enum class LogLevel { debug, info, warning, off };

void set_log_level(LogLevel level);

void log_debug(std::string_view message);
void log_info(std::string_view message);
void log_warning(std::string_view message);

} // namespace tandem
