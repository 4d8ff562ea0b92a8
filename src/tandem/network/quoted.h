// Names out of files, made fit for a message of one line.
#pragma once

#include <string>
#include <string_view>

namespace tandem {

/// The name in single quotes; bytes that are not printable ASCII become '?', and a name longer than
/// 80 bytes is cut.
std::string quoted_name(std::string_view name);

/// The same without the quotes, for whole messages of other libraries; cut at 300 bytes.
std::string one_line(std::string_view message);

} // namespace tandem
