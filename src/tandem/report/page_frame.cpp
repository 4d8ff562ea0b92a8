#include "tandem/report/page_frame.h"

#include <fmt/format.h>

#include "tandem/report/html.h"
#include "tandem/report/page_assets.h"
#include "tandem/report/text.h"

namespace tandem {

namespace {

/// The page may load nothing: what it shows is inside it.
constexpr std::string_view kContentPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:";

} // namespace

std::string emit_page_head(std::string_view policy, const std::string& title) {
    return fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"{}{}\">\n<title>{} &middot; Tandem</title>\n"
        "<style>\n{}</style>\n</head>\n<body>\n",
        kContentPolicy, policy, escape_html(printable_line(title)), page_style());
}

} // namespace tandem
