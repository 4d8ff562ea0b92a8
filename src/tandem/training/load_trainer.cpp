// Loads the training plug-in at run time, so that no other command pays for starting LibTorch.
#include <filesystem>

#include <dlfcn.h>
#include <fmt/format.h>

#include "tandem/training/plugin/door.h"
#include "tandem/training/training.h"

namespace tandem {

namespace fs = std::filesystem;

namespace {

constexpr const char* kLibrary = "libtandem-training.so";
constexpr const char* kRemedy =
    "the training plug-in: apt-get install libtorch-dev libopenblas0-openmp, then build with "
    "-DTANDEM_TRAINING=ON";

template <class Function> Function* find_function(void* library, const char* name) {
    return reinterpret_cast<Function*>(dlsym(library, name));
}

} // namespace

Result<std::shared_ptr<Trainer>> load_trainer(const fs::path& library) {
    std::error_code ignored;
    if (!fs::exists(library, ignored)) return failed(library.string(), "", "no such library", kRemedy);
    // Never closed: LibTorch does not survive being unloaded.
    void* const handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) return failed("training plug-in", "", dlerror(), kRemedy); // names the file
    auto* const name = find_function<training_plugin::InterfaceFunction>(handle, training_plugin::kInterface);
    auto* const make = find_function<training_plugin::MakeFunction>(handle, training_plugin::kMake);
    if (name == nullptr || make == nullptr) {
        return failed(library.string(), "", "a library that is no training plug-in", kRemedy);
    }
    if (name() != training_plugin::interface_name()) {
        return failed(library.string(), "", fmt::format("a plug-in of {}", name()),
                      fmt::format("one of {}: build both together", training_plugin::interface_name()));
    }
    return std::shared_ptr<Trainer>(make());
}

Result<std::shared_ptr<Trainer>> load_trainer() {
    std::error_code code;
    const fs::path program = fs::read_symlink("/proc/self/exe", code);
    if (code) return failed("/proc/self/exe", "", code.message(), "the path of this program");
    const fs::path beside = program.parent_path() / kLibrary;
    const fs::path installed = program.parent_path().parent_path() / "lib" / kLibrary;
    return load_trainer(fs::exists(installed, code) && !fs::exists(beside, code) ? installed : beside);
}

} // namespace tandem
