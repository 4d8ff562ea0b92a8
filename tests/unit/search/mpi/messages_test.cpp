#include "tandem/search/mpi/messages.h"

#include <limits>

#include <gtest/gtest.h>

namespace tandem {
namespace {

TEST(Messages, ComeBackAsTheyWent) {
    const TaskMessage task{.task = 7, .genome = {3, 0, 12}};
    EXPECT_EQ(parse_task(to_bytes(task)), task);
    const HelloMessage hello{.worker = "node:12", .slots = 4, .job = "a: b"};
    EXPECT_EQ(parse_hello(to_bytes(hello)), hello);

    AnswerMessage answer;
    answer.task = 9;
    answer.answer.evaluation.objectives = {0.1, -0.0, std::numeric_limits<double>::denorm_min()};
    answer.answer.evaluation.violation = 0.5;
    answer.answer.evaluation.details = std::string("{\"a\":\0}", 7);
    answer.answer.seconds = 1.5;
    answer.answer.started = 1e9;
    answer.answer.worker = "node:13";
    answer.answer.attempt = 2;
    answer.exception = "broken";
    const auto back = parse_answer(to_bytes(answer));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->answer.evaluation, answer.answer.evaluation);
    EXPECT_EQ(to_bytes(*back), to_bytes(answer));

    answer.answer.evaluation = {};
    answer.answer.evaluation.infeasible = Infeasible{"too large"};
    EXPECT_EQ(parse_answer(to_bytes(answer))->answer.evaluation.infeasible->reason, "too large");
}

TEST(Messages, RefuseWhatIsCutOrLonger) {
    AnswerMessage answer;
    answer.answer.evaluation.objectives = {1.0};
    for (const std::string& bytes :
         {to_bytes(TaskMessage{.task = 1, .genome = {1, 2}}), to_bytes(answer), to_bytes(HelloMessage{})}) {
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            const std::string cut = bytes.substr(0, size);
            EXPECT_FALSE(parse_task(cut) && parse_answer(cut) && parse_hello(cut)) << size;
        }
    }
    EXPECT_FALSE(parse_task(to_bytes(TaskMessage{.task = 1, .genome = {1, 2}}) + "x"));
    std::string huge = to_bytes(TaskMessage{.task = 1, .genome = {}});
    huge.back() = '\x7f'; // a count beyond any memory
    EXPECT_FALSE(parse_task(huge));
}

} // namespace
} // namespace tandem
