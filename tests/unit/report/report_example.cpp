// Writes the page of a synthetic run, to look at and for the tests in a browser:
//     report_example OUT.html [DESIGNS] [plain|hostile|comparison|live]
#include <cstdlib>
#include <iostream>
#include <string>

#include "synthetic_run.h"
#include "tandem/core/files.h"
#include "tandem/report/report.h"

namespace {

/// Designs with which a run that goes on is over.
constexpr std::int64_t kExpected = 1000;

std::string make_page(const std::string& kind, std::int64_t designs) {
    if (kind == "comparison") {
        tandem::Document other = tandem::synthetic_run(designs / 2);
        tandem::member(other, "title") = tandem::Document("half of it");
        return tandem::emit_comparison_html({tandem::synthetic_run(designs), other});
    }
    if (kind == "live") {
        tandem::Document run = tandem::synthetic_run(designs);
        std::get<tandem::Document::Map>(run.value).emplace_back(
            "live", tandem::Document::Map{{"expected", kExpected}, {"finished", designs >= kExpected}});
        return tandem::emit_live_html(run);
    }
    return tandem::emit_html(kind == "hostile" ? tandem::hostile_run(designs)
                                               : tandem::synthetic_run(designs));
}

} // namespace

int main(int count, char** arguments) {
    if (count < 2) {
        std::cerr << "usage: report_example OUT.html [DESIGNS] [plain|hostile|comparison|live]\n";
        return 2;
    }
    const std::int64_t designs = count > 2 ? std::strtoll(arguments[2], nullptr, 10) : 1000;
    const std::string page = make_page(count > 3 ? arguments[3] : "plain", designs);
    const auto written = tandem::write_file(arguments[1], page, tandem::Existing::replace);
    if (!written) std::cerr << tandem::to_string(written.error()) << '\n';
    return written ? 0 : 1;
}
