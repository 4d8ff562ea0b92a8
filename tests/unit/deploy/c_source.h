// C of the images compiled as it is, as C++: TANDEM_C_SOURCE says which file. No guard: one source, one file
// of tests.
extern "C" {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wconversion"
#include TANDEM_C_SOURCE // NOLINT(bugprone-suspicious-include)
#pragma GCC diagnostic pop
}
