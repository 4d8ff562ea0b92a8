// A raw number becomes a quantity only where its unit is written down.
#include "tandem/core/units.h"

tandem::Bits width() {
#ifdef TANDEM_ALLOWED
    return tandem::Bits(8);
#else
    return 8;
#endif
}
