internal import Logging

/// Writes log lines as Redis does: `PID:M 22 Nov 2026 22:12:16.123 * text`.
///
/// The letter after the process number is the role, from the metadata key `role`: M primary, S replica, C child, X
/// sentinel. The mark before the text is the level: `.` debug, `-` verbose, `*` notice, `#` warning.
struct ServerLogHandler: LogHandler {
  static let roleKey = "role"

  let destination: LogDestination
  let processIdentifier: Int32
  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var role = "M"
    if case .string(let text)? = metadata[ServerLogHandler.roleKey] { role = text }
    let mark = ServerLogHandler.mark(event.level)
    destination.write("\(processIdentifier):\(role) \(Clock.logTimestamp()) \(mark) \(event.message)\n")
  }

  private static func mark(_ level: Logger.Level) -> Character {
    switch level {
    case .trace, .debug: "."
    case .info: "-"
    case .notice: "*"
    case .warning, .error, .critical: "#"
    }
  }
}
