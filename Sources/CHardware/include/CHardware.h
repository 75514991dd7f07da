/// What the processor can do and Swift has no word for. Header only.
#pragma once

/// Asks the processor to bring the cache line at `address` closer. Never faults, whatever the address.
static inline void hardware_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }
