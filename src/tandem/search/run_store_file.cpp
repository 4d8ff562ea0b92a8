// The schema is small and plain, so that `sqlite3 run.sqlite` answers questions without Tandem:
// genomes, objectives and proposals are JSON lists (json_extract reads them), and as text their
// doubles come back bit for bit, signed zero included, which a REAL column would lose.
#include "tandem/search/run_store_file.h"

#include <system_error>
#include <utility>

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

Result<void> write_names(SqliteDatabase& database, std::string_view sql,
                         const std::vector<std::string>& names) {
    for (std::size_t i = 0; i < names.size(); ++i) {
        TANDEM_TRY(database.run(sql, {static_cast<std::int64_t>(i), std::string_view(names[i])}));
    }
    return {};
}

} // namespace

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

Result<void> write_new_store(const fs::path& path, const RunHeader& header) {
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

Result<void> migrate_store(SqliteDatabase& database, std::int64_t& schema_version) {
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

} // namespace tandem
