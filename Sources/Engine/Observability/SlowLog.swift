/// The commands that took longer than `slowlog-log-slower-than`, the latest first.
struct SlowLog: Sendable {
  struct Entry: Sendable {
    let id: Int64
    /// Seconds since 1970.
    let time: Int64
    let microseconds: Int64
    /// Shortened: at most `maximumArguments` of at most `maximumBytes`, and a note of what is left out.
    let arguments: [[UInt8]]
    let peer: String
    let name: [UInt8]
  }

  static let maximumArguments = 32
  static let maximumBytes = 128

  /// In order of time.
  private var entries: [Entry] = []
  private var nextIdentity: Int64 = 0

  var count: Int { entries.count }

  /// The last `limit` entries, the latest first.
  func latest(_ limit: Int) -> ReversedCollection<ArraySlice<Entry>> { entries.suffix(max(limit, 0)).reversed() }

  /// Adds an entry, and drops the oldest beyond `limit`.
  /// - Parameter secrets: indices of arguments that must not be shown.
  mutating func add(
    _ arguments: Arguments, secrets: [Int], microseconds: Int64, peer: String, name: [UInt8], now: Instant, limit: Int
  ) {
    entries.append(
      Entry(
        id: nextIdentity, time: now.unixSeconds, microseconds: microseconds,
        arguments: Self.shortened(arguments, secrets), peer: peer, name: name))
    nextIdentity += 1
    trim(to: limit)
  }

  mutating func trim(to limit: Int) {
    if entries.count > limit { entries.removeFirst(entries.count - max(limit, 0)) }
  }

  /// Forgets the entries; identities go on.
  mutating func removeAll() { entries.removeAll() }

  private static func shortened(_ arguments: Arguments, _ secrets: [Int]) -> [[UInt8]] {
    let kept = min(arguments.count, maximumArguments)
    var result: [[UInt8]] = []
    result.reserveCapacity(kept)
    for index in 0..<kept {
      if index == kept - 1, arguments.count > kept {
        result.append(Array("... (\(arguments.count - kept + 1) more arguments)".utf8))
      } else if secrets.contains(index) {
        result.append(Array("(redacted)".utf8))
      } else if arguments[index].count > maximumBytes {
        let rest = arguments[index].count - maximumBytes
        result.append(arguments[index][0..<maximumBytes].array + Array("... (\(rest) more bytes)".utf8))
      } else {
        result.append(arguments[index].array)
      }
    }
    return result
  }
}
