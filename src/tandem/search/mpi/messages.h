// What driver and workers say to each other, as bytes. All processes of a job run the same program on
// machines of one byte order, so numbers travel as they lie in memory. Inside the search room only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tandem/search/crew.h"

namespace tandem {

/// "Evaluate this."
struct TaskMessage {
    std::int64_t task = 0;
    Genome genome;

    bool operator==(const TaskMessage&) const = default;
};

/// "This came out", or the message of the exception that did.
struct AnswerMessage {
    std::int64_t task = 0;
    Answer answer;
    std::string exception; ///< empty: none
};

/// "I am here": who, how many evaluations at once, and of what job.
struct HelloMessage {
    std::string worker;
    std::int64_t slots = 1;
    std::string job;

    bool operator==(const HelloMessage&) const = default;
};

std::string to_bytes(const TaskMessage& message);
std::string to_bytes(const AnswerMessage& message);
std::string to_bytes(const HelloMessage& message);

/// Nothing when the bytes are no such message.
std::optional<TaskMessage> parse_task(std::string_view bytes);
std::optional<AnswerMessage> parse_answer(std::string_view bytes);
std::optional<HelloMessage> parse_hello(std::string_view bytes);

} // namespace tandem
