// Every machine family Tandem knows. Keep it sorted.
#include "tandem/machine/machine.h"
#include "tandem/machine/spatial/spatial.h"

namespace tandem {

const std::vector<MachineFamily>& known_families() {
    static const std::vector<MachineFamily> families{
        {"spatial", "array of processing elements fed by a memory hierarchy", load_spatial, spatial_fields},
    };
    return families;
}

} // namespace tandem
