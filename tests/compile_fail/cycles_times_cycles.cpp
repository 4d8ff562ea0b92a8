// The product of two quantities is no quantity of the same unit.
#include "tandem/core/units.h"

tandem::Cycles twice(tandem::Cycles cycles) {
#ifdef TANDEM_ALLOWED
    return cycles * 2;
#else
    return cycles * cycles;
#endif
}
