// A thin, owning view of SQLite: connections, prepared statements, transactions, and its failures
// as errors that name the file and the remedy. Inside the search room only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "tandem/core/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace tandem {

/// What a parameter is bound to. Text must outlive the statement's next step.
using SqlValue = std::variant<std::nullptr_t, std::int64_t, double, std::string_view>;

/// An open database, and what is needed to speak about it.
struct SqliteConnection {
    std::filesystem::path path;
    sqlite3* handle = nullptr;

    SqliteConnection() = default;
    SqliteConnection(const SqliteConnection&) = delete;
    SqliteConnection& operator=(const SqliteConnection&) = delete;
    ~SqliteConnection();

    /// The error that the last call met, whose extended result code is `code`.
    tl::unexpected<Error> error(int code) const;
};

/// A prepared statement. Must go before its database.
class SqliteStatement {
  public:
    SqliteStatement(const SqliteConnection& connection, sqlite3_stmt* handle)
        : connection_(&connection), handle_(handle) {}

    /// Starts over with these parameters.
    [[nodiscard]] Result<void> bind(std::initializer_list<SqlValue> values);
    /// Goes on to the next row; false when there is none.
    [[nodiscard]] Result<bool> step();

    std::int64_t integer(int column) const;
    double real(int column) const;
    std::string text(int column) const;
    bool is_null(int column) const;

  private:
    struct Finalize {
        void operator()(sqlite3_stmt* handle) const;
    };
    const SqliteConnection* connection_;
    std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

class SqliteDatabase {
  public:
    enum class Missing { refuse, create };

    /// Opens for writing where the file allows it, else for reading.
    [[nodiscard]] static Result<SqliteDatabase> open(const std::filesystem::path& path, Missing missing);

    const std::filesystem::path& path() const { return connection_->path; }

    /// Runs statements, separated by semicolons, that yield nothing of interest.
    [[nodiscard]] Result<void> execute(const char* sql);
    [[nodiscard]] Result<SqliteStatement> prepare(std::string_view sql) const;
    /// Runs one statement with these parameters to its end.
    [[nodiscard]] Result<void> run(std::string_view sql, std::initializer_list<SqlValue> values);
    /// The integer in the first column of the first row; 0 when there is no row.
    [[nodiscard]] Result<std::int64_t> integer(std::string_view sql) const;

  private:
    SqliteDatabase() = default;
    std::unique_ptr<SqliteConnection> connection_; // its address stays when the database moves
};

/// A transaction: nothing of it is stored unless commit() succeeds.
class SqliteTransaction {
  public:
    [[nodiscard]] static Result<SqliteTransaction> begin(SqliteDatabase& database);
    SqliteTransaction(SqliteTransaction&& other) noexcept;
    SqliteTransaction& operator=(SqliteTransaction&&) = delete;
    ~SqliteTransaction();

    [[nodiscard]] Result<void> commit();

  private:
    explicit SqliteTransaction(SqliteDatabase& database) : database_(&database) {}
    SqliteDatabase* database_;
};

} // namespace tandem
