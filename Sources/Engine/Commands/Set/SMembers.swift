// What a set holds.

/// Tells how many members a set has.
enum SCard: Command {
  static let spec = CommandSpec(
    "scard", since: "1.0.0", group: .set, arity: .exactly(2), flags: [.readOnly, .fast], keys: [.one([.ro])],
    summary: "Tells how many members a set has.", syntax: "key")

  static func execute(_ call: inout Call) throws(CommandError) {
    call.reply.integer(try call.findSet(1, for: .read)?.count ?? 0)
  }
}

/// Tells whether something is a member of a set.
enum SIsMember: Command {
  static let spec = CommandSpec(
    "sismember", since: "1.0.0", group: .set, arity: .exactly(3), flags: [.readOnly, .fast], keys: [.one([.ro])],
    summary: "Tells whether something is a member of a set.", syntax: "key member")

  static func execute(_ call: inout Call) throws(CommandError) {
    let isMember = try call.findSet(1, for: .read)?.contains(call.arguments[2]) ?? false
    call.reply.integer(isMember ? 1 : 0)
  }
}

/// Tells of several things whether they are members of a set.
enum SMIsMember: Command {
  static let spec = CommandSpec(
    "smismember", since: "6.2.0", group: .set, arity: .atLeast(3), flags: [.readOnly, .fast],
    keys: [.one([.ro, .access])], complexity: "O(N) with N the number of things asked about",
    summary: "Tells of several things whether they are members of a set.", syntax: "key member [member ...]")

  static func execute(_ call: inout Call) throws(CommandError) {
    let set = try call.findSet(1, for: .read)
    call.reply.array(call.arguments.count - 2)
    for index in 2..<call.arguments.count {
      call.reply.integer(set?.contains(call.arguments[index]) ?? false ? 1 : 0)
    }
  }
}

/// Returns all members of a set.
enum SMembers: Command {
  static let spec = CommandSpec(
    "smembers", since: "1.0.0", group: .set, arity: .exactly(2), flags: [.readOnly], keys: [.one([.ro, .access])],
    complexity: "O(N) with N the number of members", summary: "Returns all members of a set.", syntax: "key",
    tips: ["nondeterministic_output_order"])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let set = try call.findSet(1, for: .read) else { return call.reply.set(0) }
    call.reply.set(set.count)
    call.reply.members(of: set)
  }
}

extension ReplyWriter {
  /// Every member, without a header.
  mutating func members(of set: SetValue) {
    set.forEach { member in
      bulk(member)
      return true
    }
  }
}

/// Lists a set's members a few at a time.
///
/// What is in the set from the first call to the last is listed, at least once; a compact set all at once.
enum SScan: Command {
  static let spec = CommandSpec(
    "sscan", since: "2.8.0", group: .set, arity: .atLeast(3), flags: [.readOnly], keys: [.one([.ro, .access])],
    complexity: "O(1) for a call, O(N) for all until the cursor is 0 again",
    summary: "Lists a set's members a few at a time.", syntax: "key cursor [MATCH pattern] [COUNT count]",
    tips: ["nondeterministic_output"])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let cursor = call.arguments[2].parseUInt64() else { throw .invalidCursor }
    guard let set = try call.findSet(1, for: .read) else { return call.reply.scanned(0) }
    let options = try ScanOptions(call.arguments, from: 3)
    // The cursor comes ahead of what is found on the way to it.
    var found = ByteBuffer()
    var matches = 0
    let next = options.walk(from: cursor) { position in
      var met = 0
      let next = set.scan(cursor: position) { member in
        met += 1
        member.withBytes { bytes in
          guard options.matches(bytes) else { return }
          matches += 1
          found.append(bulk: bytes)
        }
      }
      return (next, met)
    }
    call.reply.scanned(next, count: matches, found.bytes)
  }
}
