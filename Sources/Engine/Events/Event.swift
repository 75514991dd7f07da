/// What happens to the engine besides requests.
public enum Event: Sendable {
  case connected(SessionHandle, ConnectionOrigin)
  /// The connection is gone, and the kernel holds none of its memory any more.
  case disconnected(SessionHandle)
  /// Periodic work is due (`hz` times a second).
  case cron(HostSample)
  case primaryLink(PrimaryLinkEvent)
  /// The process was asked to end (SIGTERM, SIGINT).
  case terminationRequested(signal: String)
  /// The outcome of `Effect.tryDirectives` with that number, and the directory the process works in now, absolute.
  case directivesTried(number: Int, workingDirectory: String, failure: DirectiveFailure?)
  /// The outcome of `Effect.openSnapshot`.
  case snapshotOpened(Result<OpenFile, FileFailure>)
  /// `Effect.removeSnapshot` was carried out, or could not be.
  case snapshotRemoved
  /// The outcome of `Effect.rewriteConfiguration`; nil: written.
  case configurationWritten(SessionHandle, failure: String?)
}

/// A directive that the host could not act on, and why, in Redis's words.
public struct DirectiveFailure: Error, Sendable {
  public var directive: String
  public var reason: String

  public init(_ directive: String, _ reason: String) {
    self.directive = directive
    self.reason = reason
  }
}

/// The fate of the connection to the primary.
public enum PrimaryLinkEvent: Sendable {
  /// Connected; what the engine writes to this session goes to the primary.
  case connected(SessionHandle, ConnectionOrigin)
  /// Could not connect.
  case failed(reason: String)
  /// Was connected, and is no more.
  case closed(SessionHandle)
}

/// What the host knows of the process, read now and then.
public struct HostSample: Sendable {
  /// Resident memory, bytes.
  public var residentBytes = 0
  /// CPU time of the process since its start, microseconds.
  public var userMicroseconds: Int64 = 0
  public var systemMicroseconds: Int64 = 0
  /// The allocator's own figures, bytes: handed out, in active pages, mapped.
  public var allocatorAllocated = 0
  public var allocatorActive = 0
  public var allocatorResident = 0
  /// Bytes received and sent on all connections since the start.
  public var bytesReceived: Int64 = 0
  public var bytesSent: Int64 = 0
  /// Calls of `io_uring_enter`, submissions and completions since the start.
  public var ringEnters: Int64 = 0
  public var ringSubmissions: Int64 = 0
  public var ringCompletions: Int64 = 0
  /// Connections refused for `maxclients`.
  public var rejectedConnections: Int64 = 0

  public init() {}
}
