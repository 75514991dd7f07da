internal import CURing
internal import Glibc

/// The process itself: its number, limits, memory and time.
enum Process {
  static var identifier: Int32 { getpid() }

  /// Whether there is a process of that number, anybody's.
  static func isRunning(_ process: Int32) -> Bool { process > 0 && (kill(process, 0) == 0 || errno != ESRCH) }

  /// Leaves the terminal. Only before the ring exists: a ring stays with its thread.
  static func becomeDaemon() throws(Errno) { if curing_become_daemon() != 0 { throw .last } }

  /// Descriptors the server needs besides its clients.
  static let reservedDescriptors = 32

  /// Asks for room for so many descriptors.
  /// - Returns: how many there may be.
  static func raiseDescriptorLimit(to wanted: Int) -> Int {
    var limit = rlimit()
    // Both calls use the local value only.
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
    if limit.rlim_cur >= rlim_t(wanted) { return Int(clamping: limit.rlim_cur) }
    var raised = rlimit(rlim_cur: rlim_t(wanted), rlim_max: max(limit.rlim_max, rlim_t(wanted)))
    if unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { return wanted }
    raised = rlimit(rlim_cur: limit.rlim_max, rlim_max: limit.rlim_max)
    if unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 {
      return Int(clamping: limit.rlim_max)
    }
    return Int(clamping: limit.rlim_cur)
  }

  /// Bytes of memory the process holds at the moment.
  static var residentBytes: Int {
    let words = Files.readStart("/proc/self/statm")?.split(separator: " ") ?? []
    return words.count > 1 ? (Int(words[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE)) : 0
  }

  /// Bytes of memory the machine has.
  static var machineBytes: Int { sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) }

  /// Microseconds of CPU the process has used.
  static var cpuMicroseconds: (user: Int64, system: Int64) {
    var usage = rusage()
    // Writes the local value.
    guard unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return (0, 0) }
    func microseconds(_ time: timeval) -> Int64 { Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_usec) }
    return (microseconds(usage.ru_utime), microseconds(usage.ru_stime))
  }

  /// Ends the process at once, as SIGKILL from outside would.
  static func killItself() { _ = kill(getpid(), SIGKILL) }

  /// Does nothing for so long.
  static func sleep(microseconds: Int64) {
    var time = timespec(tv_sec: Int(microseconds / 1_000_000), tv_nsec: Int(microseconds % 1_000_000) * 1000)
    var left = timespec()
    // Both are local values; an interrupted sleep goes on with what is left.
    while unsafe nanosleep(&time, &left) != 0 && errno == EINTR { time = left }
  }

  /// Bytes nobody can guess, for seeds and identities.
  static func randomBytes(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in generator.next() }
  }
}
