// Commands that depend on what a string is.

/// Returns the digest of a string, to compare with later.
enum Digest: Command {
  static let spec = CommandSpec(
    "digest", since: "8.4.0", group: .string, arity: .exactly(2), flags: [.readOnly, .fast],
    keys: [.one([.ro, .access])], complexity: "O(N) with N the length of the string",
    summary: "Returns the XXH3 hash of the string value of a key, in hexadecimal digits.", syntax: "key")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let entry = try call.findString(1, for: .read) else { return call.reply.null() }
    call.reply.bulk(entry.string.withBytes { XXH3.digest($0) })
  }
}

/// Deletes a key, if it holds a certain string where one is named.
enum DelEX: Command {
  static let spec = CommandSpec(
    "delex", since: "8.4.0", group: .string, arity: .atLeast(2), flags: [.write, .fast],
    keys: [.one([.rw, .delete])],
    complexity: "O(1) for IFEQ and IFNE, O(N) for IFDEQ and IFDNE with N the length of the string",
    summary: "Deletes a key if its string value, or the digest of it, compares as asked.",
    syntax:
      "key [IFEQ ifeq-value | IFNE ifne-value | IFDEQ ifdeq-digest | IFDNE ifdne-digest]")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard call.arguments.count == 2 || call.arguments.count == 4 else { throw .wrongArgumentCount("delex") }
    guard let entry = call.find(1, for: .write) else { return call.reply.integer(0) }
    if call.arguments.count == 4 {
      guard entry.type == .string else {
        throw .text("ERR Key should be of string type if conditions are specified")
      }
      guard let condition = StringOptions.Condition(call.arguments[2], valueAt: 3) else {
        throw .text("ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE")
      }
      guard try call.allows(condition, entry) else { return call.reply.integer(0) }
    }
    call.deleteAsDel(entry)
  }
}

/// Deletes a key if it holds a certain string.
enum DelIfEq: Command {
  static let spec = CommandSpec(
    "delifeq", since: "9.0.0", group: .string, arity: .exactly(3), flags: [.write, .fast],
    keys: [.one([.rw, .access, .delete])], summary: "Deletes a key if it holds a certain string (Valkey).",
    syntax: "key value")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let entry = try call.findString(1, for: .write), try call.allows(.equal(2), entry) else {
      return call.reply.integer(0)
    }
    call.deleteAsDel(entry)
  }
}

/// Sets several keys that expire together.
enum MSetEX: Command {
  static let spec = CommandSpec(
    "msetex", since: "8.4.0", group: .string, arity: .atLeast(4), flags: [.write, .denyOutOfMemory],
    keys: [KeySpec([.ow, .update], begin: .index(1), find: .keyCount(countAt: 0, first: 1, step: 2))],
    complexity: "O(N) with N the number of keys",
    summary: "Sets the string values of several keys, all at once, and when they expire.",
    syntax:
      "numkeys key value [key value ...] [NX | XX] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]",
    tips: ["request_policy:multi_shard", "response_policy:all_succeeded"])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let count = call.arguments[1].parseInt64(), count > 0, count <= Int32.max else {
      throw .text("ERR invalid numkeys value")
    }
    let end = 2 + Int(count) * 2
    guard end <= call.arguments.count else { throw .text("ERR wrong number of key-value pairs") }
    let options = try StringOptions(call.arguments, from: end, of: .setSeveral)
    var expiry = Database.ExpiryChange.remove
    if case .keep = options.lifetime { expiry = .keep }
    if case .expiry(let unit, let index) = options.lifetime { expiry = .at(try call.expiryMoment(unit, at: index)) }
    let keys = stride(from: 2, to: end, by: 2)
    if options.condition != .none {
      for index in keys {
        guard try call.allows(options.condition, call.find(index, for: .write)) else { return call.reply.integer(0) }
      }
    }
    for index in keys { set(index, expiry, &call) }
    call.reply.integer(1)
  }

  private static func set(_ index: Int, _ expiry: Database.ExpiryChange, _ call: inout Call) {
    let key = call.arguments[index]
    let value = call.arguments[index + 1]
    let existing = call.find(index, for: .write)
    call.keyspace[call.database].setString(
      key, hash: call.hash(index), to: value, existing: existing, expiry: expiry, access: call.freshAccess)
    call.changed(index)
    if existing == nil { call.created(index) }
    call.notify(.string, "set", index)
    switch expiry {
    case .remove: call.replicate("SET", key, value)
    case .keep: call.replicate("SET", key, value, Bytes("KEEPTTL"))
    case .at(let moment):
      call.notify(.generic, "expire", index)
      NumberText(moment).withBytes { call.replicate("SET", key, value, Bytes("PXAT"), $0) }
    }
  }
}

extension StringOptions.Condition {
  /// A comparison from its word.
  /// - Parameter index: of the argument to compare with.
  init?(_ word: Bytes, valueAt index: Int) {
    if word.equalsIgnoringCase("ifeq") {
      self = .equal(index)
    } else if word.equalsIgnoringCase("ifne") {
      self = .different(index)
    } else if word.equalsIgnoringCase("ifdeq") {
      self = .digestEqual(index)
    } else if word.equalsIgnoringCase("ifdne") {
      self = .digestDifferent(index)
    } else {
      return nil
    }
  }

  /// Whether the value there is matters, not only whether there is one.
  var compares: Bool {
    switch self {
    case .none, .absent, .present: false
    case .equal, .different, .digestEqual, .digestDifferent: true
    }
  }
}

extension Call {
  /// Whether a key that holds `existing` meets the condition. A missing one differs from everything.
  /// - Throws: `wrongType`, or where what should be a digest is none.
  func allows(_ condition: StringOptions.Condition, _ existing: Entry?) throws(CommandError) -> Bool {
    switch condition {
    case .none: return true
    case .absent: return existing == nil
    case .present: return existing != nil
    case .equal(let index): return try string(existing, isArgument: index)
    case .different(let index): return try !string(existing, isArgument: index)
    case .digestEqual(let index): return try digest(existing, isArgument: index)
    case .digestDifferent(let index): return try !digest(existing, isArgument: index)
    }
  }

  private func string(_ existing: Entry?, isArgument index: Int) throws(CommandError) -> Bool {
    guard let existing else { return false }
    guard existing.type == .string else { throw .wrongType }
    return existing.string.withBytes { $0 == arguments[index] }
  }

  private func digest(_ existing: Entry?, isArgument index: Int) throws(CommandError) -> Bool {
    guard let existing else { return false }
    guard existing.type == .string else { throw .wrongType }
    let wanted = arguments[index]
    // As Redis does, looks at the length only: other characters are no digest's.
    guard wanted.count == 16 else { throw .text("ERR must be exactly 16 hexadecimal characters") }
    return existing.string.withBytes { XXH3.digest($0) } == wanted.array.map { $0 &- 65 < 26 ? $0 | 32 : $0 }
  }

  /// Deletes the key at argument 1, which replicas are told by DEL, and answers 1.
  fileprivate mutating func deleteAsDel(_ entry: Entry) {
    keyspace.remove(entry, hash: hash(1), in: database, lazily: configuration.lazyfreeLazyServerDel)
    changed(1)
    notify(.generic, "del", 1)
    replicate("DEL", arguments[1])
    reply.integer(1)
  }
}
