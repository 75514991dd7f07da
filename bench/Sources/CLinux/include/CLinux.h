// What Swift's Glibc module leaves out.
#pragma once
#include <stddef.h>
#include <sys/epoll.h>

/// memmem(3): the first place of `needle` in `haystack`, or a null pointer.
const void *bench_find(const void *haystack, size_t haystack_length, const void *needle, size_t needle_length);

/// Sets or reads the calling thread's cores: `bits` is `length` bytes of one bit a core. 0, or -1 with errno.
int bench_set_affinity(const void *bits, size_t length);
int bench_get_affinity(void *bits, size_t length);
