// When fields expire. Of each the answer says: -2 there is none, -1 it does not expire, else when, or in how long.

/// Tells in how many seconds fields expire.
enum HTTL: Command {
  static let spec = CommandSpec(
    "httl", since: "7.4.0", group: .hash, arity: .atLeast(5), flags: [.readOnly, .fast],
    keys: [.one([.ro, .access])], complexity: "O(N) with N the number of fields given",
    summary: "Tells in how many seconds fields of a hash expire.", syntax: "key FIELDS numfields field [field ...]",
    tips: ["nondeterministic_output"])

  static func execute(_ call: inout Call) throws(CommandError) {
    let now = call.now.unixMilliseconds
    try call.tellExpiries { ($0 + 999 - now) / 1000 }
  }
}

/// Tells in how many milliseconds fields expire.
enum HPTTL: Command {
  static let spec = CommandSpec(
    "hpttl", since: "7.4.0", group: .hash, arity: .atLeast(5), flags: [.readOnly, .fast],
    keys: [.one([.ro, .access])], complexity: "O(N) with N the number of fields given",
    summary: "Tells in how many milliseconds fields of a hash expire.",
    syntax: "key FIELDS numfields field [field ...]", tips: ["nondeterministic_output"])

  static func execute(_ call: inout Call) throws(CommandError) {
    let now = call.now.unixMilliseconds
    try call.tellExpiries { $0 - now }
  }
}

/// Tells at which Unix time, in seconds, fields expire.
enum HExpireTime: Command {
  static let spec = CommandSpec(
    "hexpiretime", since: "7.4.0", group: .hash, arity: .atLeast(5), flags: [.readOnly, .fast],
    keys: [.one([.ro, .access])], complexity: "O(N) with N the number of fields given",
    summary: "Tells the Unix time, in seconds, at which fields of a hash expire.",
    syntax: "key FIELDS numfields field [field ...]")

  static func execute(_ call: inout Call) throws(CommandError) { try call.tellExpiries { ($0 + 999) / 1000 } }
}

/// Tells at which Unix time, in milliseconds, fields expire.
enum HPExpireTime: Command {
  static let spec = CommandSpec(
    "hpexpiretime", since: "7.4.0", group: .hash, arity: .atLeast(5), flags: [.readOnly, .fast],
    keys: [.one([.ro, .access])], complexity: "O(N) with N the number of fields given",
    summary: "Tells the Unix time, in milliseconds, at which fields of a hash expire.",
    syntax: "key FIELDS numfields field [field ...]")

  static func execute(_ call: inout Call) throws(CommandError) { try call.tellExpiries { $0 } }
}

extension Call {
  /// Answers what `form` makes of the expiry of each field named.
  fileprivate mutating func tellExpiries(_ form: (Int64) -> Int64) throws(CommandError) {
    let hash = try find(1, as: .hash, for: .read)?.hash
    let first = try fields(at: 2, refusal: "ERR Number of fields must be a positive integer")
    reply.array(arguments.count - first)
    for index in first..<arguments.count {
      guard let found = hash?.find(arguments[index]), (found.expiry ?? .max) >= fieldMoment else {
        reply.integer(-2)
        continue
      }
      reply.integer(found.expiry.map { max(form($0), 0) } ?? -1)
    }
  }
}
