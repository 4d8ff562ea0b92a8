// The document of a package whose tensors are given: what is read can be written, and reads back equal.
#include "../unit/training/small_package.h"
#include "fuzz.h"

namespace {

/// The tensors of the small package.
const std::string& tensors() {
    static const std::string kBytes = [] {
        const tandem::TemporaryDirectory folder = tandem::TemporaryDirectory::create().value();
        const auto written = tandem::write_job_package(folder.path(), tandem::testing::small_package(),
                                                       tandem::Existing::refuse);
        tandem::promise(written.has_value(), "a small package can be written");
        return tandem::read_file(folder.path() / "tensors.bin").value();
    }();
    return kBytes;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto document = tandem::parse_json(tandem::fuzz_text(data, size), "fuzz.json");
    if (!document) return 0; // the document target judges these
    const auto package = tandem::parse_job_package(*document, tensors(), "fuzz.json");
    if (!package) {
        tandem::judge(package.error());
        return 0;
    }
    const tandem::TemporaryDirectory folder = tandem::TemporaryDirectory::create().value();
    const auto written = tandem::write_job_package(folder.path(), *package, tandem::Existing::refuse);
    tandem::promise(written.has_value(), "what was read can be written");
    const auto again = tandem::load_job_package(folder.path());
    tandem::promise(again.has_value() && again->job == package->job && again->setup == package->setup &&
                        again->network == package->network &&
                        again->dataset.train.pixels == package->dataset.train.pixels,
                    "a package reads back equal");
    return 0;
}
