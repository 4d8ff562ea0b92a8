// The run store: one SQLite file holds a run: its job, every evaluation, generations and timings.
// One transaction a generation, so a killed run loses at most the generation in progress. Other
// processes may open and read the store while it grows.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/core/result.h"
#include "tandem/search/search.h"

namespace tandem {

/// What a run is: written once, compared on resume.
struct RunHeader {
    std::string job;     ///< the resolved job, YAML
    std::string version; ///< of Tandem
    std::vector<std::string> gene_names;
    std::vector<std::string> objective_names;
    /// What the search was told to begin with beyond the job: the designs of an earlier run. Resuming needs
    /// them, and that run may be gone.
    std::vector<Genome> first_guesses{};

    bool operator==(const RunHeader&) const = default;
};

/// One design as it was evaluated.
struct StoredDesign {
    std::int64_t id = 0;         ///< from 1, in order of proposal
    std::int64_t generation = 0; ///< from 0
    Genome genome;
    Evaluation evaluation;
    double seconds = 0.0;     ///< evaluation time
    double started = 0.0;     ///< when its evaluation began, seconds since 1970 UTC; 0: not recorded
    std::string worker;       ///< host and process that evaluated it
    std::int64_t attempt = 1; ///< 2 and more: earlier workers died or hung over it
    std::string version;      ///< of the code that evaluated it

    bool operator==(const StoredDesign&) const = default;
};

struct GenerationRecord {
    std::int64_t generation = 0;
    std::vector<std::int64_t> proposed; ///< design ids in proposal order, repeats included
    double hypervolume = 0.0;
    double seconds = 0.0;
    std::int64_t evaluated = 0; ///< new designs; the others were remembered

    bool operator==(const GenerationRecord&) const = default;
};

/// Something that evaluating worked out and that another process need not: a pure function's value.
struct StoredResult {
    std::string key; ///< of all that the value depends on
    std::string value;

    bool operator==(const StoredResult&) const = default;
};

class RunStore {
  public:
    /// A new store; the file must not exist. It appears whole, with its header, or not at all.
    /// Errors: the file exists, disk full, not writable.
    [[nodiscard]] static Result<RunStore> create(const std::filesystem::path& path, const RunHeader& header);
    /// An existing store, of this schema version or an earlier one, which the first write brings up to
    /// date. Reading changes nothing in it. Errors: missing, no SQLite file, not a
    /// run's, a newer schema, damaged.
    [[nodiscard]] static Result<RunStore> open(const std::filesystem::path& path);
    RunStore(RunStore&&) noexcept;
    RunStore& operator=(RunStore&&) noexcept;
    ~RunStore();

    const std::filesystem::path& path() const;
    [[nodiscard]] Result<RunHeader> header() const;
    /// By id. Together with generations() not one snapshot: while another process writes, read the
    /// generations first.
    [[nodiscard]] Result<std::vector<StoredDesign>> designs() const;
    /// By generation.
    [[nodiscard]] Result<std::vector<GenerationRecord>> generations() const;
    /// Whether the search came to its own end; resuming it would change nothing.
    [[nodiscard]] Result<bool> is_finished() const;
    /// Why the search ended; empty when it has not.
    [[nodiscard]] Result<std::string> finish_reason() const;
    [[nodiscard]] Result<void> mark_finished(std::string_view reason = "end of the algorithm");
    /// By key.
    [[nodiscard]] Result<std::vector<StoredResult>> results() const;
    /// Adds one generation with its new designs and results in one transaction; a result whose key is there
    /// stays as it is. On an error nothing of it is stored and everything earlier is intact. Errors: disk
    /// full, not writable, stored already.
    [[nodiscard]] Result<void> add_generation(const GenerationRecord& generation,
                                              const std::vector<StoredDesign>& designs,
                                              const std::vector<StoredResult>& results = {});

  private:
    struct Connection;
    explicit RunStore(std::unique_ptr<Connection> connection);
    std::unique_ptr<Connection> connection_;
};

} // namespace tandem
