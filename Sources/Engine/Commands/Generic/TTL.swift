// The four that tell an expiry: from now or as a moment, in seconds or milliseconds. -2 for a missing key, -1 for one
// that never expires.

/// Tells in how many seconds a key expires.
enum TTL: Command {
  static let spec = CommandSpec(
    "ttl", since: "1.0.0", group: .generic, arity: .exactly(2), flags: [.readOnly, .fast],
    keys: [.one([.ro, .access])], categories: [.keyspace], summary: "Tells in how many seconds a key expires.",
    syntax: "key", tips: ["nondeterministic_output"], history: [("2.8.0", "Added the -2 reply.")])

  static func execute(_ call: inout Call) throws(CommandError) {
    call.replyExpiry(fromNow: true, millisecondsPerUnit: 1000)
  }
}

/// Tells in how many milliseconds a key expires.
enum PTTL: Command {
  static let spec = CommandSpec(
    "pttl", since: "2.6.0", group: .generic, arity: .exactly(2), flags: [.readOnly, .fast],
    keys: [.one([.ro, .access])], categories: [.keyspace], summary: "Tells in how many milliseconds a key expires.",
    syntax: "key", tips: ["nondeterministic_output"], history: [("2.8.0", "Added the -2 reply.")])

  static func execute(_ call: inout Call) throws(CommandError) {
    call.replyExpiry(fromNow: true, millisecondsPerUnit: 1)
  }
}

/// Tells the Unix time, in seconds, at which a key expires.
enum ExpireTime: Command {
  static let spec = CommandSpec(
    "expiretime", since: "7.0.0", group: .generic, arity: .exactly(2), flags: [.readOnly, .fast],
    keys: [.one([.ro, .access])], categories: [.keyspace],
    summary: "Tells the Unix time, in seconds, at which a key expires.", syntax: "key")

  static func execute(_ call: inout Call) throws(CommandError) {
    call.replyExpiry(fromNow: false, millisecondsPerUnit: 1000)
  }
}

/// Tells the Unix time, in milliseconds, at which a key expires.
enum PExpireTime: Command {
  static let spec = CommandSpec(
    "pexpiretime", since: "7.0.0", group: .generic, arity: .exactly(2), flags: [.readOnly, .fast],
    keys: [.one([.ro, .access])], categories: [.keyspace],
    summary: "Tells the Unix time, in milliseconds, at which a key expires.", syntax: "key")

  static func execute(_ call: inout Call) throws(CommandError) {
    call.replyExpiry(fromNow: false, millisecondsPerUnit: 1)
  }
}

extension Call {
  /// Answers the expiry of the key at argument 1, rounded to the nearest unit.
  fileprivate mutating func replyExpiry(fromNow: Bool, millisecondsPerUnit: Int64) {
    guard let entry = find(1, for: .inspect) else { return reply.integer(-2) }
    guard let expiry = entry.expiry else { return reply.integer(-1) }
    let milliseconds = max(expiry - (fromNow ? now.unixMilliseconds : 0), 0)
    // Unsigned, where half a unit more than the last moment there is still fits.
    reply.integer(Int64((UInt64(milliseconds) + UInt64(millisecondsPerUnit / 2)) / UInt64(millisecondsPerUnit)))
  }
}
