#include "CURing.h"

#include <jemalloc/jemalloc.h>
#include <string.h>

int curing_allocator_version(char *text, int room) {
  const char *version = NULL;
  size_t size = sizeof(version);
  if (mallctl("version", &version, &size, NULL, 0) != 0) return 0;
  int length = (int)strnlen(version, (size_t)room);
  memcpy(text, version, (size_t)length);
  return length;
}

static ptrdiff_t figure(const char *name) {
  size_t value = 0, size = sizeof(value);
  return mallctl(name, &value, &size, NULL, 0) == 0 ? (ptrdiff_t)value : 0;
}

void curing_allocator_figures(ptrdiff_t *allocated, ptrdiff_t *active, ptrdiff_t *resident) {
  // The figures stand still until the epoch is set.
  uint64_t epoch = 1;
  mallctl("epoch", NULL, NULL, &epoch, sizeof(epoch));
  *allocated = figure("stats.allocated");
  *active = figure("stats.active");
  *resident = figure("stats.resident");
}

void curing_allocator_purge(void) {
  // 4096 stands for all arenas (MALLCTL_ARENAS_ALL).
  mallctl("arena.4096.purge", NULL, NULL, NULL, 0);
}
