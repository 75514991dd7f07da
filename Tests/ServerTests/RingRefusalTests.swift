import CURing
import Glibc
import Testing

@testable import Server

/// A machine without io_uring gets told why, and what to do.
@Suite struct RingRefusalTests {
  @Test func kernelReleasesCompare() throws {
    #expect(try #require(KernelVersion("5.15.0-91-generic")) < .floor)
    #expect(try #require(KernelVersion("6.0.19")) < .floor)
    #expect(try #require(KernelVersion("6.1.0-18-amd64")) >= .floor)
    #expect(try #require(KernelVersion("6.18.44-fc")) >= .floor)
    #expect(KernelVersion("unknown") == nil)
  }

  @Test(arguments: [EPERM, ENOSYS])
  func aSeccompFilterIsNamed(errno: Int32) throws {
    let refusal = try #require(refusalBehindFilter(answering: errno))
    #expect(refusal.cause == .deniedBySeccomp(Errno(errno)))
    #expect("\(refusal)".contains("seccomp"))
    #expect("\(refusal)".contains("io_uring_setup"))
  }

  @Test func everyCauseNamesItsRemedy() {
    #expect("\(RingRefusal(.kernelTooOld(release: "5.10.0")))".contains("6.1 or newer"))
    #expect("\(RingRefusal(.disabledBySysctl(value: 2)))".contains("sysctl -w kernel.io_uring_disabled=0"))
    #expect("\(RingRefusal(.disabledBySysctl(value: 1)))".contains("kernel.io_uring_group"))
    #expect("\(RingRefusal(step: "x", errno: Errno(ENOMEM)))".contains("ulimit -l"))
  }

  /// Makes a ring on a thread of its own whose system calls go through a filter (it stays on that thread alone).
  private func refusalBehindFilter(answering errno: Int32) -> RingRefusal? {
    final class Box: @unchecked Sendable {
      let errno: Int32
      var refusal: RingRefusal?
      init(errno: Int32) { self.errno = errno }
    }
    let box = Box(errno: errno)
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { argument in
        let box = Unmanaged<Box>.fromOpaque(argument!).takeUnretainedValue()
        guard installFilter(answering: box.errno) else { return nil }
        do throws(RingRefusal) { _ = try Ring(submissions: 8, completions: 8) } catch { box.refusal = error }
        return nil
      }, Unmanaged.passUnretained(box).toOpaque())
    pthread_join(thread, nil)
    return box.refusal
  }
}

/// Makes io_uring_setup answer `errno` on the calling thread.
private func installFilter(answering errno: Int32) -> Bool {
  func instruction(_ code: UInt64, _ ifTrue: UInt64, _ ifFalse: UInt64, _ value: UInt64) -> UInt64 {
    code | ifTrue << 16 | ifFalse << 24 | value << 32
  }
  // load the number; io_uring_setup (425)? return errno : allow
  var program = [
    instruction(0x20, 0, 0, 0), instruction(0x15, 0, 1, 425),
    instruction(0x06, 0, 0, 0x0005_0000 | UInt64(errno)), instruction(0x06, 0, 0, 0x7fff_0000),
  ]
  // prctl is variadic in C, so Swift does not import it; its machine code is that of a plain function.
  typealias Prctl = @convention(c) (Int32, UInt, UInt, UInt, UInt) -> Int32
  let prctl = unsafeBitCast(dlsym(nil, "prctl")!, to: Prctl.self)
  let noNewPrivileges: Int32 = 38
  let setSeccomp: Int32 = 22
  guard prctl(noNewPrivileges, 1, 0, 0, 0) == 0 else { return false }
  return program.withUnsafeMutableBufferPointer { buffer in
    var header = (UInt64(buffer.count), UInt64(UInt(bitPattern: buffer.baseAddress!)))
    return withUnsafeMutablePointer(to: &header) { prctl(setSeccomp, 2, UInt(bitPattern: $0), 0, 0) == 0 }
  }
}
