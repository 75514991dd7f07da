// The part of io_uring that Swift cannot reach by itself: bit fields, function-like macros, memory barriers.
//
// Every function here is a static inline that fills one submission or reads one completion. None decides anything:
// retries, full queues and overflow are Server/Ring's business.
//
// Debian's liburing 2.3 sets the ring up (mmap, registration). Entering is done here, because 2.3 knows neither
// min-wait nor how to count. The submission array is filled once with the identity (`curing_setup`): afterwards only
// the tail moves.
#pragma once
// Before liburing.h, which defines _GNU_SOURCE: Swift's Glibc module is built without it, and types that differ between
// the two (fd_set) cannot be imported twice.
#include <features.h>
#include <liburing.h>
#include <linux/time_types.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/signalfd.h>
#include <unistd.h>

// Newer than liburing 2.3's header. The kernel version stands beside each.
#define CURING_FEATURE_MIN_TIMEOUT (1U << 15)  // IORING_FEAT_MIN_TIMEOUT, 6.12

// Object-like macros with casts or shifts that the importer may skip, as plain constants.
enum {
  curing_setup_submit_all = IORING_SETUP_SUBMIT_ALL,        // 5.18
  curing_setup_taskrun_flag = IORING_SETUP_TASKRUN_FLAG,    // 5.19
  curing_setup_coop_taskrun = IORING_SETUP_COOP_TASKRUN,    // 5.19
  curing_setup_single_issuer = IORING_SETUP_SINGLE_ISSUER,  // 6.0
  curing_setup_defer_taskrun = IORING_SETUP_DEFER_TASKRUN,  // 6.1
  curing_completion_has_buffer = IORING_CQE_F_BUFFER,
  curing_completion_has_more = IORING_CQE_F_MORE,
  curing_completion_buffer_shift = IORING_CQE_BUFFER_SHIFT,
};

/// One completion, copied out of the queue.
struct curing_completion {
  uint64_t user_data;
  int32_t result;
  uint32_t flags;
};

// MARK: - The ring

/// Sets the ring up with at least these entries. Returns 0 or a negative errno.
static inline int curing_setup(struct io_uring *ring, unsigned submissions, unsigned completions, unsigned flags) {
  struct io_uring_params parameters;
  __builtin_memset(&parameters, 0, sizeof parameters);
  __builtin_memset(ring, 0, sizeof *ring);
  parameters.flags = flags | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;
  parameters.cq_entries = completions;
  int result = io_uring_queue_init_params(submissions, ring, &parameters);
  if (result < 0) return result;
  for (unsigned index = 0; index < ring->sq.ring_entries; index++) ring->sq.array[index] = index;
  return 0;
}

/// The next submission to fill, or NULL while the queue is full. A filled one leaves with the next enter.
static inline struct io_uring_sqe *curing_next_submission(struct io_uring *ring) {
  // Without SQPOLL the kernel moves the head only inside our own enter: no barrier is needed to read it.
  unsigned head = *ring->sq.khead;
  if (ring->sq.sqe_tail - head >= ring->sq.ring_entries) return NULL;
  return &ring->sq.sqes[ring->sq.sqe_tail++ & ring->sq.ring_mask];
}

/// Submissions filled and not yet taken by the kernel.
static inline unsigned curing_pending_submissions(const struct io_uring *ring) {
  return ring->sq.sqe_tail - *ring->sq.khead;
}

/// Submits everything pending and waits for `completions`, at most `timeout_microseconds` (negative: for ever).
///
/// With `minimum_wait_microseconds` > 0 (kernel 6.12) the wait for all of `completions` lasts at most that long; after
/// it one completion is enough. `wants_events` runs deferred completions even when there is nothing to wait for.
/// Returns the number submitted or a negative errno (-ETIME: waited in vain).
static inline int curing_enter(struct io_uring *ring, unsigned completions, int64_t timeout_microseconds,
                               uint32_t minimum_wait_microseconds, bool wants_events, bool registered) {
  io_uring_smp_store_release(ring->sq.ktail, ring->sq.sqe_tail);
  unsigned pending = curing_pending_submissions(ring);
  unsigned flags = registered ? IORING_ENTER_REGISTERED_RING : 0;
  if (!wants_events) return io_uring_enter2(ring->enter_ring_fd, pending, 0, flags, NULL, 0);

  struct __kernel_timespec timeout = {
    .tv_sec = timeout_microseconds / 1000000,
    .tv_nsec = timeout_microseconds % 1000000 * 1000,
  };
  struct io_uring_getevents_arg argument = {
    .sigmask = 0,
    .sigmask_sz = _NSIG / 8,
    .pad = minimum_wait_microseconds,  // named min_wait_usec from 6.12; must be 0 before
    .ts = timeout_microseconds < 0 ? 0 : (uint64_t)(uintptr_t)&timeout,
  };
  flags |= IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG;
  return io_uring_enter2(ring->enter_ring_fd, pending, completions, flags, (sigset_t *)&argument, sizeof argument);
}

