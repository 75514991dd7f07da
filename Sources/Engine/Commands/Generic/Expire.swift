// The four that set an expiry. They differ in the unit of the time and in what it counts from; what replicas see is
// always the moment itself: `PEXPIREAT key milliseconds`, or a deletion where that moment is past.

/// Lets a key expire in so many seconds.
enum Expire: Command {
  static let spec = CommandSpec(
    "expire", since: "1.0.0", group: .generic, arity: .atLeast(3), flags: [.write, .fast],
    keys: [.one([.rw, .update])], categories: [.keyspace], summary: "Sets after how many seconds a key expires.",
    syntax: "key seconds [NX | XX | GT | LT]", history: ExpiryCondition.history)

  static func execute(_ call: inout Call) throws(CommandError) {
    try call.setExpiry(millisecondsPerUnit: 1000, countsFromNow: true)
  }
}

/// Lets a key expire in so many milliseconds.
enum PExpire: Command {
  static let spec = CommandSpec(
    "pexpire", since: "2.6.0", group: .generic, arity: .atLeast(3), flags: [.write, .fast],
    keys: [.one([.rw, .update])], categories: [.keyspace], summary: "Sets after how many milliseconds a key expires.",
    syntax: "key milliseconds [NX | XX | GT | LT]", history: ExpiryCondition.history)

  static func execute(_ call: inout Call) throws(CommandError) {
    try call.setExpiry(millisecondsPerUnit: 1, countsFromNow: true)
  }
}

/// Lets a key expire at a moment, seconds since 1970.
enum ExpireAt: Command {
  static let spec = CommandSpec(
    "expireat", since: "1.2.0", group: .generic, arity: .atLeast(3), flags: [.write, .fast],
    keys: [.one([.rw, .update])], categories: [.keyspace],
    summary: "Sets the Unix time, in seconds, at which a key expires.",
    syntax: "key unix-time-seconds [NX | XX | GT | LT]", history: ExpiryCondition.history)

  static func execute(_ call: inout Call) throws(CommandError) {
    try call.setExpiry(millisecondsPerUnit: 1000, countsFromNow: false)
  }
}

/// Lets a key expire at a moment, milliseconds since 1970.
enum PExpireAt: Command {
  static let spec = CommandSpec(
    "pexpireat", since: "2.6.0", group: .generic, arity: .atLeast(3), flags: [.write, .fast],
    keys: [.one([.rw, .update])], categories: [.keyspace],
    summary: "Sets the Unix time, in milliseconds, at which a key expires.",
    syntax: "key unix-time-milliseconds [NX | XX | GT | LT]", history: ExpiryCondition.history)

  static func execute(_ call: inout Call) throws(CommandError) {
    try call.setExpiry(millisecondsPerUnit: 1, countsFromNow: false)
  }
}

/// Lets a key live for ever again.
enum Persist: Command {
  static let spec = CommandSpec(
    "persist", since: "2.2.0", group: .generic, arity: .exactly(2), flags: [.write, .fast],
    keys: [.one([.rw, .update])], categories: [.keyspace], summary: "Removes a key's expiry.", syntax: "key")

  static func execute(_ call: inout Call) throws(CommandError) {
    let hash = call.hash(1)
    guard let entry = call.find(1, for: .write), entry.hasExpiry else { return call.reply.integer(0) }
    call.keyspace[call.database].setExpiry(entry, hash: hash, to: nil)
    call.changed(1)
    call.notify(.generic, "persist", 1)
    call.reply.integer(1)
  }
}

/// On what the EXPIRE family makes a new expiry depend. A key without one counts as never expiring.
struct ExpiryCondition: OptionSet {
  let rawValue: UInt8
  /// Only where there is no expiry.
  static let absent = ExpiryCondition(rawValue: 1 << 0)
  /// Only where there is one.
  static let present = ExpiryCondition(rawValue: 1 << 1)
  /// Only where it comes later than the one there is.
  static let later = ExpiryCondition(rawValue: 1 << 2)
  /// Only where it comes earlier.
  static let earlier = ExpiryCondition(rawValue: 1 << 3)

  static let history: [(since: StaticString, change: StaticString)] = [
    ("7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`.")
  ]

  /// The conditions among the arguments from `start` on.
  init(_ arguments: Arguments, from start: Int) throws(CommandError) {
    self = []
    for index in start..<max(start, arguments.count) {
      let word = arguments[index]
      if word.equalsIgnoringCase("nx") {
        insert(.absent)
      } else if word.equalsIgnoringCase("xx") {
        insert(.present)
      } else if word.equalsIgnoringCase("gt") {
        insert(.later)
      } else if word.equalsIgnoringCase("lt") {
        insert(.earlier)
      } else {
        throw .composed("ERR Unsupported option \(word.text)")
      }
    }
    if contains(.absent), self != .absent {
      throw .text("ERR NX and XX, GT or LT options at the same time are not compatible")
    }
    if isSuperset(of: [.later, .earlier]) {
      throw .text("ERR GT and LT options at the same time are not compatible")
    }
  }

  init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Whether an expiry at `new` may take the place of `old`, milliseconds since 1970.
  func allows(_ new: Int64, insteadOf old: Int64?) -> Bool {
    if contains(.absent), old != nil { return false }
    if contains(.present), old == nil { return false }
    if contains(.later) {
      guard let old, new > old else { return false }
    }
    if contains(.earlier), let old, new >= old { return false }
    return true
  }
}

extension Call {
  /// Sets the expiry of the key at argument 1 to the time at argument 2.
  fileprivate mutating func setExpiry(millisecondsPerUnit: Int64, countsFromNow: Bool) throws(CommandError) {
    let condition = try ExpiryCondition(arguments, from: 3)
    let amount = try integer(at: 2)
    let (milliseconds, isTooLarge) = amount.multipliedReportingOverflow(by: millisecondsPerUnit)
    let (moment, isTooLate) = milliseconds.addingReportingOverflow(countsFromNow ? now.unixMilliseconds : 0)
    guard !isTooLarge, !isTooLate else {
      throw .invalidExpiry(catalogue.specs[identity].name.description)
    }
    let hash = hash(1)
    guard let entry = find(1, for: .write), condition.allows(moment, insteadOf: entry.expiry) else {
      return reply.integer(0)
    }
    let isPast = isDeletedAtOnce(expiring: moment)
    if isPast {
      let lazily = configuration.lazyfreeLazyExpire
      keyspace.remove(entry, hash: hash, in: database, lazily: lazily)
      replicate(lazily ? "UNLINK" : "DEL", arguments[1])
    } else {
      keyspace[database].setExpiry(entry, hash: hash, to: moment)
      NumberText(moment).withBytes { replicate("PEXPIREAT", arguments[1], $0) }
    }
    changed(1)
    notify(.generic, isPast ? "del" : "expire", 1)
    reply.integer(1)
  }
}
