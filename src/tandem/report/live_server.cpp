#include "tandem/report/live_server.h"

#include <mutex>
#include <thread>

#include <fmt/format.h>
#include <httplib.h>

namespace tandem {

namespace {

constexpr const char* kLoopback = "127.0.0.1";
/// A reader or two: the search wants the processors.
constexpr std::size_t kThreads = 2;

} // namespace

struct LiveServer::State {
    httplib::Server server;
    LiveContents contents;
    std::mutex mutex; ///< over `contents`
    int port = 0;
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
    state->server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    state->serve("/", "text/html; charset=utf-8", state->contents.page);
    state->serve("/run.json", "application/json", state->contents.run);
    const bool is_bound = port == 0 ? (state->port = state->server.bind_to_any_port(kLoopback)) > 0
                                    : state->server.bind_to_port(kLoopback, state->port = port);
    if (!is_bound) {
        return failed(fmt::format("{}:{}", kLoopback, port), "", "a port that cannot be listened on",
                      "a free one; 0 takes any");
    }
    state->thread = std::thread([server = &state->server] { server->listen_after_bind(); });
    return LiveServer(std::move(state));
}

LiveServer::LiveServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
LiveServer::LiveServer(LiveServer&&) noexcept = default;
LiveServer::~LiveServer() = default;

std::string LiveServer::address() const { return fmt::format("http://{}:{}/", kLoopback, state_->port); }

} // namespace tandem
