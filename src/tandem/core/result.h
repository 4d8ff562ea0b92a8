// Results and errors. A function that can fail because of the outside world returns Result<T>;
// a design that does not fit is an Outcome<T>, which is a value and no error.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

namespace tandem {

/// One thing that is wrong with the outside: where it is, what was found, what was expected.
/// Empty parts are left out when it is printed.
struct Problem {
    std::string file;     ///< path as the user gave it, or the option's name
    std::string place;    ///< node, key, line or byte offset inside the file
    std::string found;    ///< what is there
    std::string expected; ///< what would have been right, or the remedy

    bool operator==(const Problem&) const = default;
};

/// What kind of failure it is; `main` turns it into the exit status.
enum class ErrorKind {
    bad_input,  ///< the user's file, option or value is wrong: exit 2
    failed,     ///< a tool, the disk or the system refused: exit 1
    interrupted ///< stopped by the user, can be resumed: exit 130
};

/// An error is a kind and every problem found, never just the first of them.
struct Error {
    ErrorKind kind = ErrorKind::failed;
    std::vector<Problem> problems;

    bool operator==(const Error&) const = default;
};

template <class T> using Result = tl::expected<T, Error>;

/// Why a design does not fit. Common, cheap and stored like any other result.
struct Infeasible {
    std::string reason;

    bool operator==(const Infeasible&) const = default;
};

template <class T> using Outcome = tl::expected<T, Infeasible>;

/// The error of one bad input; use as `return bad_input(...)`.
tl::unexpected<Error> bad_input(std::string file, std::string place, std::string found, std::string expected);

/// The error of a tool, a disk or a system that refused.
tl::unexpected<Error> failed(std::string file, std::string place, std::string found, std::string expected);

/// The error of many problems at once. The list must not be empty.
tl::unexpected<Error> bad_input(std::vector<Problem> problems);

/// "job.yaml: machine.size_bytes: found -4, expected a positive integer". Always one line: control
/// characters are written out, as "\n" and "\x1b".
std::string to_string(const Problem& problem);

/// One line a problem, without a newline at the end.
std::string to_string(const Error& error);

/// The known word nearest to `word` by edit distance, or empty when none is near enough to be a slip.
std::string nearest_word(std::string_view word, const std::vector<std::string>& known);

/// "'spacial'; did you mean 'spatial'?", or the quoted word alone when nothing is near.
std::string with_suggestion(std::string_view word, const std::vector<std::string>& known);

template <class T, class E> T take_value(tl::expected<T, E>&& result) { return std::move(result).value(); }
template <class E> void take_value(tl::expected<void, E>&&) {}

} // namespace tandem

/// Yields the value of a Result or Outcome, or returns its error to the caller. One to an
/// expression: nesting shadows.
#define TANDEM_TRY(expression)                                                                               \
    __extension__({                                                                                          \
        auto result_ = (expression);                                                                         \
        if (!result_) return tl::unexpected(std::move(result_).error());                                     \
        ::tandem::take_value(std::move(result_));                                                            \
    })
