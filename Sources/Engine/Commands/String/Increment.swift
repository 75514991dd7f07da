// Strings as numbers.

/// Adds one.
enum Incr: Command {
  static let spec = CommandSpec(
    "incr", since: "1.0.0", group: .string, arity: .exactly(2), flags: [.write, .denyOutOfMemory, .fast],
    keys: [.one([.rw, .access, .update])],
    summary: "Adds one to the integer at a key; a missing key counts as 0.", syntax: "key")

  static func execute(_ call: inout Call) throws(CommandError) { try call.increment(by: 1) }
}

/// Subtracts one.
enum Decr: Command {
  static let spec = CommandSpec(
    "decr", since: "1.0.0", group: .string, arity: .exactly(2), flags: [.write, .denyOutOfMemory, .fast],
    keys: [.one([.rw, .access, .update])],
    summary: "Subtracts one from the integer at a key; a missing key counts as 0.", syntax: "key")

  static func execute(_ call: inout Call) throws(CommandError) { try call.increment(by: -1) }
}

/// Adds an integer.
enum IncrBy: Command {
  static let spec = CommandSpec(
    "incrby", since: "1.0.0", group: .string, arity: .exactly(3), flags: [.write, .denyOutOfMemory, .fast],
    keys: [.one([.rw, .access, .update])],
    summary: "Adds an integer to the one at a key; a missing key counts as 0.", syntax: "key increment")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let increment = call.arguments[2].parseInt64() else { throw .notInteger }
    try call.increment(by: increment)
  }
}

/// Subtracts an integer.
enum DecrBy: Command {
  static let spec = CommandSpec(
    "decrby", since: "1.0.0", group: .string, arity: .exactly(3), flags: [.write, .denyOutOfMemory, .fast],
    keys: [.one([.rw, .access, .update])],
    summary: "Subtracts an integer from the one at a key; a missing key counts as 0.", syntax: "key decrement")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let decrement = call.arguments[2].parseInt64() else { throw .notInteger }
    guard decrement != .min else { throw .text("ERR decrement would overflow") }
    try call.increment(by: -decrement)
  }
}

/// Adds a floating-point number.
enum IncrByFloat: Command {
  static let spec = CommandSpec(
    "incrbyfloat", since: "2.6.0", group: .string, arity: .exactly(3), flags: [.write, .denyOutOfMemory, .fast],
    keys: [.one([.rw, .access, .update])],
    summary: "Adds a floating-point number to the one at a key; a missing key counts as 0.",
    syntax: "key increment")

  static func execute(_ call: inout Call) throws(CommandError) {
    let existing = try call.findString(1, for: .write)
    let old = existing.map { $0.string.withBytes { $0.parseLongDouble() } } ?? 0
    guard let old, let increment = call.arguments[2].parseLongDouble() else { throw .notFloat }
    let sum = old + increment
    guard sum.isFinite else { throw .nanOrInfinity }
    var text = ByteBuffer()
    text.append(human: sum)
    // Kept as the text it is, even where that is an integer's: OBJECT ENCODING tells, as in Redis.
    call.keyspace[call.database].setText(
      call.arguments[1], hash: call.hash(1), to: text.bytes, existing: existing, access: call.freshAccess)
    call.changed(1)
    if existing == nil { call.created(1) }
    call.notify(.string, "incrbyfloat", 1)
    // The result, not the operation: another machine's arithmetic may differ in the last digit.
    call.replicate("SET", call.arguments[1], text.bytes, Bytes("KEEPTTL"))
    call.reply.bulk(text.bytes)
  }
}

extension Call {
  /// Adds to the integer at argument 1 and answers the sum.
  fileprivate mutating func increment(by increment: Int64) throws(CommandError) {
    let existing = try findString(1, for: .write)
    guard let old = existing.map({ $0.string.integer }) ?? 0 else { throw .notInteger }
    let (sum, overflows) = old.addingReportingOverflow(increment)
    guard !overflows else { throw .overflow }
    keyspace[database].setInteger(arguments[1], hash: hash(1), to: sum, existing: existing, access: freshAccess)
    changed(1)
    if !configuration.notifyKeyspaceEvents.isEmpty {
      if existing == nil { created(1) }
      notify(.string, "incrby", 1)
    }
    reply.integer(sum)
  }
}
