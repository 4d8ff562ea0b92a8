// `tandem machines`: the families, their fields, and the machine files in a folder.

#include <algorithm>
#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "command.h"
#include "tandem/machine/machine.h"
#include "tandem/report/report.h"

namespace tandem::app {

namespace fs = std::filesystem;

namespace {

struct Options {
    std::string family;
    std::string folder = "machines";
    CommonOptions common;
};

/// Machine files of a folder, sorted by name; a folder that is not there has none.
std::vector<std::string> machine_files(const std::string& folder) {
    std::vector<std::string> files;
    std::error_code code;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, code)) {
        if (entry.path().extension() == ".yaml") files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
    return files;
}

Result<void> print_fields(const Options& options) {
    std::vector<std::string> names;
    for (const MachineFamily& family : known_families()) {
        names.emplace_back(family.name);
        if (family.name != options.family) continue;
        std::vector<std::vector<std::string>> rows;
        Document::List list;
        for (const FieldRow& field : family.fields()) {
            rows.push_back({field.path, field.type, field.default_value, field.meaning});
            list.push_back(Document::Map{{"path", field.path},
                                         {"type", field.type},
                                         {"default", field.default_value},
                                         {"meaning", field.meaning}});
        }
        if (options.common.json) return print_json(list);
        return print(fmt::format("{}: {}\n\n{}", family.name, family.description,
                                 format_table({{"field"}, {"type"}, {"default"}, {"meaning"}}, rows)));
    }
    return bad_input("--family", "", with_suggestion(options.family, names),
                     fmt::format("one of: {}", fmt::join(names, ", ")));
}

Result<void> execute(const Options& options) {
    if (!options.family.empty()) return print_fields(options);
    Document::List families;
    std::vector<std::vector<std::string>> family_rows;
    for (const MachineFamily& family : known_families()) {
        families.push_back(Document::Map{{"name", family.name}, {"description", family.description}});
        family_rows.push_back({std::string(family.name), std::string(family.description)});
    }
    Document::List machines;
    std::vector<std::vector<std::string>> machine_rows;
    for (const std::string& file : machine_files(options.folder)) {
        const MachinePointer machine = TANDEM_TRY(load_machine(file));
        machines.push_back(
            Document::Map{{"file", file}, {"name", machine->name()}, {"family", machine->family()}});
        machine_rows.push_back({file, machine->name(), std::string(machine->family())});
    }
    if (options.common.json) {
        return print_json(
            Document::Map{{"families", std::move(families)}, {"machines", std::move(machines)}});
    }
    std::string text = format_table({{"family"}, {"what it is"}}, family_rows);
    if (!machine_rows.empty()) text += "\n" + format_table({{"file"}, {"machine"}, {"family"}}, machine_rows);
    return print(text + "\nfields of a family: tandem machines --family spatial\n");
}

} // namespace

void add_machines(CLI::App& app, Action& action) {
    const auto options = std::make_shared<Options>();
    app.add_option("--family", options->family, "list the fields of this family");
    app.add_option("--folder", options->folder, "where machine files are")->capture_default_str();
    add_json_option(app, options->common);
    app.callback([options, &action] { action = [options] { return execute(*options); }; });
}

} // namespace tandem::app
