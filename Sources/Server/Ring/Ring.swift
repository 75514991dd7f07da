internal import CURing
internal import Glibc

/// One io_uring: the queue of submissions, the queue of completions, and the one `enter` between them.
///
/// - The thread that made it is the only one that may use it (SINGLE_ISSUER).
/// - Nothing submitted is ever lost: a full queue is entered and filling goes on.
/// - Nothing completed is ever lost: what the kernel could not fit into its queue is fetched with the next enter, and
///   what stands in the way of a submission waits in `spill`.
/// - Memory named by a submission must stay until its completion has arrived; for vectors and message headers until
///   the enter that submits them has returned (IORING_FEAT_SUBMIT_STABLE, 5.5).
@safe
struct Ring: ~Copyable {
  /// What the kernel runs completions with.
  enum Mode: Equatable {
    /// Completions run only inside our own enter (6.1).
    case deferred
    /// Completions run at the next transition into the kernel: where DEFER_TASKRUN is refused.
    case cooperative
  }

  /// Allocated once, freed in `deinit`, never shared: every access below is on the one owning thread.
  private let ring: UnsafeMutablePointer<io_uring>
  private let isRegistered: Bool
  let mode: Mode
  /// The kernel can wait for several completions a bounded time (6.12).
  let hasMinimumWait: Bool
  /// System calls made to enter the ring so far.
  private(set) var enterCount: UInt64 = 0
  /// Submissions filled so far.
  private(set) var submissionCount: UInt64 = 0
  /// How often the completion queue was found overflown.
  private(set) var overflowCount: UInt64 = 0
  /// Completions taken out early to make room for submissions; older than anything in the queue.
  private var spill: [Completion] = []
  private var spillHead = 0

  /// - Parameters:
  ///   - submissions: places in the submission queue; the kernel rounds up to a power of two.
  ///   - completions: places in the completion queue, rounded up likewise.
  /// - Throws: `RingRefusal`, which names cause and remedy.
  init(submissions: UInt32, completions: UInt32, preferred: Mode = .deferred) throws(RingRefusal) {
    let release = KernelVersion.release
    if let version = KernelVersion(release), version < .floor { throw RingRefusal(.kernelTooOld(release: release)) }

    let ring = UnsafeMutablePointer<io_uring>.allocate(capacity: 1)
    let common =
      UInt32(curing_setup_submit_all) | UInt32(curing_setup_single_issuer) | UInt32(curing_setup_taskrun_flag)
    var mode = preferred
    var result = Int32(-EINVAL)
    if mode == .deferred {
      unsafe result = curing_setup(
        ring, submissions, completions, common | UInt32(curing_setup_defer_taskrun))
    }
    if result == -EINVAL {
      mode = .cooperative
      unsafe result = curing_setup(ring, submissions, completions, common | UInt32(curing_setup_coop_taskrun))
    }
    guard result >= 0 else {
      unsafe ring.deallocate()
      throw RingRefusal(step: "io_uring_setup", errno: Errno(-result))
    }
    unsafe self.ring = ring
    self.mode = mode
    // Saves the descriptor look-up of every enter (5.18). Where it is refused the plain descriptor serves.
    unsafe isRegistered = io_uring_register_ring_fd(ring) == 1
    unsafe hasMinimumWait = ring.pointee.features & UInt32(CURING_FEATURE_MIN_TIMEOUT) != 0
  }

  deinit {
    unsafe io_uring_queue_exit(ring)
    unsafe ring.deallocate()
  }

  var submissionCapacity: Int { Int(unsafe ring.pointee.sq.ring_entries) }
  var completionCapacity: Int { Int(unsafe ring.pointee.cq.ring_entries) }

  /// Submissions that the next enter will hand over.
  var pendingSubmissions: Int { Int(unsafe curing_pending_submissions(ring)) }

  // MARK: - Submitting

  /// The next submission, its user data set. Enters the kernel first when the queue is full.
  mutating func next(_ token: Token) -> UnsafeMutablePointer<io_uring_sqe> {
    var entry = unsafe curing_next_submission(ring)
    while unsafe entry == nil {
      makeRoom()
      unsafe entry = curing_next_submission(ring)
    }
    submissionCount += 1
    // The loop ends only with an entry.
    unsafe curing_set(entry!, token.bits)
    return unsafe entry!
  }

  /// Hands the full queue to the kernel. Where it will not take any (its completion queue has overflown, or memory is
  /// short), completions are moved to `spill` and it is asked again.
  private mutating func makeRoom() {
    enterCount += 1
    let result = unsafe curing_enter(ring, 0, -1, 0, false, isRegistered)
    guard result < 0 else { return }
    switch -result {
    case EINTR: return
    case EBUSY, EAGAIN, ENOMEM: spillCompletions()
    default: preconditionFailure("io_uring_enter to submit failed: \(Errno(-result))")
    }
  }

  /// Empties the completion queue, and lets the kernel refill it from its overflow list.
  private mutating func spillCompletions() {
    while let completion = takeFromQueue() { spill.append(completion) }
    enterCount += 1
    _ = unsafe curing_enter(ring, 0, -1, 0, true, isRegistered)
    while let completion = takeFromQueue() { spill.append(completion) }
  }

  // MARK: - Entering

  /// Submits everything and waits.
  ///
  /// - Parameters:
  ///   - completions: how many to wait for; 0 only collects what is ready.
  ///   - timeoutMicroseconds: the longest wait; nil waits for ever.
  ///   - minimumWaitMicroseconds: after this long one completion is enough. 0, or a kernel before 6.12: the wait is for
  ///     one completion.
  /// - Throws: what only a broken set-up brings (EBADF, EFAULT…). Time-outs and interruptions are no failure.
  mutating func enter(
    waitFor completions: Int, timeoutMicroseconds: Int? = nil, minimumWaitMicroseconds: Int = 0
  ) throws(Errno) {
    var wanted = UInt32(clamping: completions)
    var minimumWait = UInt32(clamping: minimumWaitMicroseconds)
    if minimumWait == 0 || !hasMinimumWait {
      wanted = min(wanted, 1)
      minimumWait = 0
    }
    if spillHead < spill.count { wanted = 0 }
    // A negative timeout means none to the inline; a time to come never lies in the past.
    let timeout = timeoutMicroseconds.map { Int64(max(0, $0)) } ?? -1
    repeat {
      enterCount += 1
      let result = unsafe curing_enter(ring, wanted, wanted == 0 ? -1 : timeout, minimumWait, true, isRegistered)
      if result < 0 {
        switch -result {
        case ETIME, EINTR: return
        case EBUSY, EAGAIN, ENOMEM: spillCompletions()
        default: throw Errno(-result)
        }
      }
      // Once is the rule. More only where the kernel took a part of the submissions: nobody may be forgotten.
      wanted = 0
    } while pendingSubmissions > 0
  }

  /// Submits everything, collecting nothing: what was handed over may be forgotten as far as the kernel copies it.
  mutating func submitOnly() {
    while pendingSubmissions > 0 { makeRoom() }
  }

  // MARK: - Completions

  /// The next completion, oldest first; nil when none is ready.
  ///
  /// When this is nil, every *quiet* submission handed over before the last enter has succeeded or been reported: the
  /// kernel's overflow list is empty too.
  mutating func nextCompletion() -> Completion? {
    if spillHead < spill.count {
      defer { spillHead += 1 }
      return spill[spillHead]
    }
    if spillHead > 0 {
      spill.removeAll(keepingCapacity: false)
      spillHead = 0
    }
    if let completion = takeFromQueue() { return completion }
    guard unsafe curing_has_overflow(ring) else { return nil }
    overflowCount += 1
    enterCount += 1
    _ = unsafe curing_enter(ring, 0, -1, 0, true, isRegistered)
    return takeFromQueue()
  }

  /// Completions that can be taken without entering.
  var readyCompletions: Int { spill.count - spillHead + Int(unsafe curing_ready_completions(ring)) }

  /// Whether there are completions, or an enter without waiting would bring some. No system call.
  var hasNews: Bool {
    curing_relax()
    return unsafe spillHead < spill.count || curing_has_news(ring)
  }

  private func takeFromQueue() -> Completion? {
    var raw = curing_completion()
    guard unsafe curing_take_completion(ring, &raw) else { return nil }
    return Completion(raw)
  }

  // MARK: - Provided buffers

  /// Registers memory as a ring of buffers, group `group`. See `ReceiveBuffers`.
  mutating func registerBuffers(_ memory: UnsafeMutableRawPointer, entries: UInt32, group: UInt16) throws(RingRefusal) {
    let result = unsafe curing_register_buffers(ring, memory, entries, group)
    if result < 0 { throw RingRefusal(step: "registering a buffer ring", errno: Errno(-result)) }
  }
}
