// Messages between two processes that never wait for the other: what is sent may be lost with its
// receiver, and nothing here notices. Inside the search room only.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>

namespace tandem {

enum class MpiTag : int { hello = 1, task, answer, beat, leave, refused };

struct MpiMessage {
    int from = 0;
    MpiTag tag = MpiTag::beat;
    std::string bytes;
};

/// All calls come from one thread.
class MpiLink {
  public:
    void send(int to, MpiTag tag, std::string bytes);
    /// The next message that has come, if there is one.
    std::optional<MpiMessage> receive();
    /// Forgets what was sent and has left; whether anything is still on its way.
    bool has_unsent();

  private:
    struct Outgoing; ///< its bytes stay until MPI has taken them
    std::list<std::shared_ptr<Outgoing>> outgoing_;
};

} // namespace tandem
