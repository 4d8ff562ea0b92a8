#include "tandem/search/run_store.h"

#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/search/run_store_file.h"

namespace tandem {

namespace fs = std::filesystem;

struct RunStore::Connection {
    enum class State { reading, writing };

    SqliteDatabase database;
    RunHeader header;
    std::int64_t schema_version;
    State state = State::reading;

    /// Makes the connection fit to write, at its first write.
    ///
    /// The write-ahead log lets others read while we write, and a killed process leaves a log whose
    /// unfinished end the next one ignores. `synchronous = NORMAL` would never corrupt the file
    /// either, but a power cut could take every generation since the last checkpoint; FULL syncs
    /// the log at each commit and so loses none, for a few milliseconds a generation. The
    /// checkpoint after every commit keeps at most one generation in the log, so the file alone is
    /// nearly the whole run at any moment. Where the file system cannot hold such a log, SQLite
    /// keeps its rollback journal, which is as durable.
    Result<void> start_writing() {
        if (state == State::writing) return {};
        TANDEM_TRY(database.execute("PRAGMA journal_mode = WAL"));
        TANDEM_TRY(database.execute("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1"));
        state = State::writing;
        return migrate_store(database, schema_version);
    }

    Connection(SqliteDatabase open_database, RunHeader known_header, std::int64_t version)
        : database(std::move(open_database)), header(std::move(known_header)), schema_version(version) {}
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() {
        // Leaves one plain file, which also reads from a disk or folder that cannot be written. If
        // that fails (a reader, a full disk), nothing is lost: the log stays beside the file.
        if (state == State::writing) static_cast<void>(database.execute("PRAGMA journal_mode = DELETE"));
    }
};

RunStore::RunStore(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
RunStore::RunStore(RunStore&&) noexcept = default;
RunStore& RunStore::operator=(RunStore&&) noexcept = default;
RunStore::~RunStore() = default;

Result<RunStore> RunStore::create(const fs::path& path, const RunHeader& header) {
    std::error_code code;
    if (fs::exists(path, code)) {
        return bad_input(path.string(), "", "a file that exists already", "a new name");
    }
    // Written under another name first, so that the path never holds a store without its header. A
    // killed process may have left such a file; its journal would be played into ours.
    const fs::path part = path.string() + ".part";
    fs::remove(part, code);
    fs::remove(part.string() + "-journal", code);
    Result<void> written = write_new_store(part, header);
    if (written) {
        fs::rename(part, path, code);
        if (code) written = failed(path.string(), "", code.message(), "a folder that can be written");
    }
    if (!written) {
        // The user knows the path, not the name it has while it is made.
        for (Problem& problem : written.error().problems) problem.file = path.string();
        fs::remove(part, code);
        return tl::unexpected(std::move(written).error());
    }
    return open(path);
}

Result<RunStore> RunStore::open(const fs::path& path) {
    std::error_code code;
    const fs::file_status status = fs::status(path, code);
    if (!fs::exists(status)) return bad_input(path.string(), "", "no such file", "a run's store");
    if (!fs::is_regular_file(status)) {
        return bad_input(path.string(), "", "something that is no file", "a run's store");
    }
    if (fs::file_size(path, code) == 0 && !code) {
        return bad_input(path.string(), "", "an empty file", "a run's store");
    }
    SqliteDatabase database = TANDEM_TRY(SqliteDatabase::open(path, SqliteDatabase::Missing::refuse));
    const std::int64_t version = TANDEM_TRY(check_store(database));
    RunHeader header = TANDEM_TRY(read_header(database, version));
    return RunStore(std::make_unique<Connection>(std::move(database), std::move(header), version));
}

const fs::path& RunStore::path() const { return connection_->database.path(); }

Result<RunHeader> RunStore::header() const { return connection_->header; }

Result<std::vector<StoredDesign>> RunStore::designs() const {
    const SqliteDatabase& database = connection_->database;
    const std::size_t genes = connection_->header.gene_names.size();
    const std::size_t objectives = connection_->header.objective_names.size();
    const bool is_first_version = connection_->schema_version == 1;
    SqliteStatement row = TANDEM_TRY(database.prepare(
        fmt::format("SELECT id, generation, genome, objectives, violation, infeasible, details, seconds, {} "
                    "FROM designs ORDER BY id",
                    is_first_version ? "0.0, '', 1, (SELECT value FROM meta WHERE key = 'version')"
                                     : "started, worker, attempt, version")));
    std::vector<StoredDesign> designs;
    while (TANDEM_TRY(row.step())) {
        StoredDesign design;
        design.id = row.integer(0);
        design.generation = row.integer(1);
        const std::string place = fmt::format("design {}", design.id);
        if (design.id != static_cast<std::int64_t>(designs.size()) + 1) {
            return damaged(database.path(), place, "a gap before it", "ids without gaps");
        }
        const std::optional<Genome> genome = parse_list<int>(row.text(2));
        if (!genome || genome->size() != genes) {
            return damaged(database.path(), place, fmt::format("genome '{}'", row.text(2)),
                           fmt::format("a list of {} alleles", genes));
        }
        design.genome = *genome;
        const bool is_infeasible = !row.is_null(5);
        const std::size_t expected = is_infeasible ? 0 : objectives;
        const std::optional<std::vector<double>> values = parse_list<double>(row.text(3));
        if (!values || values->size() != expected) {
            return damaged(database.path(), place, fmt::format("objectives '{}'", row.text(3)),
                           fmt::format("a list of {} numbers", expected));
        }
        design.evaluation.objectives = *values;
        design.evaluation.violation = row.real(4);
        if (is_infeasible) design.evaluation.infeasible = Infeasible{row.text(5)};
        design.evaluation.details = row.text(6);
        design.seconds = row.real(7);
        design.started = row.real(8);
        design.worker = row.text(9);
        design.attempt = row.integer(10);
        design.version = row.text(11);
        designs.push_back(std::move(design));
    }
    return designs;
}

Result<std::vector<GenerationRecord>> RunStore::generations() const {
    const SqliteDatabase& database = connection_->database;
    SqliteStatement row = TANDEM_TRY(
        database.prepare("SELECT generation, proposed, hypervolume, seconds, evaluated FROM generations "
                         "ORDER BY generation"));
    std::vector<GenerationRecord> generations;
    while (TANDEM_TRY(row.step())) {
        GenerationRecord generation;
        generation.generation = row.integer(0);
        const std::string place = fmt::format("generation {}", generation.generation);
        if (generation.generation != static_cast<std::int64_t>(generations.size())) {
            return damaged(database.path(), place, "a gap before it", "generations without gaps");
        }
        const std::optional<std::vector<std::int64_t>> proposed = parse_list<std::int64_t>(row.text(1));
        if (!proposed) {
            return damaged(database.path(), place, fmt::format("proposals '{}'", row.text(1)),
                           "a list of design ids");
        }
        generation.proposed = *proposed;
        generation.hypervolume = row.real(2);
        generation.seconds = row.real(3);
        generation.evaluated = row.integer(4);
        generations.push_back(std::move(generation));
    }
    return generations;
}

Result<std::vector<StoredResult>> RunStore::results() const {
    std::vector<StoredResult> results;
    if (connection_->schema_version < 3) return results;
    SqliteStatement row =
        TANDEM_TRY(connection_->database.prepare("SELECT key, value FROM results ORDER BY key"));
    while (TANDEM_TRY(row.step())) results.push_back({.key = row.text(0), .value = row.text(1)});
    return results;
}

Result<bool> RunStore::is_finished() const {
    const std::int64_t marks =
        TANDEM_TRY(connection_->database.integer("SELECT count(*) FROM meta WHERE key = 'finished'"));
    return marks > 0;
}

Result<std::string> RunStore::finish_reason() const {
    const bool finished = TANDEM_TRY(is_finished());
    return finished ? meta_value(connection_->database, "finished") : std::string();
}

Result<void> RunStore::mark_finished(std::string_view reason) {
    TANDEM_TRY(connection_->start_writing());
    return connection_->database.run("INSERT OR REPLACE INTO meta VALUES ('finished', ?)", {reason});
}

Result<void> RunStore::add_generation(const GenerationRecord& generation,
                                      const std::vector<StoredDesign>& designs,
                                      const std::vector<StoredResult>& results) {
    TANDEM_TRY(connection_->start_writing());
    SqliteDatabase& database = connection_->database;
    SqliteTransaction transaction = TANDEM_TRY(SqliteTransaction::begin(database));
    SqliteStatement add =
        TANDEM_TRY(database.prepare("INSERT INTO designs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    for (const StoredDesign& design : designs) {
        const Evaluation& evaluation = design.evaluation;
        TANDEM_CHECK(design.genome.size() == connection_->header.gene_names.size(),
                     "a stored genome has the run's genes");
        TANDEM_CHECK(evaluation.objectives.size() ==
                         (evaluation.infeasible ? 0 : connection_->header.objective_names.size()),
                     "a stored design has the run's objectives or a reason for having none");
        const std::string genome = list_text(std::span<const int>(design.genome));
        const std::string objectives = list_text(std::span<const double>(evaluation.objectives));
        SqlValue infeasible = nullptr;
        if (evaluation.infeasible) infeasible = std::string_view(evaluation.infeasible->reason);
        TANDEM_TRY(
            add.bind({design.id, design.generation, std::string_view(genome), std::string_view(objectives),
                      evaluation.violation, infeasible, std::string_view(evaluation.details), design.seconds,
                      design.started, std::string_view(design.worker), design.attempt,
                      std::string_view(design.version)}));
        TANDEM_TRY(add.step());
    }
    const std::string proposed = list_text(std::span<const std::int64_t>(generation.proposed));
    TANDEM_TRY(database.run("INSERT INTO generations VALUES (?, ?, ?, ?, ?)",
                            {generation.generation, std::string_view(proposed), generation.hypervolume,
                             generation.seconds, generation.evaluated}));
    for (const StoredResult& result : results) {
        TANDEM_TRY(database.run("INSERT OR IGNORE INTO results VALUES (?, ?)",
                                {std::string_view(result.key), std::string_view(result.value)}));
    }
    return transaction.commit();
}

} // namespace tandem
