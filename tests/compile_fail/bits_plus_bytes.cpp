// Quantities of different units do not add: the conversion has a name.
#include "tandem/core/units.h"

tandem::Bits total(tandem::Bits bits, tandem::Bytes bytes) {
#ifdef TANDEM_ALLOWED
    return bits + tandem::bits_in(bytes);
#else
    return bits + bytes;
#endif
}
