// Job files: a job that is read can be written, and reads back equal.
#include "fuzz.h"
#include "tandem/codesign/job.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto document = tandem::parse_yaml(tandem::fuzz_text(data, size), "fuzz.yaml");
    if (!document) return 0; // the document target judges these
    const auto job = tandem::parse_job(*document, "fuzz.yaml");
    if (!job) {
        tandem::judge(job.error());
        return 0;
    }
    const auto written = tandem::parse_yaml(tandem::to_yaml(*job), "fuzz.yaml");
    tandem::promise(written.has_value(), "a job that is written can be read");
    const auto again = tandem::parse_job(*written, "fuzz.yaml");
    tandem::promise(again.has_value() && *again == *job, "a job reads back equal");
    return 0;
}
