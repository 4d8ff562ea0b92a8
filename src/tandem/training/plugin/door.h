// The two functions by which the program enters the plug-in library. They are C functions so that
// dlsym finds them; what they hand over is C++ and only safe between builds of one version.
#pragma once

#include <string>

#include "tandem/core/version.h"

namespace tandem {
class Trainer;
}

namespace tandem::training_plugin {

using InterfaceFunction = const char*();
using MakeFunction = Trainer*();

inline constexpr const char* kInterface = "tandem_training_interface";
inline constexpr const char* kMake = "tandem_training_make";

/// Compared before anything else is called. The last number rises with every change of training.h
/// or of a type it hands over.
inline std::string interface_name() { return "tandem " + std::string(kVersion) + ", training interface 11"; }

} // namespace tandem::training_plugin

// For a program that has the plug-in's code in itself.
extern "C" {
const char* tandem_training_interface();
tandem::Trainer* tandem_training_make(); ///< for the caller to delete
}
