#include "semihosting.h"

enum {
    SYS_OPEN = 0x01,
    SYS_CLOSE = 0x02,
    SYS_WRITE0 = 0x04,
    SYS_WRITE = 0x05,
    SYS_READ = 0x06,
    SYS_EXIT_EXTENDED = 0x20,
    APPLICATION_EXIT = 0x20026
};

static uint32_t call(uint32_t operation, const void* arguments) {
#if defined(__riscv)
    register uint32_t result __asm__("a0") = operation;
    register const void* block __asm__("a1") = arguments;
    /* These three instructions, uncompressed and in one page, are the call. */
    __asm__ volatile(".option push\n.option norvc\n.balign 16\n"
                     "slli zero, zero, 0x1f\nebreak\nsrai zero, zero, 7\n.option pop"
                     : "+r"(result)
                     : "r"(block)
                     : "memory");
    return result;
#else
    register uint32_t result __asm__("r0") = operation;
    register const void* block __asm__("r1") = arguments;
    __asm__ volatile("bkpt 0xAB" : "+r"(result) : "r"(block) : "memory");
    return result;
#endif
}

static uint32_t length_of(const char* text) {
    uint32_t length = 0;
    while (text[length] != 0) ++length;
    return length;
}

int32_t semihosting_open(const char* path, uint32_t mode) {
    const uint32_t block[3] = {(uint32_t)(uintptr_t)path, mode, length_of(path)};
    return (int32_t)call(SYS_OPEN, block);
}

uint32_t semihosting_read(int32_t file, void* bytes, uint32_t count) {
    const uint32_t block[3] = {(uint32_t)file, (uint32_t)(uintptr_t)bytes, count};
    return call(SYS_READ, block);
}

uint32_t semihosting_write(int32_t file, const void* bytes, uint32_t count) {
    const uint32_t block[3] = {(uint32_t)file, (uint32_t)(uintptr_t)bytes, count};
    return call(SYS_WRITE, block);
}

void semihosting_close(int32_t file) {
    const uint32_t block[1] = {(uint32_t)file};
    call(SYS_CLOSE, block);
}

void semihosting_print(const char* text) { call(SYS_WRITE0, text); }

void semihosting_print_number(const char* name, uint32_t value) {
    char digits[12];
    char* first = digits + sizeof digits - 1;
    *first = 0;
    *--first = '\n';
    do {
        *--first = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    semihosting_print(name);
    semihosting_print(" ");
    semihosting_print(first);
}

void semihosting_exit(uint32_t status) {
    const uint32_t block[2] = {APPLICATION_EXIT, status};
    call(SYS_EXIT_EXTENDED, block);
    for (;;) {
    }
}
