#include "tandem/report/live_server.h"

#include <chrono>
#include <thread>

#include <gtest/gtest.h>
#include <httplib.h>

namespace tandem {
namespace {

struct Answer {
    int status = 0;
    std::string body;
    std::string type;
};

/// Asks until the server listens.
Answer ask(const LiveServer& server, const std::string& path, const httplib::Headers& headers = {}) {
    std::string address = server.address();
    address.pop_back();
    httplib::Client client(address);
    for (int attempt = 0; attempt < 100; ++attempt) {
        if (const auto answer = client.Get(path.c_str(), headers)) {
            return {answer->status, answer->body, answer->get_header_value("Content-Type")};
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return {};
}

LiveContents contents() {
    return {.page = [] { return std::string("<p>here</p>"); },
            .run = [calls = 0]() mutable { return "{\"call\":" + std::to_string(++calls) + "}"; }};
}

TEST(LiveServer, ServesThePageAndTheRunAsItIsNow) {
    const auto server = LiveServer::start(0, contents());
    ASSERT_TRUE(server.has_value());
    EXPECT_EQ(ask(*server, "/").body, "<p>here</p>");
    EXPECT_EQ(ask(*server, "/").type, "text/html; charset=utf-8");
    EXPECT_EQ(ask(*server, "/run.json").body, "{\"call\":1}");
    EXPECT_EQ(ask(*server, "/run.json").body, "{\"call\":2}");
    EXPECT_EQ(ask(*server, "/front.json").status, 404);
}

TEST(LiveServer, IsForThisMachineAlone) {
    const auto server = LiveServer::start(0, contents());
    ASSERT_TRUE(server.has_value());
    EXPECT_EQ(server->address().substr(0, 17), "http://127.0.0.1:");
    EXPECT_EQ(ask(*server, "/run.json", {{"Host", "elsewhere.example"}}).status, 403);
}

TEST(LiveServer, ReadsAndNeverWrites) {
    const auto server = LiveServer::start(0, contents());
    ASSERT_TRUE(server.has_value());
    ASSERT_EQ(ask(*server, "/").status, 200);
    std::string address = server->address();
    address.pop_back();
    httplib::Client client(address);
    EXPECT_EQ(client.Post("/run.json", "{}", "application/json")->status, 404);
    EXPECT_EQ(client.Delete("/")->status, 404);
}

TEST(LiveServer, SaysSoWhenItCannotListen) {
    const auto first = LiveServer::start(0, contents());
    ASSERT_TRUE(first.has_value());
    const std::string address = first->address(); // http://127.0.0.1:PORT/
    const int taken = std::stoi(address.substr(address.rfind(':') + 1));
    for (const int port : {taken, 70000}) { // ports end at 65535
        const auto refused = LiveServer::start(port, contents());
        ASSERT_FALSE(refused.has_value()) << port;
        EXPECT_EQ(refused.error().kind, ErrorKind::failed);
    }
}

} // namespace
} // namespace tandem
