internal import CURing
internal import Engine
internal import Glibc

extension HostFacts {
  /// Of this process.
  static var process: HostFacts {
    var facts = HostFacts()
    facts.processIdentifier = Process.identifier
    facts.executable = Process.executablePath
    facts.systemMemoryBytes = Process.machineBytes
    facts.operatingSystem = Process.systemName
    facts.secret = Process.randomBytes(32)
    facts.allocator = "jemalloc-\(Process.allocatorVersion)"
    return facts
  }
}

extension Process {
  /// The kernel's name and release, and the machine's architecture.
  static var systemName: String {
    var name = utsname()
    // Writes the local value, whose fields end with a zero byte.
    guard unsafe uname(&name) == 0 else { return "Linux" }
    return unsafe withUnsafeBytes(of: &name.sysname) { unsafe text($0) } + " "
      + withUnsafeBytes(of: &name.release) { unsafe text($0) } + " "
      + withUnsafeBytes(of: &name.machine) { unsafe text($0) }
  }

  /// Absolute path of the program.
  static var executablePath: String {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = unsafe buffer.withUnsafeMutableBytes { bytes in
      // Writes at most so many bytes.
      unsafe readlink(
        "/proc/self/exe", bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: CChar.self), bytes.count)
    }
    return String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
  }

  /// Gives unused memory back to the system.
  static func purgeMemory() { curing_allocator_purge() }

  /// jemalloc's version without the commit it was built from.
  static var allocatorVersion: String {
    var buffer = [UInt8](repeating: 0, count: 64)
    let count = unsafe buffer.withUnsafeMutableBytes { bytes in
      // Writes at most so many bytes.
      unsafe curing_allocator_version(
        bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
    }
    let version = buffer.prefix(Int(max(count, 0))).prefix { $0 != UInt8(ascii: "-") }
    return String(decoding: version, as: UTF8.self)
  }

  /// The allocator's figures, bytes: handed out, in active pages, mapped.
  static var allocatorBytes: (allocated: Int, active: Int, resident: Int) {
    var figures = (allocated: 0, active: 0, resident: 0)
    // Writes the three local values.
    unsafe curing_allocator_figures(&figures.allocated, &figures.active, &figures.resident)
    return figures
  }

  private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
    unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}
