// Job files: a job that is read can be written, and reads back equal.
#include "fuzz.h"
#include "tandem/codesign/compression/compression_job.h"
#include "tandem/codesign/job.h"

namespace {

/// `parse` is the reader of one kind of job.
template <class Parse> void judge_job(const tandem::Document& document, const Parse& parse) {
    const auto job = parse(document, "fuzz.yaml");
    if (!job) return tandem::judge(job.error());
    const auto written = tandem::parse_yaml(tandem::to_yaml(*job), "fuzz.yaml");
    tandem::promise(written.has_value(), "a job that is written can be read");
    const auto again = parse(*written, "fuzz.yaml");
    tandem::promise(again.has_value() && *again == *job, "a job reads back equal");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto document = tandem::parse_yaml(tandem::fuzz_text(data, size), "fuzz.yaml");
    if (!document) return 0; // the document target judges these
    if (tandem::is_compression_job(*document)) {
        judge_job(*document, tandem::parse_compression_job);
    } else {
        judge_job(*document, tandem::parse_job);
    }
    return 0;
}
