internal import CURing
internal import Glibc

/// Signals as something to read: SIGTERM and SIGINT are blocked and arrive through the ring, between turns.
@safe
struct SignalSource: ~Copyable {
  /// Bytes of one report (`signalfd_siginfo`).
  static let reportBytes = 128

  let descriptor: Int32
  // Where the kernel writes a report; allocated once, freed in `deinit`, after the ring is gone.
  private let report: UnsafeMutableRawBufferPointer

  /// Also ignores SIGPIPE and SIGXFSZ (a broken connection and a file that may not grow are errnos, not deaths) and SIGHUP.
  init() throws(Errno) {
    curing_ignore_signal(SIGPIPE)
    curing_ignore_signal(SIGHUP)
    curing_ignore_signal(SIGXFSZ)
    let signals = [SIGTERM, SIGINT]
    // The call reads the two numbers.
    descriptor = unsafe curing_open_signals(signals, Int32(signals.count))
    guard descriptor >= 0 else { throw .last }
    unsafe report = .allocate(byteCount: SignalSource.reportBytes, alignment: 8)
  }

  deinit {
    close(descriptor)
    unsafe report.deallocate()
  }

  /// The memory a read fills.
  @unsafe var buffer: UnsafeMutableRawBufferPointer { unsafe report }

  /// The signal of the report last read: its number is the first field.
  var signal: Int32 { unsafe report.load(as: Int32.self) }
}
