/* Input and output through the debugger or emulator that runs the firmware (Arm, "Semihosting for AArch32
   and AArch64", 2.0). On RISC-V the same calls by its own trap. */
#ifndef TANDEM_SEMIHOSTING_H
#define TANDEM_SEMIHOSTING_H

#include <stdint.h>

/* A file of the host; a negative handle is a failure. `mode` is 1 to read and 5 to write bytes. */
enum { SEMIHOSTING_READ = 1, SEMIHOSTING_WRITE = 5 };
int32_t semihosting_open(const char* path, uint32_t mode);
/* The bytes that were not read or written. */
uint32_t semihosting_read(int32_t file, void* bytes, uint32_t count);
uint32_t semihosting_write(int32_t file, const void* bytes, uint32_t count);
void semihosting_close(int32_t file);
void semihosting_print(const char* text);
void semihosting_print_number(const char* name, uint32_t value);
/* Ends the emulation with that exit status. */
void semihosting_exit(uint32_t status);

#endif
