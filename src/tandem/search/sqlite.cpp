#include "tandem/search/sqlite.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

#include "tandem/core/check.h"

namespace tandem {

namespace {

/// Readers hold the store for milliseconds; a writer that waits this long waits for a dead or
/// stopped process and had better say so.
constexpr int kBusyTimeoutMilliseconds = 5000;

constexpr std::string_view kResumable = "what was stored before is intact, and the run can be resumed";

int bind_one(sqlite3_stmt* statement, int index, const SqlValue& value) {
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        return sqlite3_bind_int64(statement, index, *integer);
    }
    if (const auto* real = std::get_if<double>(&value)) return sqlite3_bind_double(statement, index, *real);
    if (const auto* text = std::get_if<std::string_view>(&value)) {
        // A null pointer would bind NULL, and an empty view may hold one.
        return sqlite3_bind_text64(statement, index, text->empty() ? "" : text->data(), text->size(),
                                   SQLITE_STATIC, SQLITE_UTF8);
    }
    return sqlite3_bind_null(statement, index);
}

} // namespace

SqliteConnection::~SqliteConnection() { sqlite3_close(handle); }

tl::unexpected<Error> SqliteConnection::error(int code) const {
    const std::string file = path.string();
    const int system_code = sqlite3_system_errno(handle);
    const auto no_space = [&] {
        return failed(file, "", "no space left on the disk", fmt::format("free space; {}", kResumable));
    };
    switch (code & 0xFF) { // the primary code; the rest tells where inside SQLite
    case SQLITE_FULL: return no_space();
    case SQLITE_IOERR:
        if (system_code == ENOSPC || system_code == EDQUOT) return no_space();
        return failed(file, "",
                      fmt::format("an input or output error ({})",
                                  system_code != 0 ? std::strerror(system_code) : sqlite3_errstr(code)),
                      fmt::format("a working disk; {}", kResumable));
    case SQLITE_NOTADB: return bad_input(file, "", "a file that is no SQLite database", "a run's store");
    case SQLITE_CORRUPT:
        return bad_input(file, "", fmt::format("a damaged SQLite database ({})", sqlite3_errmsg(handle)),
                         "an undamaged copy");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return failed(file, "", "a store in use by another process", "a free one; wait for that process");
    case SQLITE_READONLY:
    case SQLITE_PERM: return failed(file, "", "a file that cannot be written", "permission to write it");
    case SQLITE_CANTOPEN:
        return failed(file, "",
                      fmt::format("a file that cannot be opened ({})",
                                  system_code != 0 ? std::strerror(system_code) : sqlite3_errmsg(handle)),
                      "a file and a folder that can be read and written");
    default: return failed(file, "", fmt::format("an SQLite error ({})", sqlite3_errmsg(handle)), "");
    }
}

void SqliteStatement::Finalize::operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }

Result<void> SqliteStatement::bind(std::initializer_list<SqlValue> values) {
    sqlite3_reset(handle_.get()); // repeats the error of the last step, which was returned then
    int index = 0;
    for (const SqlValue& value : values) {
        const int code = bind_one(handle_.get(), ++index, value);
        if (code != SQLITE_OK) return connection_->error(code);
    }
    TANDEM_CHECK(index == sqlite3_bind_parameter_count(handle_.get()), "every parameter needs a value");
    return {};
}

Result<bool> SqliteStatement::step() {
    const int code = sqlite3_step(handle_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return connection_->error(code);
}

std::int64_t SqliteStatement::integer(int column) const {
    return sqlite3_column_int64(handle_.get(), column);
}

double SqliteStatement::real(int column) const { return sqlite3_column_double(handle_.get(), column); }

std::string SqliteStatement::text(int column) const {
    const void* bytes = sqlite3_column_blob(handle_.get(), column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column));
    return size == 0 ? std::string() : std::string(static_cast<const char*>(bytes), size);
}

bool SqliteStatement::is_null(int column) const {
    return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

Result<SqliteDatabase> SqliteDatabase::open(const std::filesystem::path& path, Missing missing) {
    SqliteDatabase database;
    database.connection_ = std::make_unique<SqliteConnection>();
    SqliteConnection& connection = *database.connection_;
    connection.path = path;
    const int flags = SQLITE_OPEN_READWRITE | (missing == Missing::create ? SQLITE_OPEN_CREATE : 0);
    const int code = sqlite3_open_v2(path.c_str(), &connection.handle, flags, nullptr);
    if (code != SQLITE_OK) return connection.error(code);
    sqlite3_extended_result_codes(connection.handle, 1);
    sqlite3_busy_timeout(connection.handle, kBusyTimeoutMilliseconds);
    return database;
}

Result<void> SqliteDatabase::execute(const char* sql) {
    const int code = sqlite3_exec(connection_->handle, sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return connection_->error(code);
    return {};
}

Result<SqliteStatement> SqliteDatabase::prepare(std::string_view sql) const {
    sqlite3_stmt* handle = nullptr;
    const int code =
        sqlite3_prepare_v2(connection_->handle, sql.data(), static_cast<int>(sql.size()), &handle, nullptr);
    if (code != SQLITE_OK) return connection_->error(code);
    return SqliteStatement(*connection_, handle);
}

Result<void> SqliteDatabase::run(std::string_view sql, std::initializer_list<SqlValue> values) {
    SqliteStatement statement = TANDEM_TRY(prepare(sql));
    TANDEM_TRY(statement.bind(values));
    while (TANDEM_TRY(statement.step())) {
    }
    return {};
}

Result<std::int64_t> SqliteDatabase::integer(std::string_view sql) const {
    SqliteStatement statement = TANDEM_TRY(prepare(sql));
    const bool has_row = TANDEM_TRY(statement.step());
    return has_row ? statement.integer(0) : 0;
}

Result<SqliteTransaction> SqliteTransaction::begin(SqliteDatabase& database) {
    // Immediate: whoever cannot write learns it here and not at the commit.
    TANDEM_TRY(database.execute("BEGIN IMMEDIATE"));
    return SqliteTransaction(database);
}

SqliteTransaction::SqliteTransaction(SqliteTransaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

SqliteTransaction::~SqliteTransaction() {
    // A failed statement may have rolled back already; then this finds nothing to do, which is fine.
    if (database_ != nullptr) static_cast<void>(database_->execute("ROLLBACK"));
}

Result<void> SqliteTransaction::commit() {
    TANDEM_TRY(database_->execute("COMMIT"));
    database_ = nullptr;
    return {};
}

} // namespace tandem
