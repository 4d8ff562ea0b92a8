// Writes the page of a synthetic run, to look at: report_example OUT.html [DESIGNS].
#include <cstdlib>
#include <iostream>

#include "synthetic_run.h"
#include "tandem/core/files.h"
#include "tandem/report/report.h"

int main(int count, char** arguments) {
    if (count < 2) {
        std::cerr << "usage: report_example OUT.html [DESIGNS]\n";
        return 2;
    }
    const std::int64_t designs = count > 2 ? std::strtoll(arguments[2], nullptr, 10) : 1000;
    const auto written = tandem::write_file(arguments[1], tandem::emit_html(tandem::synthetic_run(designs)),
                                            tandem::Existing::replace);
    if (!written) std::cerr << tandem::to_string(written.error()) << '\n';
    return written ? 0 : 1;
}
