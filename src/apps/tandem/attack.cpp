// `tandem attack`: how a network, in float and under a strategy, stands against adversarial images.

#include <charconv>
#include <cmath>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "command.h"
#include "scoring.h"
#include "tandem/core/interrupt.h"
#include "tandem/core/parallel.h"
#include "tandem/engine/evaluator.h"
#include "tandem/training/training.h"

namespace tandem::app {

namespace {

struct Options {
    std::string network;
    DataOptions data;
    std::int64_t samples = 1000;
    std::string epsilon = "8/255";
    std::string step_size;
    Attack attack;
    StrategyOptions strategy;
    CommonOptions common;
};

/// "0.03" or "8/255", as the literature writes them.
Result<double> parse_share(const std::string& option, const std::string& text) {
    const auto number = [](std::string_view part) {
        double value = -1.0;
        const auto [end, code] = std::from_chars(part.data(), part.data() + part.size(), value);
        return code == std::errc() && end == part.data() + part.size() ? value : -1.0;
    };
    const std::size_t slash = text.find('/');
    const double over = number(std::string_view(text).substr(0, slash));
    const double under = slash == std::string::npos ? 1.0 : number(std::string_view(text).substr(slash + 1));
    const double share = under > 0.0 ? over / under : -1.0;
    if (share > 0.0 && share <= 1.0) return share;
    return bad_input(option, "", text,
                     "a share of the pixels' range, above 0 and at most 1, such as 8/255 or 0.03");
}

Result<Attack> read_attack(const Options& options) {
    Attack attack = options.attack;
    attack.epsilon = TANDEM_TRY(parse_share("--epsilon", options.epsilon));
    if (!options.step_size.empty()) {
        attack.step_size = TANDEM_TRY(parse_share("--step-size", options.step_size));
    }
    return attack;
}

/// Images right, of how many, before and after the attack.
struct Standing {
    double clean = 0.0;
    double attacked = 0.0;
};

std::string row(const std::string& what, const Standing& standing) {
    return fmt::format("{:<10}{:>8.2f} %{:>10.2f} %\n", what, 100.0 * standing.clean,
                       100.0 * standing.attacked);
}

std::int64_t count_of(double share, std::size_t samples) {
    return std::llround(share * static_cast<double>(samples));
}

Result<void> execute(const Options& options) {
    std::optional<ThreadLimit> limit;
    if (options.common.threads > 0) limit.emplace(options.common.threads);
    const Attack attack = TANDEM_TRY(read_attack(options));
    const Experiment experiment = TANDEM_TRY(load_experiment(options.network, options.data));
    std::optional<Strategy> strategy = TANDEM_TRY(load_strategy(options.strategy, experiment.network));
    std::optional<IntegerProgram> program;
    if (strategy) {
        const auto [network, ready] = TANDEM_TRY(quantize(experiment, std::move(*strategy)));
        program = TANDEM_TRY(lower_to_integers(network, ready));
    }
    const std::shared_ptr<Trainer> trainer = TANDEM_TRY(load_trainer());
    ReferenceSamples clean = TANDEM_TRY(reference_samples(experiment, Portion::test));
    keep_first(clean, options.samples);
    const std::size_t samples = clean.labels.size();
    const PixelRange range = pixel_range(experiment.dataset.test);
    const auto progress = make_progress(options.common.quiet ? Verbosity::quiet : Verbosity::normal);
    install_interrupt_handler();
    ReferenceSamples attacked{.samples = {}, .labels = clean.labels, .logits = {}};
    attacked.samples = TANDEM_TRY(trainer->attack(attack, experiment.network, clean.samples, clean.labels,
                                                  range, interrupt_flag(), *progress));
    attacked.logits = TANDEM_TRY(float_logits(experiment.network, attacked.samples));

    const Standing in_float{.clean = float_accuracy(clean), .attacked = float_accuracy(attacked)};
    Standing judged = in_float;
    std::string text =
        fmt::format("{} by {:.4g} of the pixels' range, {} test images of {}\n\n{:<10}{:>10}{:>12}\n",
                    attack.method, attack.epsilon, samples, options.data.dataset, "", "clean", "attacked") +
        row("float", in_float);
    Document::Map result{{"network", options.network},
                         {"dataset", options.data.dataset},
                         {"method", attack.method},
                         {"epsilon", attack.epsilon},
                         {"steps", attack.method == "fgsm" ? std::int64_t{1} : attack.steps},
                         {"seed", static_cast<std::int64_t>(attack.seed)},
                         {"samples", samples},
                         {"float_accuracy", in_float.clean},
                         {"float_attacked_accuracy", in_float.attacked}};
    if (program) {
        judged = {.clean = Evaluator(std::move(clean), Bytes(0)).evaluate(*program).accuracy,
                  .attacked = Evaluator(std::move(attacked), Bytes(0)).evaluate(*program).accuracy};
        text += row("integers", judged) + "\nThe attack follows the gradient of the float network.\n";
    }
    // What was asked for: the strategy where there is one, else the float network.
    result.emplace_back("top1", judged.clean);
    result.emplace_back("correct", count_of(judged.clean, samples));
    result.emplace_back("attacked_top1", judged.attacked);
    result.emplace_back("attacked_correct", count_of(judged.attacked, samples));
    if (options.common.json) return print_json(result);
    return print(text);
}

} // namespace

void add_attack(CLI::App& app, Action& action) {
    const auto options = std::make_shared<Options>();
    app.add_option("NETWORK", options->network, "ONNX file")->required();
    add_data_options(app, options->data);
    app.add_option("--method", options->attack.method, "fgsm (one step) or pgd (many, from a random start)")
        ->check(CLI::IsMember({"fgsm", "pgd"}))
        ->capture_default_str();
    app.add_option("--epsilon", options->epsilon, "the most a pixel changes, as a share of its range")
        ->capture_default_str();
    app.add_option("--steps", options->attack.steps, "of pgd")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    app.add_option("--step-size", options->step_size,
                   "of pgd, as a share of the range; 2.5 epsilon / steps if left out");
    app.add_option("--samples", options->samples, "attack the first so many test images")
        ->check(CLI::Range(1, 1'000'000'000))
        ->capture_default_str();
    app.add_option("--seed", options->attack.seed, "of pgd's random starts")->capture_default_str();
    app.add_option("--device", options->attack.device, "auto, cpu or cuda")
        ->check(CLI::IsMember({"auto", "cpu", "cuda"}))
        ->capture_default_str();
    add_strategy_options(app, options->strategy);
    add_work_options(app, options->common);
    add_json_option(app, options->common);
    app.callback([options, &action] { action = [options] { return execute(*options); }; });
}

} // namespace tandem::app
