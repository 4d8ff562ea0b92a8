#include "tandem/search/mpi/messages.h"

#include <cstring>
#include <type_traits>
#include <vector>

namespace tandem {

namespace {

class Writer {
  public:
    template <class Number>
    requires std::is_arithmetic_v<Number> Writer& add(Number number) {
        bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
        return *this;
    }
    Writer& add(std::string_view text) {
        add(static_cast<std::uint64_t>(text.size()));
        bytes_.append(text);
        return *this;
    }
    template <class Number> Writer& add(const std::vector<Number>& numbers) {
        add(static_cast<std::uint64_t>(numbers.size()));
        for (const Number number : numbers) add(number);
        return *this;
    }
    std::string take() { return std::move(bytes_); }

  private:
    std::string bytes_;
};

/// Reads what a Writer wrote; once something is missing, all that follows is nothing.
class Reader {
  public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    template <class Number> Number number() {
        Number value{};
        if (bytes_.size() < sizeof value) {
            is_whole_ = false;
            return value;
        }
        std::memcpy(&value, bytes_.data(), sizeof value);
        bytes_.remove_prefix(sizeof value);
        return value;
    }
    std::string text() {
        const std::uint64_t size = count(1);
        std::string value(bytes_.substr(0, size));
        bytes_.remove_prefix(size);
        return value;
    }
    template <class Number> std::vector<Number> numbers() {
        std::vector<Number> values(count(sizeof(Number)));
        for (Number& value : values) value = number<Number>();
        return values;
    }
    /// Whether everything was there and nothing is left.
    bool is_done() const { return is_whole_ && bytes_.empty(); }

  private:
    /// A length, which the rest must be able to hold.
    std::uint64_t count(std::size_t bytes_each) {
        const auto value = number<std::uint64_t>();
        if (value > bytes_.size() / bytes_each) is_whole_ = false;
        return is_whole_ ? value : 0;
    }

    std::string_view bytes_;
    bool is_whole_ = true;
};

} // namespace

std::string to_bytes(const TaskMessage& message) {
    return Writer().add(message.task).add(message.genome).take();
}

std::string to_bytes(const AnswerMessage& message) {
    const Evaluation& evaluation = message.answer.evaluation;
    return Writer()
        .add(message.task)
        .add(evaluation.objectives)
        .add(evaluation.violation)
        .add(static_cast<std::uint8_t>(evaluation.infeasible.has_value()))
        .add(evaluation.infeasible ? evaluation.infeasible->reason : std::string_view())
        .add(evaluation.details)
        .add(message.answer.seconds)
        .add(message.answer.started)
        .add(message.answer.worker)
        .add(message.answer.attempt)
        .add(message.exception)
        .take();
}

std::string to_bytes(const HelloMessage& message) {
    return Writer().add(message.worker).add(message.slots).add(message.job).take();
}

std::optional<TaskMessage> parse_task(std::string_view bytes) {
    Reader reader(bytes);
    TaskMessage message;
    message.task = reader.number<std::int64_t>();
    message.genome = reader.numbers<int>();
    if (!reader.is_done()) return std::nullopt;
    return message;
}

std::optional<AnswerMessage> parse_answer(std::string_view bytes) {
    Reader reader(bytes);
    AnswerMessage message;
    message.task = reader.number<std::int64_t>();
    Evaluation& evaluation = message.answer.evaluation;
    evaluation.objectives = reader.numbers<double>();
    evaluation.violation = reader.number<double>();
    const auto is_infeasible = reader.number<std::uint8_t>();
    std::string reason = reader.text();
    if (is_infeasible != 0) evaluation.infeasible = Infeasible{std::move(reason)};
    evaluation.details = reader.text();
    message.answer.seconds = reader.number<double>();
    message.answer.started = reader.number<double>();
    message.answer.worker = reader.text();
    message.answer.attempt = reader.number<std::int64_t>();
    message.exception = reader.text();
    if (!reader.is_done()) return std::nullopt;
    return message;
}

std::optional<HelloMessage> parse_hello(std::string_view bytes) {
    Reader reader(bytes);
    HelloMessage message;
    message.worker = reader.text();
    message.slots = reader.number<std::int64_t>();
    message.job = reader.text();
    if (!reader.is_done() || message.slots < 1) return std::nullopt;
    return message;
}

} // namespace tandem
