/// What the host knows of the process and the machine that does not change while it runs. Shown by INFO, and but for
/// `secret` used for nothing.
public struct HostFacts: Sendable {
  public var processIdentifier: Int32 = 0
  /// Kernel's name and release, and the machine's architecture, with blanks between them.
  public var operatingSystem = "Linux"
  /// Absolute path of the program.
  public var executable = ""
  /// Memory of the machine, bytes.
  public var systemMemoryBytes = 0
  /// The allocator's name and version, as `mem_allocator` gives them.
  public var allocator = "jemalloc"
  /// Bytes that the process held before it served anybody.
  public var startupBytes = 0
  /// 32 bytes that nobody can guess: what passwords are made up from. Never shown.
  public var secret: [UInt8] = []

  public init() {}
}
