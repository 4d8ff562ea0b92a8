#include "run_page.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "tandem/codesign/front_view.h"
#include "tandem/codesign/objectives.h"
#include "tandem/codesign/run_record.h"
#include "tandem/core/files.h"
#include "tandem/machine/microcontroller/memory_map.h"
#include "tandem/report/report.h"
#include "tandem/report/run_schema.h"
#include "tandem/report/text.h"

namespace tandem::app {

namespace fs = std::filesystem;

namespace {

/// Larger files stay in the run directory alone: the page must open at once.
constexpr std::uintmax_t kLargestArtifact = 4U << 20U;

Document::Map& members(Document& document) { return std::get<Document::Map>(document.value); }

/// The files of the chosen design and the job, by name; what is no text is written in base 64.
Result<Document::List> load_artifacts(const RunPaths& paths) {
    std::vector<fs::path> files{paths.job()};
    std::error_code code;
    for (const fs::directory_entry& entry : fs::directory_iterator(paths.chosen(), code)) {
        if (entry.is_regular_file(code)) files.push_back(entry.path());
    }
    std::sort(files.begin() + 1, files.end());
    Document::List list;
    for (const fs::path& file : files) {
        const std::uintmax_t size = fs::file_size(file, code);
        if (code || size > kLargestArtifact) continue;
        const std::string contents = TANDEM_TRY(read_file(file));
        const bool is_text = printable_text(contents) == contents;
        list.push_back(
            Document::Map{{"name", file.filename().string()},
                          {is_text ? "text" : "base64", is_text ? contents : encode_base64(contents)}});
    }
    return list;
}

Result<void> add_file(Document& page, const char* key, const fs::path& path) {
    if (!fs::exists(path)) return {};
    members(page).emplace_back(key, TANDEM_TRY(load_json(path.string())));
    return {};
}

/// What the schema cannot say of a front: objectives that are known, and a figure of each for every design.
Result<void> judge_front(const Document& front, const std::string& file) {
    const std::vector<std::string> known = objective_names();
    const auto& ids = *front.find("front")->get_if<Document::List>();
    if (ids.empty()) return bad_input(file, "front", "no design", "the front of a finished run");
    for (const Document& objective : *front.find("objectives")->get_if<Document::List>()) {
        const std::string& key = *objective.find("key")->get_if<std::string>();
        if (std::find(known.begin(), known.end(), key) == known.end()) {
            return bad_input(file, "objectives", "'" + key + "'",
                             fmt::format("one of {}", fmt::join(known, ", ")));
        }
        for (const Document& details : *front.find("details")->get_if<Document::List>()) {
            if (std::find(ids.begin(), ids.end(), *details.find("id")) == ids.end()) continue;
            const Document* value = details.find(key);
            if (value == nullptr || std::holds_alternative<std::monostate>(value->value)) {
                return bad_input(file, "details." + key, "nothing",
                                 "a number, for every design of the front");
            }
        }
    }
    return {};
}

/// Whether a front is of the designs in the store.
Result<void> judge_origin(const Document& front, const std::vector<StoredDesign>& designs,
                          const std::string& file) {
    const std::size_t objectives = front.find("objectives")->get_if<Document::List>()->size();
    const Document* worst = front.find("hypervolume_reference");
    if (worst == nullptr || worst->get_if<Document::List>()->size() != objectives) {
        return bad_input(file, "hypervolume_reference", worst == nullptr ? "nothing" : summarize(*worst),
                         fmt::format("{} numbers, one an objective", objectives));
    }
    for (const StoredDesign& design : designs) {
        const std::size_t count = design.evaluation.objectives.size();
        if (count != 0 && count != objectives) {
            return bad_input(file, "objectives", fmt::format("{} objectives", objectives),
                             fmt::format("{}, as the run has", count));
        }
    }
    return {};
}

} // namespace

Result<void> write_timings(const RunPaths& paths, const Phases& phases) {
    Document::List list;
    for (const auto& [name, seconds] : phases) {
        list.push_back(Document::Map{{"name", name}, {"seconds", seconds}});
    }
    return write_file(paths.timings(), to_json(Document(std::move(list)), JsonLayout::indented) + "\n",
                      Existing::replace);
}

void add_memory_maps(Document& front, const QuantizationProblem& problem,
                     const std::vector<StoredDesign>& designs, const FineTuned* tuned) {
    for (auto& [key, value] : members(front)) {
        if (key != "details") continue;
        for (Document& details : std::get<Document::List>(value.value)) {
            const auto index = static_cast<std::size_t>(*details.find("id")->get_if<std::int64_t>() - 1);
            const Result<QuantizedNetwork> network = final_network(problem, designs, index, tuned);
            if (!network) continue;
            const Result<IntegerProgram> program = lower_to_integers(network->network, network->strategy);
            if (program) members(details).emplace_back("memory", describe_memory(*program));
        }
    }
}

Result<Document> make_run_document(const Document& front, const RunStore& store, const RunPaths& paths) {
    // Generations first: a process that still writes may add designs in between, never take any away.
    const std::vector<GenerationRecord> generations = TANDEM_TRY(store.generations());
    const std::vector<StoredDesign> designs = TANDEM_TRY(store.designs());
    TANDEM_TRY(judge_origin(front, designs, paths.front().string()));
    Document page = run_document(front, designs, generations);
    members(page).emplace_back("knee", find_knee(front));
    members(page).emplace_back("command", "tandem run job.yaml --out again");
    TANDEM_TRY(add_file(page, "proof", paths.chosen() / "proof.json"));
    TANDEM_TRY(add_file(page, "phases", paths.timings()));
    members(page).emplace_back("artifacts", TANDEM_TRY(load_artifacts(paths)));
    return page;
}

Result<std::optional<Document>> make_live_document(const QuantizationProblem& problem,
                                                   const RunPaths& paths) {
    const RunStore store = TANDEM_TRY(RunStore::open(paths.store()));
    const bool is_finished = TANDEM_TRY(store.is_finished());
    const std::vector<GenerationRecord> generations = TANDEM_TRY(store.generations());
    const std::vector<StoredDesign> designs = TANDEM_TRY(store.designs());
    const Result<Selection> selection = select_designs(problem, designs);
    if (!selection) return std::nullopt;
    const Document front = front_document(problem, designs, *selection, std::nullopt, nullptr);
    Document page = run_document(front, designs, generations);
    const SearchOptions& search = problem.job().search;
    members(page).emplace_back("knee", find_knee(front));
    members(page).emplace_back("live", Document::Map{{"expected", search.population * search.generations},
                                                     {"finished", is_finished}});
    return page;
}

namespace {

/// The run so far, made anew when the store has grown.
class LiveRun {
  public:
    LiveRun(const QuantizationProblem& problem, const RunPaths& paths) : problem_(problem), paths_(paths) {}

