#define _GNU_SOURCE
#include "CLinux.h"

#include <sched.h>
#include <string.h>

const void *bench_find(const void *haystack, size_t haystack_length, const void *needle, size_t needle_length) {
  return memmem(haystack, haystack_length, needle, needle_length);
}

int bench_set_affinity(const void *bits, size_t length) { return sched_setaffinity(0, length, bits); }

int bench_get_affinity(void *bits, size_t length) { return sched_getaffinity(0, length, bits); }
