// Every machine family Tandem knows. Keep it sorted.
#include "tandem/machine/bitserial/bitserial.h"
#include "tandem/machine/machine.h"
#include "tandem/machine/microcontroller/microcontroller.h"
#include "tandem/machine/spatial/spatial.h"

namespace tandem {

const std::vector<MachineFamily>& known_families() {
    static const std::vector<MachineFamily> kFamilies{
        {"bitserial", "array of bit-serial dot-product units, in which precision scales time", load_bitserial,
         bitserial_fields},
        {"microcontroller", "board that runs generated C: flash and RAM of the image", load_microcontroller,
         microcontroller_fields},
        {"spatial", "array of processing elements fed by a memory hierarchy", load_spatial, spatial_fields},
    };
    return kFamilies;
}

} // namespace tandem
