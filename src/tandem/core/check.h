// Invariants. TANDEM_CHECK judges our own code, never a user's input: a failure is a defect of
// Tandem and ends in exit status 3. It stays on in release builds.
#pragma once

#include <stdexcept>
#include <string>

namespace tandem {

/// A broken invariant. Only `main` catches it.
class InternalError : public std::logic_error {
  public:
    using std::logic_error::logic_error;
};

/// Throws InternalError with the place and the message; called by TANDEM_CHECK.
[[noreturn]] void fail_check(const char* file, int line, const char* condition, const std::string& message);

} // namespace tandem

#define TANDEM_CHECK(condition, message)                                                                     \
    do {                                                                                                     \
        if (!(condition)) ::tandem::fail_check(__FILE__, __LINE__, #condition, (message));                   \
    } while (false)