    std::string page() {
        update();
        return document_ ? emit_live_html(*document_) : std::string(kWaiting);
    }
    std::string json() {
        update();
        return document_ ? to_json(*document_, JsonLayout::compact) : "{}";
    }

  private:
    /// Asks again by itself until there is something to show.
    static constexpr std::string_view kWaiting =
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Tandem</title>"
        "<meta http-equiv=\"refresh\" content=\"1\"></head><body><p>The search has begun; the page opens "
        "with its first acceptable design.</p></body></html>\n";

    void update() {
        if (!is_stale()) return;
        Result<std::optional<Document>> made = make_live_document(problem_, paths_);
        if (made && *made) document_ = std::move(*made);
    }

    /// Whether the store has more than was read last, its end included.
    bool is_stale() {
        const Result<RunStore> store = RunStore::open(paths_.store());
        if (!store) return false;
        const auto generations = store->generations();
        const auto is_finished = store->is_finished();
        if (!generations || !is_finished) return false;
        const std::pair<std::size_t, bool> state{generations->size(), *is_finished};
        return std::exchange(state_, state) != state;
    }

    const QuantizationProblem& problem_;
    RunPaths paths_;
    std::optional<Document> document_;
    std::pair<std::size_t, bool> state_{0, false};
};

} // namespace

Result<LiveServer> start_watching(const QuantizationProblem& problem, const RunPaths& paths, int port) {
    const auto run = std::make_shared<LiveRun>(problem, paths);
    return LiveServer::start(port,
                             {.page = [run] { return run->page(); }, .run = [run] { return run->json(); }});
}

Result<Document> load_front(const RunPaths& paths) {
    if (!fs::exists(paths.front())) {
        if (fs::exists(paths.job())) {
            return bad_input(paths.directory.string(), "", "an unfinished run",
                             "a finished one; go on with: tandem run --resume " + paths.directory.string());
        }
        return bad_input(paths.directory.string(), "",
                         fs::exists(paths.directory) ? "no run" : "no such folder",
                         "a folder that 'tandem run JOB --out' made");
    }
    Document front = TANDEM_TRY(load_json(paths.front().string()));
    TANDEM_TRY(validate_front_document(front, paths.front().string()));
    TANDEM_TRY(judge_front(front, paths.front().string()));
    return front;
}

Result<Document> load_run_document(const RunPaths& paths) {
    const Document front = TANDEM_TRY(load_front(paths));
    const RunStore store = TANDEM_TRY(RunStore::open(paths.store()));
    Document page = TANDEM_TRY(make_run_document(front, store, paths));
    TANDEM_TRY(validate_run_document(page, paths.front().string()));
    return page;
}

} // namespace tandem::app
