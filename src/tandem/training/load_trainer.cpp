// Loads the training plug-in at run time, so that no other command pays for starting LibTorch.
#include <algorithm>
#include <array>
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

Result<std::shared_ptr<Trainer>> load_trainer() {
    std::error_code code;
    const fs::path program = fs::read_symlink("/proc/self/exe", code);
    if (code) return failed("/proc/self/exe", "", code.message(), "the path of this program");
    const std::array<fs::path, 2> places = {program.parent_path() / kLibrary,
                                            program.parent_path().parent_path() / "lib" / kLibrary};
    const auto found = std::find_if(places.begin(), places.end(),
                                    [&](const fs::path& place) { return exists(place, code); });
    if (found == places.end()) return failed(places.front().string(), "", "no such library", kRemedy);

    // Never closed: LibTorch does not survive being unloaded.
    void* const library = dlopen(found->c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return failed(found->string(), "", dlerror(), kRemedy);
    auto* const interface_of =
        find_function<training_plugin::InterfaceFunction>(library, training_plugin::kInterface);
    auto* const make = find_function<training_plugin::MakeFunction>(library, training_plugin::kMake);
    if (interface_of == nullptr || make == nullptr) {
        return failed(found->string(), "", "a library that is no training plug-in", kRemedy);
    }
    if (interface_of() != training_plugin::interface_name()) {
        return failed(found->string(), "", fmt::format("a plug-in of {}", interface_of()),
                      fmt::format("one of {}: build both together", training_plugin::interface_name()));
    }
    return std::shared_ptr<Trainer>(make());
}

} // namespace tandem
