// Every reproduction, one file each in this folder; reproduction.cpp lists them.
#pragma once

#include "tandem/codesign/reproduction.h"

namespace tandem::reproductions {} // namespace tandem::reproductions
