// `tandem doctor`: what is installed, what each missing piece would enable, how to install it.

#include <filesystem>
#include <functional>
#include <memory>
#include <sstream>

#include "command.h"
#include "tandem/data/dataset.h"
#include "tandem/report/report.h"
#include "tandem/training/training.h"

namespace tandem::app {

namespace fs = std::filesystem;

namespace {

struct Finding {
    std::string piece;
    bool is_there = false;
    std::string what; ///< where it is, or which
    std::string enables;
    std::string remedy;
};

/// The path of a program as the shell would find it; empty when there is none.
std::string find_program(const std::vector<std::string>& names) {
    const char* path = std::getenv("PATH"); // NOLINT(concurrency-mt-unsafe): read before any thread starts
    for (const std::string& name : names) {
        std::istringstream folders(path != nullptr ? path : "");
        for (std::string folder; std::getline(folders, folder, ':');) {
            std::error_code code;
            if (fs::is_regular_file(fs::path(folder) / name, code)) return (fs::path(folder) / name).string();
        }
    }
    return "";
}

Finding check_program(const std::string& piece, const std::vector<std::string>& names,
                      const std::string& enables, const std::string& remedy) {
    const std::string path = find_program(names);
    return {piece, !path.empty(), path, enables, remedy};
}

std::vector<Finding> examine() {
    std::vector<Finding> findings;
    findings.push_back(check_program("C compiler", {"cc", "gcc", "clang"},
                                     "the proof that generated C equals the engine",
                                     "apt-get install build-essential"));
    findings.push_back(check_program("Arm cross compiler", {"arm-none-eabi-gcc"},
                                     "tandem deploy and verify for Cortex-M boards",
                                     "apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi"));
    findings.push_back(check_program("Arm emulator", {"qemu-system-arm"},
                                     "tandem verify: the image run beside the engine",
                                     "apt-get install qemu-system-arm"));
    findings.push_back(check_program("RISC-V cross compiler", {"riscv64-unknown-elf-gcc"},
                                     "tandem deploy and verify for rv32imc",
                                     "apt-get install gcc-riscv64-unknown-elf"));
    findings.push_back(check_program("RISC-V emulator", {"qemu-system-riscv32"},
                                     "tandem verify: the image run beside the engine",
                                     "apt-get install qemu-system-misc"));
    findings.push_back(check_program("Verilator", {"verilator"}, "simulation of generated RTL",
                                     "apt-get install verilator"));
    findings.push_back(
        check_program("Yosys", {"yosys"}, "LUT counts of generated RTL", "apt-get install yosys"));
    for (const DatasetSource& source : known_datasets()) {
        if (source.default_directory.empty()) continue; // files of the user
        const std::string folder(source.default_directory);
        std::error_code code;
        findings.push_back({"data set " + std::string(source.name), fs::is_directory(folder, code), folder,
                            std::string(source.description), std::string(source.remedy)});
    }
    findings.push_back(
        {"interactive report", has_interactive_page(), has_interactive_page() ? "built in" : "",
         "charts in the report; without it, plain tables", "apt-get install nodejs npm, then make build"});
    const auto trainer = load_trainer();
    findings.push_back({"training plug-in", trainer.has_value(), trainer ? (*trainer)->describe() : "",
                        "tandem train", "make train-demo"});
    return findings;
}

Result<void> execute(const CommonOptions& options) {
    std::vector<std::vector<std::string>> rows;
    Document::List list;
    for (const Finding& finding : examine()) {
        rows.push_back({finding.piece, finding.is_there ? "yes" : "no",
                        finding.is_there ? finding.what : finding.remedy, finding.enables});
        list.push_back(Document::Map{{"piece", finding.piece},
                                     {"installed", finding.is_there},
                                     {"what", finding.what},
                                     {"enables", finding.enables},
                                     {"remedy", finding.remedy}});
    }
    if (options.json) return print_json(list);
    return print(
        format_table({{"piece"}, {"there"}, {"where, or how to get it"}, {"what it enables"}}, rows));
}

} // namespace

void add_doctor(CLI::App& app, Action& action) {
    const auto options = std::make_shared<CommonOptions>();
    add_json_option(app, *options);
    app.callback([options, &action] { action = [options] { return execute(*options); }; });
}

} // namespace tandem::app
