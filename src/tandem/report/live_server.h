// A page that grows, served to this machine alone: read-only, on the loopback address.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tandem/core/result.h"

namespace tandem {

/// What the server answers with; called from its own threads, one call at a time.
struct LiveContents {
    std::function<std::string()> page; ///< HTML
    std::function<std::string()> run;  ///< JSON, the run so far
};

class LiveServer {
  public:
    /// Listens on 127.0.0.1 until the object goes. `port` 0 takes any free one. Answers GET and HEAD of
    /// `/` and `/run.json`, and only where the request names the loopback host: a page from elsewhere that
    /// has its name resolve to this machine is refused. Errors: the port is taken.
    [[nodiscard]] static Result<LiveServer> start(int port, LiveContents contents);
    LiveServer(LiveServer&&) noexcept;
    LiveServer& operator=(LiveServer&&) = delete;
    ~LiveServer();

    /// "http://127.0.0.1:40123/"
    std::string address() const;

  private:
    struct State;
    explicit LiveServer(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

} // namespace tandem
