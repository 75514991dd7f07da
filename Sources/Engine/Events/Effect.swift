/// What the engine wants done that only its host can do. Rare things: replies and the log do not travel this way.
public enum Effect: Sendable {
  /// End the connection once what is pending has been sent.
  case close(SessionHandle)
  /// End the connection at once; pending output is dropped.
  case abort(SessionHandle)
  /// The session was put off and can go on: offer its bytes again.
  case resume(SessionHandle)
  case log(LogSeverity, String)
  /// The data set is there: the server serves.
  case ready
  /// Close a file that may have no name any more. What it took of the disk is freed then, which may take long: nobody is to
  /// wait for it.
  case closeFile(OpenFile)
  /// Open the temporary file of a snapshot, emptied or made, which may take long: nobody is to wait for it. The outcome
  /// comes back as `Event.snapshotOpened`.
  case openSnapshot(path: String)
  /// Delete it likewise; then `Event.snapshotRemoved`. Of these two, one is under way at a time.
  case removeSnapshot(path: String)
  /// Open a connection to the primary; the outcome comes back as `Event.primaryLink`.
  case connectToPrimary(host: String, port: Int)
  /// Drop the connection to the primary, or the attempt.
  case disconnectFromPrimary
  /// Write the configuration file (CONFIG REWRITE): the engine's caller holds the reply until `Event.configurationWritten`.
  case rewriteConfiguration(SessionHandle)
  /// These directives have new values that the host acts on: listeners, log file, limits.
  case directivesChanged([String])
  /// Act on new values of these directives, of which the host may be unable to: all or none of them. The answer is
  /// `Event.directivesTried`; where it is a failure, everything is as it was with `previous`.
  case tryDirectives(number: Int, [String], previous: Whereabouts)
  /// End the process with that status, after pending output; `isAtOnce`: without waiting for files, which would not end.
  case shutDown(status: Int32, isAtOnce: Bool = false)
  /// Let small packets on a connection wait for others (`repl-disable-tcp-nodelay`).
  case joinSmallPackets(SessionHandle)
  /// Give memory that the allocator holds unused back to the system (MEMORY PURGE).
  case purgeMemory
  /// End the process as a crash would, for tests (DEBUG SEGFAULT and its kin).
  case crash
}

/// Where the process listens and works.
public struct Whereabouts: Sendable {
  public var port: Int
  public var addresses: [String]
  public var directory: String
}

/// How much a log line matters; the four levels of Redis.
public enum LogSeverity: UInt8, Sendable, Comparable {
  case debug, verbose, notice, warning

  public static func < (left: LogSeverity, right: LogSeverity) -> Bool { left.rawValue < right.rawValue }
}
