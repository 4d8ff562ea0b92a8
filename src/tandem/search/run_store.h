// The run store: one SQLite file holds a run: its job, every evaluation, generations and timings.
// One transaction a generation, so a killed run loses at most the generation in progress.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
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

    bool operator==(const RunHeader&) const = default;
};

/// One design as it was evaluated.
struct StoredDesign {
    std::int64_t id = 0;         ///< from 1, in order of proposal
    std::int64_t generation = 0; ///< from 0
    Genome genome;
    Evaluation evaluation;
    double seconds = 0.0; ///< evaluation time
};

struct GenerationRecord {
    std::int64_t generation = 0;
    std::vector<std::int64_t> proposed; ///< design ids in proposal order, repeats included
    double hypervolume = 0.0;
    double seconds = 0.0;
    std::int64_t evaluated = 0; ///< new designs; the others were remembered
};

class RunStore {
  public:
    /// A new store; the file must not exist. Errors: disk full, not writable.
    [[nodiscard]] static Result<RunStore> create(const std::filesystem::path& path, const RunHeader& header);
    /// An existing store. Errors: missing, no SQLite file, a newer schema, damaged.
    [[nodiscard]] static Result<RunStore> open(const std::filesystem::path& path);
    RunStore(RunStore&&) noexcept;
    RunStore& operator=(RunStore&&) noexcept;
    ~RunStore();

    [[nodiscard]] Result<RunHeader> header() const;
    [[nodiscard]] Result<std::vector<StoredDesign>> designs() const;
    [[nodiscard]] Result<std::vector<GenerationRecord>> generations() const;
    /// Adds one generation with its new designs in one transaction.
    [[nodiscard]] Result<void> add_generation(const GenerationRecord& generation,
                                              const std::vector<StoredDesign>& designs);

  private:
    struct Connection;
    explicit RunStore(std::unique_ptr<Connection> connection);
    std::unique_ptr<Connection> connection_;
};

} // namespace tandem
