// The schema is small and plain, so that `sqlite3 run.sqlite` answers questions without Tandem:
// genomes, objectives and proposals are JSON lists (json_extract reads them), and as text their
// doubles come back bit for bit, signed zero included, which a REAL column would lose.
#include "tandem/search/run_store.h"

#include <charconv>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tandem/core/check.h"
#include "tandem/search/sqlite.h"

namespace tandem {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kApplicationId = 0x546E646D; ///< "Tndm", in the file's header
constexpr std::int64_t kSchemaVersion = 3;

constexpr const char* kSchema = R"(
    PRAGMA application_id = 1416520813;
    PRAGMA user_version = 3;
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE genes (position INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE objectives (position INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE designs (
        id INTEGER PRIMARY KEY,
        generation INTEGER NOT NULL,
        genome TEXT NOT NULL UNIQUE,
        objectives TEXT NOT NULL,
        violation REAL NOT NULL,
        infeasible TEXT,
        details TEXT NOT NULL,
        seconds REAL NOT NULL,
        started REAL NOT NULL,
        worker TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        version TEXT NOT NULL);
    CREATE TABLE guesses (position INTEGER PRIMARY KEY, genome TEXT NOT NULL);
    CREATE TABLE generations (
        generation INTEGER PRIMARY KEY,
        proposed TEXT NOT NULL,
        hypervolume REAL NOT NULL,
        seconds REAL NOT NULL,
        evaluated INTEGER NOT NULL);
    CREATE TABLE results (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
)";

/// From version 1, which knew neither who evaluated a design and when nor first guesses.
constexpr const char* kMigrationFrom1 = R"(
    ALTER TABLE designs ADD COLUMN started REAL NOT NULL DEFAULT 0;
    ALTER TABLE designs ADD COLUMN worker TEXT NOT NULL DEFAULT '';
    ALTER TABLE designs ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE designs ADD COLUMN version TEXT NOT NULL DEFAULT '';
    UPDATE designs SET version = (SELECT value FROM meta WHERE key = 'version');
    CREATE TABLE guesses (position INTEGER PRIMARY KEY, genome TEXT NOT NULL);
    PRAGMA user_version = 2;
)";

/// From version 2, which kept no results.
constexpr const char* kMigrationFrom2 = R"(
    CREATE TABLE results (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    PRAGMA user_version = 3;
)";

template <class Number> std::string list_text(std::span<const Number> numbers) {
    return fmt::format("[{}]", fmt::join(numbers, ","));
}

/// The numbers of list_text; nothing when the text is no such list.
template <class Number> std::optional<std::vector<Number>> parse_list(std::string_view text) {
    if (text.size() < 2 || text.front() != '[' || text.back() != ']') return std::nullopt;
    std::vector<Number> numbers;
    const char* here = text.data() + 1;
    const char* const end = text.data() + text.size() - 1;
    while (here != end) {
        if (!numbers.empty() && *here++ != ',') return std::nullopt;
        Number number{};
        const auto [next, code] = std::from_chars(here, end, number);
        if (code != std::errc()) return std::nullopt;
        numbers.push_back(number);
        here = next;
    }
    return numbers;
}

tl::unexpected<Error> damaged(const fs::path& path, std::string place, std::string found,
                              std::string expected) {
    return bad_input(path.string(), std::move(place), std::move(found),
                     std::move(expected) + "; the store is damaged");
}

Result<std::string> meta_value(const SqliteDatabase& database, std::string_view key) {
    SqliteStatement statement = TANDEM_TRY(database.prepare("SELECT value FROM meta WHERE key = ?"));
    TANDEM_TRY(statement.bind({key}));
    const bool has_row = TANDEM_TRY(statement.step());
    if (!has_row) return damaged(database.path(), "table meta", fmt::format("no '{}'", key), "one");
    return statement.text(0);
}

Result<std::vector<std::string>> column_of_texts(const SqliteDatabase& database, std::string_view sql) {
    SqliteStatement statement = TANDEM_TRY(database.prepare(sql));
    std::vector<std::string> texts;
    while (TANDEM_TRY(statement.step())) texts.push_back(statement.text(0));
    return texts;
}

Result<std::vector<Genome>> read_guesses(const SqliteDatabase& database, std::size_t genes) {
    std::vector<Genome> guesses;
    for (const std::string& text :
         TANDEM_TRY(column_of_texts(database, "SELECT genome FROM guesses ORDER BY position"))) {
        std::optional<Genome> genome = parse_list<int>(text);
        if (!genome || genome->size() != genes) {
            return damaged(database.path(), "table guesses", fmt::format("genome '{}'", text),
                           fmt::format("a list of {} alleles", genes));
        }
        guesses.push_back(*std::move(genome));
    }
    return guesses;
}

Result<RunHeader> read_header(const SqliteDatabase& database, std::int64_t schema_version) {
    RunHeader header;
    header.job = TANDEM_TRY(meta_value(database, "job"));
    header.version = TANDEM_TRY(meta_value(database, "version"));
    header.gene_names = TANDEM_TRY(column_of_texts(database, "SELECT name FROM genes ORDER BY position"));
    header.objective_names =
        TANDEM_TRY(column_of_texts(database, "SELECT name FROM objectives ORDER BY position"));
    if (schema_version >= 2) {
        header.first_guesses = TANDEM_TRY(read_guesses(database, header.gene_names.size()));
    }
    return header;
}

Result<void> write_names(SqliteDatabase& database, std::string_view sql,
                         const std::vector<std::string>& names) {
    for (std::size_t i = 0; i < names.size(); ++i) {
        TANDEM_TRY(database.run(sql, {static_cast<std::int64_t>(i), std::string_view(names[i])}));
    }
    return {};
}

/// Schema and header, in one transaction, in a new file at `path`.
Result<void> write_new(const fs::path& path, const RunHeader& header) {
    SqliteDatabase database = TANDEM_TRY(SqliteDatabase::open(path, SqliteDatabase::Missing::create));
    TANDEM_TRY(database.execute("PRAGMA synchronous = FULL"));
    SqliteTransaction transaction = TANDEM_TRY(SqliteTransaction::begin(database));
    TANDEM_TRY(database.execute(kSchema));
    const std::string_view add_meta = "INSERT INTO meta VALUES (?, ?)";
    TANDEM_TRY(database.run(add_meta, {"job", std::string_view(header.job)}));
    TANDEM_TRY(database.run(add_meta, {"version", std::string_view(header.version)}));
    TANDEM_TRY(write_names(database, "INSERT INTO genes VALUES (?, ?)", header.gene_names));
    TANDEM_TRY(write_names(database, "INSERT INTO objectives VALUES (?, ?)", header.objective_names));
    std::vector<std::string> guesses;
    for (const Genome& guess : header.first_guesses)
        guesses.push_back(list_text(std::span<const int>(guess)));
    TANDEM_TRY(write_names(database, "INSERT INTO guesses VALUES (?, ?)", guesses));
    return transaction.commit();
}

/// The schema version; refuses what is no run's store, or a damaged one.
Result<std::int64_t> check_store(const SqliteDatabase& database) {
    const std::string file = database.path().string();
    const std::int64_t application = TANDEM_TRY(database.integer("PRAGMA application_id"));
    if (application != kApplicationId) {
        return bad_input(file, "", "an SQLite database that Tandem did not write", "a run's store");
    }
    const std::int64_t version = TANDEM_TRY(database.integer("PRAGMA user_version"));
    if (version > kSchemaVersion) {
        return bad_input(file, "", fmt::format("a store of schema version {}", version),
                         fmt::format("at most {}; a newer Tandem wrote it", kSchemaVersion));
    }
    if (version < 1) return damaged(database.path(), "", "no schema version", "one");
    // SQLite takes what is missing of an empty last page for zeros.
    const std::int64_t page_bytes = TANDEM_TRY(database.integer("PRAGMA page_size"));
    std::error_code code;
    const std::uintmax_t bytes = fs::file_size(database.path(), code);
    if (!code && page_bytes > 0 && bytes % static_cast<std::uintmax_t>(page_bytes) != 0) {
        return damaged(database.path(), "", fmt::format("{} bytes", bytes),
                       fmt::format("whole pages of {} bytes", page_bytes));
    }
    const std::vector<std::string> findings =
        TANDEM_TRY(column_of_texts(database, "PRAGMA integrity_check(1)"));
    if (findings != std::vector<std::string>{"ok"}) {
        const std::string finding = findings.empty() ? "no answer" : findings.front();
        return bad_input(file, "", fmt::format("a damaged SQLite database ({})", finding),
                         "an undamaged copy");
    }
    return version;
}

} // namespace

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
        return migrate();
    }

    /// All steps to today's schema in one transaction: a store is of one version or another.
    Result<void> migrate() {
        if (schema_version == kSchemaVersion) return {};
        SqliteTransaction transaction = TANDEM_TRY(SqliteTransaction::begin(database));
        // Another process may have been here since the store was opened.
        const std::int64_t present = TANDEM_TRY(database.integer("PRAGMA user_version"));
        if (present == 1) TANDEM_TRY(database.execute(kMigrationFrom1));
        if (present <= 2) TANDEM_TRY(database.execute(kMigrationFrom2));
        TANDEM_TRY(transaction.commit());
        schema_version = kSchemaVersion;
        return {};
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
    Result<void> written = write_new(part, header);
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
