// An error cannot be dropped without a word.
#pragma GCC diagnostic error "-Wunused-result"
#include "tandem/core/files.h"

void save() {
#ifdef TANDEM_ALLOWED
    (void)tandem::write_file("a", "b", tandem::Existing::refuse).has_value();
#else
    tandem::write_file("a", "b", tandem::Existing::refuse);
#endif
}