/// Takes the oldest completion. False when the queue is empty (the overflow list of the kernel may not be).
static inline bool curing_take_completion(struct io_uring *ring, struct curing_completion *completion) {
  unsigned head = *ring->cq.khead;
  if (head == io_uring_smp_load_acquire(ring->cq.ktail)) return false;
  const struct io_uring_cqe *entry = &ring->cq.cqes[head & ring->cq.ring_mask];
  completion->user_data = entry->user_data;
  completion->result = entry->res;
  completion->flags = entry->flags;
  // The release keeps the reads above in front of the moment the kernel may overwrite the entry.
  io_uring_smp_store_release(ring->cq.khead, head + 1);
  return true;
}

/// Completions in the queue right now.
static inline unsigned curing_ready_completions(const struct io_uring *ring) {
  return io_uring_smp_load_acquire(ring->cq.ktail) - *ring->cq.khead;
}

/// True when an enter without waiting would bring completions, or the queue holds some. Costs no system call; the ring
/// was set up with TASKRUN_FLAG.
static inline bool curing_has_news(const struct io_uring *ring) {
  if (curing_ready_completions(ring) != 0) return true;
  unsigned flags = __atomic_load_n(ring->sq.kflags, __ATOMIC_RELAXED);
  return (flags & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0;
}

/// Tells the processor that this is a loop that looks again and again.
static inline void curing_relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/// True while the kernel keeps completions that did not fit the queue (they come with the next enter).
static inline bool curing_has_overflow(const struct io_uring *ring) {
  return (__atomic_load_n(ring->sq.kflags, __ATOMIC_RELAXED) & IORING_SQ_CQ_OVERFLOW) != 0;
}

// MARK: - Submissions

static inline void curing_set(struct io_uring_sqe *entry, uint64_t user_data) { entry->user_data = user_data; }

/// Writes vectors at the file's end (opened with O_APPEND, or offset -1: the file's own position). 5.1; flags 5.2
static inline void curing_prepare_write_vectors(struct io_uring_sqe *entry, int descriptor, const struct iovec *vectors,
                                                unsigned count, bool durable) {
  io_uring_prep_writev(entry, descriptor, vectors, count, (uint64_t)-1);
  if (durable) entry->rw_flags = RWF_DSYNC;
}

/// Brings a file's contents to the disk, and of what is known about it only what is needed to read them. 5.1
static inline void curing_prepare_sync_data(struct io_uring_sqe *entry, int descriptor) {
  io_uring_prep_fsync(entry, descriptor, IORING_FSYNC_DATASYNC);
}

static inline void curing_prepare_nop(struct io_uring_sqe *entry) { io_uring_prep_nop(entry); }

/// Accepts until cancelled or failed; descriptors come close-on-exec. 5.19
static inline void curing_prepare_accept_multishot(struct io_uring_sqe *entry, int descriptor) {
  io_uring_prep_multishot_accept(entry, descriptor, NULL, NULL, SOCK_CLOEXEC);
}

/// Receives into buffers of `group` until the stream ends, an error, a cancel, or no buffer is left. 6.0
static inline void curing_prepare_receive_multishot(struct io_uring_sqe *entry, int descriptor, uint16_t group) {
  io_uring_prep_recv_multishot(entry, descriptor, NULL, 0, 0);
  entry->flags |= IOSQE_BUFFER_SELECT;
  entry->buf_group = group;
}

static inline void curing_prepare_send(struct io_uring_sqe *entry, int descriptor, const void *base, uint32_t count,
                                       int message_flags) {
  io_uring_prep_send(entry, descriptor, base, count, message_flags);
}

static inline void curing_prepare_send_message(struct io_uring_sqe *entry, int descriptor,
                                               const struct msghdr *message, unsigned message_flags) {
  io_uring_prep_sendmsg(entry, descriptor, message, message_flags);
}

/// No completion for a success: only a failure or a short transfer speaks up. 5.17
static inline void curing_set_quiet(struct io_uring_sqe *entry) { entry->flags |= IOSQE_CQE_SKIP_SUCCESS; }

/// Cancels everything in flight on a descriptor. 5.19
static inline void curing_prepare_cancel_descriptor(struct io_uring_sqe *entry, int descriptor) {
  io_uring_prep_cancel_fd(entry, descriptor, IORING_ASYNC_CANCEL_ALL);
}

/// Cancels what was submitted with this user data.
static inline void curing_prepare_cancel(struct io_uring_sqe *entry, uint64_t user_data) {
  io_uring_prep_cancel64(entry, user_data, IORING_ASYNC_CANCEL_ALL);
}

static inline void curing_prepare_close(struct io_uring_sqe *entry, int descriptor) {
  io_uring_prep_close(entry, descriptor);
}

/// Closes in a worker of the ring's, whatever that takes: where the file has no name any more, its space is freed. 5.6
static inline void curing_prepare_close_in_worker(struct io_uring_sqe *entry, int descriptor) {
  io_uring_prep_close(entry, descriptor);
  entry->flags |= IOSQE_ASYNC;
}

/// Opens a file in a worker of the ring's. The path must outlive the completion. 5.6
static inline void curing_prepare_open_in_worker(struct io_uring_sqe *entry, const char *path, int flags, mode_t mode) {
  io_uring_prep_openat(entry, AT_FDCWD, path, flags, mode);
  entry->flags |= IOSQE_ASYNC;
}

/// Deletes a file in a worker of the ring's. The path must outlive the completion. 5.11
static inline void curing_prepare_remove_in_worker(struct io_uring_sqe *entry, const char *path) {
  io_uring_prep_unlinkat(entry, AT_FDCWD, path, 0);
  entry->flags |= IOSQE_ASYNC;
}

static inline void curing_prepare_connect(struct io_uring_sqe *entry, int descriptor, const void *address,
                                          socklen_t length) {
  io_uring_prep_connect(entry, descriptor, (const struct sockaddr *)address, length);
}

static inline void curing_prepare_read(struct io_uring_sqe *entry, int descriptor, void *base, uint32_t count,
                                       uint64_t offset) {
  io_uring_prep_read(entry, descriptor, base, count, offset);
}

// MARK: - Provided buffers (5.19)

/// Registers a ring of `entries` (a power of two) buffer descriptions, at page-aligned memory of the caller.
static inline int curing_register_buffers(struct io_uring *ring, void *memory, uint32_t entries, uint16_t group) {
  struct io_uring_buf_reg registration;
  __builtin_memset(&registration, 0, sizeof registration);
  registration.ring_addr = (uint64_t)(uintptr_t)memory;
  registration.ring_entries = entries;
  registration.bgid = group;
  return io_uring_register_buf_ring(ring, &registration, 0);
}

static inline void curing_buffers_reset(void *memory) { io_uring_buf_ring_init((struct io_uring_buf_ring *)memory); }

/// Puts a buffer back, `position` places behind the published tail.
static inline void curing_buffers_add(void *memory, void *base, uint32_t count, uint16_t identifier, uint32_t mask,
                                      int position) {
  io_uring_buf_ring_add((struct io_uring_buf_ring *)memory, base, count, identifier, (int)mask, position);
}

/// Publishes `count` buffers that were added.
static inline void curing_buffers_publish(void *memory, int count) {
  io_uring_buf_ring_advance((struct io_uring_buf_ring *)memory, count);
}

// MARK: - The process, where Swift's Glibc has no name for it

/// Blocks the signals and opens a descriptor that reads as one `signalfd_siginfo` (128 bytes) per signal.
static inline int curing_open_signals(const int *signals, int count) {
  sigset_t set;
  sigemptyset(&set);
  for (int index = 0; index < count; index++) sigaddset(&set, signals[index]);
  if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) return -1;
  return signalfd(-1, &set, SFD_CLOEXEC);
}

static inline void curing_ignore_signal(int signal_number) { signal(signal_number, SIG_IGN); }

/// Leaves the terminal: the parent ends, the child leads a session of its own. `fork` is closed to Swift.
static inline int curing_become_daemon(void) {
  pid_t child = fork();
  if (child < 0) return -1;
  if (child > 0) _exit(0);
  setsid();
  int nowhere = open("/dev/null", O_RDWR);
  if (nowhere >= 0) {
    dup2(nowhere, STDIN_FILENO);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    if (nowhere > STDERR_FILENO) close(nowhere);
  }
  return 0;
}

// The allocator's own figures (jemalloc).

/// Writes up to `room` bytes of jemalloc's version, without a zero byte, and returns how many.
int curing_allocator_version(char *text, int room);
/// Bytes handed out, in active pages, and mapped.
void curing_allocator_figures(ptrdiff_t *allocated, ptrdiff_t *active, ptrdiff_t *resident);
/// Gives unused pages back to the kernel.
void curing_allocator_purge(void);
