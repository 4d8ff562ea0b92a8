#include "command.h"

#include <cstdio>

#include "tandem/codesign/job.h"

namespace tandem::app {

// Every command Tandem has. Keep it sorted.
const std::vector<Command>& commands() {
    static const std::vector<Command> kCommands{
        {"attack", "measure how a network stands against adversarial images",
         "tandem attack networks/resnet8-fashion.onnx --method pgd --epsilon 8/255 --samples 200",
         add_attack},
        {"data", "list the data sets, and fetch one", "tandem data get cifar10 --out cifar10", add_data},
        {"deploy", "write a network as standalone C, or a machine as RTL, with what proves it",
         "tandem deploy networks/resnet8-fashion.onnx --strategy strategy.json --out generated --prove",
         add_deploy},
        {"doctor", "say what is installed, and what each missing piece would enable", "tandem doctor",
         add_doctor},
        {"eval", "measure a network's accuracy, in float or under a strategy",
         "tandem eval networks/resnet8-fashion.onnx", add_eval},
        {"execute", "run a network on arrays and write what it computes",
         "tandem execute networks/resnet8-fashion.onnx --input input=examples/fashion-images.npy "
         "-o outputs",
         add_execute},
        {"front", "print the front of a finished run", "tandem front runs/fashion-resnet8", add_front},
        {"inspect", "list a network's layers with their work and weights",
         "tandem inspect networks/resnet8-fashion.onnx", add_inspect},
        {"machines", "list the machine families and the machines that ship", "tandem machines", add_machines},
        {"map",
         "find the best schedule of each layer on a machine, and its cost; or what a board's image takes",
         "tandem map networks/resnet8-fashion.onnx machines/spatial-256.yaml --weight-bits 8 "
         "--activation-bits 8",
         add_map},
        {"network", "write a reference topology with seeded initial parameters",
         "tandem network resnet20 --seed 1 -o resnet20.onnx", add_network},
        {"quantize", "calibrate a uniform precision and score it",
         "tandem quantize networks/resnet8-fashion.onnx --weight-bits 8 --activation-bits 8 --out "
         "strategy.json",
         add_quantize},
        {"report", "write a run as one self-contained page",
         "tandem report runs/fashion-resnet8 -o report.html", add_report},
        {"reproduce", "print published figures beside ours", "tandem reproduce list", add_reproduce},
        {"run", "search network precision and machine cost together, or compress a network, from a job file",
         "tandem run examples/fashion-resnet8.yaml --out runs/mine --seed 1", add_run},
        {"train", "train a network, from a topology, a network or a training job file",
         "tandem train examples/train-fashion-resnet8.yaml --out resnet8.onnx", add_train},
        {"verify", "build and run what was deployed, and compare every step with the engine",
         "tandem verify generated --samples 100", add_verify},
    };
    return kCommands;
}

void add_json_option(CLI::App& app, CommonOptions& options) {
    app.add_flag("--json", options.json, "print JSON instead of a table");
}

void add_work_options(CLI::App& app, CommonOptions& options) {
    app.add_option("--threads", options.threads, "threads to use; 0 means all")->check(CLI::Range(0, 4096));
    app.add_flag("--quiet", options.quiet, "no progress");
}

void add_data_options(CLI::App& app, DataOptions& data) {
    app.add_option("--dataset", data.dataset, "data set")->capture_default_str();
    app.add_option("--data-directory", data.directory,
                   "where its files are, if not where its package puts them");
    app.add_option_function<std::string>(
        "--data",
        [&data](const std::string& text) {
            const std::size_t colon = text.find(':');
            data.dataset = text.substr(0, colon);
            if (colon != std::string::npos) data.directory = text.substr(colon + 1);
        },
        "NAME or NAME:FOLDER, both of the above in one");
    app.add_option("--data-root", data.root, "folder that relative folders of data are looked for in")
        ->envname("TANDEM_DATA");
    app.add_option("--scale", data.normalization.scale, "factor of a pixel from 0 to 255")
        ->capture_default_str();
    app.add_option("--mean", data.normalization.mean,
                   "subtracted after scaling, one for all channels or one each")
        ->delimiter(',');
    app.add_option("--std", data.normalization.deviation, "divided by after that, likewise")->delimiter(',');
}

Result<void> print(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
        return failed("standard output", "", "a write error", "a place that takes the result");
    }
    return {};
}

Result<void> print_json(const Document& document) {
    return print(to_json(document, JsonLayout::indented) + "\n");
}

} // namespace tandem::app
