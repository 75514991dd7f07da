// Parts of strings.

/// Appends to the string at `key`.
enum Append: Command {
  static let spec = CommandSpec(
    "append", since: "2.0.0", group: .string, arity: .exactly(3), flags: [.write, .denyOutOfMemory, .fast],
    keys: [.one([.rw, .insert])],
    complexity: "O(N) with N the length of what is appended; now and then all of the string moves",
    summary: "Appends to the string at a key; a missing key counts as empty.", syntax: "key value")

  static func execute(_ call: inout Call) throws(CommandError) {
    let value = call.arguments[2]
    guard let entry = try call.findString(1, for: .write) else {
      call.setString(value, existing: nil, expiry: .remove, event: "append")
      return call.reply.integer(value.count)
    }
    let oldCount = entry.string.count
    try call.checkStringLength(oldCount, adding: value.count)
    call.keyspace[call.database].openBlock(entry, hash: call.hash(1), minimumCount: oldCount + value.count)
      .block.overwrite(at: oldCount, with: value)
    call.changed(1)
    call.notify(.string, "append", 1)
    call.reply.integer(oldCount + value.count)
  }
}

/// Overwrites a part of the string at `key`.
enum SetRange: Command {
  static let spec = CommandSpec(
    "setrange", since: "2.2.0", group: .string, arity: .exactly(4), flags: [.write, .denyOutOfMemory],
    keys: [.one([.rw, .update])],
    complexity: "O(N) with N the length of what is written, and of the zeros before it",
    summary: "Overwrites a part of the string at a key, with zeros before it where the string is shorter.",
    syntax: "key offset value")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let offset = call.arguments[2].parseInt64() else { throw .notInteger }
    guard offset >= 0 else { throw .offsetOutOfRange }
    let value = call.arguments[3]
    let existing = try call.findString(1, for: .write)
    guard !value.isEmpty else { return call.reply.integer(existing?.string.count ?? 0) }
    try call.checkStringLength(Int(offset), adding: value.count)
    let entry = call.openString(existing, minimumCount: Int(offset) + value.count)
    entry.block.overwrite(at: Int(offset), with: value)
    call.changed(1)
    if existing == nil { call.created(1) }
    call.notify(.string, "setrange", 1)
    call.reply.integer(entry.block.count)
  }
}

/// Returns a part of the string at `key`.
enum GetRange: Command {
  static let spec = CommandSpec(
    "getrange", since: "2.4.0", group: .string, arity: .exactly(4), flags: [.readOnly],
    keys: [.one([.ro, .access])], complexity: "O(N) with N the length of the part",
    summary: "Returns a part of the string at a key.", syntax: "key start end")

  static func execute(_ call: inout Call) throws(CommandError) { try call.replySubstring() }
}

/// GETRANGE by its first name.
enum SubStr: Command {
  static let spec = CommandSpec(
    "substr", since: "1.0.0", group: .string, arity: .exactly(4), flags: [.readOnly],
    keys: [.one([.ro, .access])], complexity: "O(N) with N the length of the part",
    summary: "Returns a part of the string at a key.", syntax: "key start end",
    deprecated: ("2.0.0", "`GETRANGE`"))

  static func execute(_ call: inout Call) throws(CommandError) { try call.replySubstring() }
}

/// Returns the length of the string at `key`.
enum StrLen: Command {
  static let spec = CommandSpec(
    "strlen", since: "2.2.0", group: .string, arity: .exactly(2), flags: [.readOnly, .fast],
    keys: [.one([.ro])], summary: "Returns the length of the string at a key.", syntax: "key")

  static func execute(_ call: inout Call) throws(CommandError) {
    let entry = try call.findString(1, for: .read)
    call.reply.integer(entry?.string.count ?? 0)
  }
}

extension Call {
  /// The string at argument 1 in a block of its own, to be changed in place; a missing one is zeros.
  mutating func openString(_ existing: Entry?, minimumCount: Int) -> Entry {
    if let existing {
      return keyspace[database].openBlock(existing, hash: hash(1), minimumCount: minimumCount)
    }
    let entry = Entry.make(
      key: arguments[1], type: .string, encoding: .raw, content: .block(.make(Bytes(), zeros: minimumCount)),
      expiry: nil, access: freshAccess)
    return keyspace[database].insert(entry, hash: hash(1))
  }

  /// Answers the part of the string at argument 1 from argument 2 to argument 3, both included; negative ones count
  /// from the end.
  fileprivate mutating func replySubstring() throws(CommandError) {
    guard let start = arguments[2].parseInt64(), let end = arguments[3].parseInt64() else { throw .notInteger }
    guard let string = try findString(1, for: .read)?.string else { return reply.bulk(Bytes()) }
    let range = Self.resolve(start, end, in: string.count)
    string.withBytes { reply.bulk($0[range]) }
  }

  private static func resolve(_ start: Int64, _ end: Int64, in count: Int) -> Range<Int> {
    if start < 0, end < 0, start > end { return 0..<0 }
    let length = Int64(count)
    let first = max(start < 0 ? start &+ length : start, 0)
    let last = min(max(end < 0 ? end &+ length : end, 0), length - 1)
    return first > last ? 0..<0 : Int(first)..<Int(last) + 1
  }
}
