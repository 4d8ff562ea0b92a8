/* Watches over the network's working memory in images that trace: a guard of 32 bytes lies before and behind
   it, which the memory protection unit forbids to read or write, where the processor has one. What fills up
   the memory to whole guards holds a pattern, and so do the guards where there is no such unit; after each
   run the pattern must still be there. Emulators let reads beyond an array pass. */
#ifndef TANDEM_GUARDS_H
#define TANDEM_GUARDS_H

#include <stdint.h>

/* Of the linker: where the guards begin, where the working memory does, and the memories' ends. */
extern uint32_t image_guard_low[], image_arena_start[], image_arena_end[], image_guard_high[];
extern uint32_t image_flash_start[], image_flash_end[], image_ram_start[], image_ram_end[];

enum { GUARD_WORDS = 8, GUARD_PAINT = 0x5AC35AC3 };

#define REGISTER(address) (*(volatile uint32_t*)(address))

#if defined(__ARM_ARCH_7M__) || defined(__ARM_ARCH_7EM__)

/* Armv7-M, B3.5: the region of 32 bytes, without access, over the default map. */
static inline void forbid(uint32_t region, const uint32_t* guard) {
    REGISTER(0xE000ED98U) = region;
    REGISTER(0xE000ED9CU) = (uint32_t)guard;
    REGISTER(0xE000EDA0U) = 1U << 28 | 4U << 1 | 1U;
}

static inline void protect_guards(void) {
    forbid(0, image_guard_low);
    forbid(1, image_guard_high);
    REGISTER(0xE000ED94U) = 1U << 2 | 1U;
    __asm__ volatile("dsb\nisb");
}

#elif defined(__ARM_ARCH_8M_MAIN__) || defined(__ARM_ARCH_8_1M_MAIN__)

/* Armv8-M, B11: regions cannot forbid, so everything but the guards is allowed. */
static inline void allow(uint32_t region, uint32_t start, uint32_t end, uint32_t access) {
    REGISTER(0xE000ED98U) = region;
    REGISTER(0xE000ED9CU) = start | access;
    REGISTER(0xE000EDA0U) = ((end - 1U) & ~31U) | 1U;
}

static inline void protect_guards(void) {
    enum { READ_ONLY = 2 << 1, DATA = 1, CODE = 0 };
    REGISTER(0xE000EDC0U) = 0x44U; /* MAIR0: memory without a cache */
    allow(0, (uint32_t)image_flash_start, (uint32_t)image_flash_end, READ_ONLY | CODE);
    allow(1, (uint32_t)image_ram_start, (uint32_t)image_guard_low, DATA);
    allow(2, (uint32_t)(image_guard_low + GUARD_WORDS), (uint32_t)image_guard_high, DATA);
    allow(3, (uint32_t)(image_guard_high + GUARD_WORDS), (uint32_t)image_ram_end, DATA);
    allow(4, 0x40000000U, 0x60000000U, DATA); /* the timer */
    REGISTER(0xE000ED94U) = 1U;
    __asm__ volatile("dsb\nisb");
}

#elif defined(__riscv)

/* Privileged architecture, 3.7: naturally aligned regions of 32 bytes, locked, without access. */
static inline void protect_guards(void) {
    const uint32_t low = (uint32_t)image_guard_low >> 2 | 3U;
    const uint32_t high = (uint32_t)image_guard_high >> 2 | 3U;
    __asm__ volatile(".option push\n\t.option arch, +zicsr\n\t"
                     "csrw pmpaddr0, %0\n\tcsrw pmpaddr1, %1\n\tcsrw pmpcfg0, %2\n\t.option pop"
                     :
                     : "r"(low), "r"(high), "r"(0x9898U));
}

#else

#define TANDEM_NO_MEMORY_PROTECTION
static inline void protect_guards(void) {}

#endif

/* The painted words: up to the working memory, and the guard behind it. */
static inline uint32_t* paint_start(void) {
#ifdef TANDEM_NO_MEMORY_PROTECTION
    return image_guard_low;
#else
    return image_guard_low + GUARD_WORDS;
#endif
}
static inline uint32_t* paint_end(void) {
#ifdef TANDEM_NO_MEMORY_PROTECTION
    return image_guard_high + GUARD_WORDS;
#else
    return image_guard_high;
#endif
}

/* Clears the working memory, paints what lies beside it, and forbids the guards. */
static inline void raise_guards(void) {
    uint32_t* word;
    for (word = paint_start(); word < paint_end(); ++word) *word = (uint32_t)GUARD_PAINT;
    for (word = image_arena_start; word < image_arena_end; ++word) *word = 0;
    protect_guards();
}

/* Whether nothing was written beside the working memory. */
static inline int guards_hold(void) {
    const uint32_t* word;
    for (word = paint_start(); word < image_arena_start; ++word) {
        if (*word != (uint32_t)GUARD_PAINT) return 0;
    }
    for (word = image_arena_end; word < paint_end(); ++word) {
        if (*word != (uint32_t)GUARD_PAINT) return 0;
    }
    return 1;
}

#endif
