#include "tandem/report/live_server.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include <fmt/format.h>
#include <httplib.h>

namespace tandem {

namespace {

constexpr const char* kLoopback = "127.0.0.1";
/// A reader or two: the search wants the processors.
constexpr std::size_t kThreads = 2;
constexpr int kLargestPort = 65535; // beyond it the C library takes the remainder for the port

/// A port that is in use stays its owner's: httplib's own choice, SO_REUSEPORT, would share it.
void reuse_address_alone(socket_t socket) {
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
}

} // namespace

struct LiveServer::State {
    httplib::Server server;
    LiveContents contents;
    std::mutex mutex; ///< over `contents`
    int port = 0;
    std::atomic<bool> is_over = false; ///< the thread accepts no more
    std::thread thread;

    ~State() {
        server.stop();
        if (thread.joinable()) thread.join();
    }

    bool is_for_us(const httplib::Request& request) const {
        const std::string host = request.get_header_value("Host");
        return host == fmt::format("{}:{}", kLoopback, port) || host == fmt::format("localhost:{}", port);
    }

    void serve(const char* path, const char* type, const std::function<std::string()>& make) {
        server.Get(path, [this, type, &make](const httplib::Request& request, httplib::Response& response) {
            response.set_header("Cache-Control", "no-store");
            response.set_header("X-Content-Type-Options", "nosniff");
            response.set_header("Referrer-Policy", "no-referrer");
            if (!is_for_us(request)) {
                response.status = 403;
                return;
            }
            const std::lock_guard lock(mutex);
            response.set_content(make(), type);
        });
    }
};

Result<LiveServer> LiveServer::start(int port, LiveContents contents) {
    auto state = std::make_unique<State>();
    state->contents = std::move(contents);
    // The server deletes it. NOLINTNEXTLINE(cppcoreguidelines-owning-memory)
    state->server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    state->serve("/", "text/html; charset=utf-8", state->contents.page);
    state->serve("/run.json", "application/json", state->contents.run);
    state->server.set_socket_options(reuse_address_alone);
    const bool is_bound =
        port == 0 ? (state->port = state->server.bind_to_any_port(kLoopback)) > 0
                  : port <= kLargestPort && state->server.bind_to_port(kLoopback, state->port = port);
    if (!is_bound) {
        return failed(fmt::format("{}:{}", kLoopback, port), "", "a port that cannot be listened on",
                      "a free one; 0 takes any");
    }
    state->thread = std::thread([state = state.get()] {
        state->server.listen_after_bind();
        state->is_over = true;
    });
    // httplib's stop() stops nothing that has not begun, and the thread would be waited for without end.
    while (!state->server.is_running() && !state->is_over) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return LiveServer(std::move(state));
}

LiveServer::LiveServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
LiveServer::LiveServer(LiveServer&&) noexcept = default;
LiveServer::~LiveServer() = default;

std::string LiveServer::address() const { return fmt::format("http://{}:{}/", kLoopback, state_->port); }

} // namespace tandem
