// Adding elements at the ends.

/// Adds elements at the head of a list.
enum LPush: Command {
  static let spec = CommandSpec(
    "lpush", since: "1.0.0", group: .list, arity: .atLeast(3), flags: [.write, .denyOutOfMemory, .fast],
    keys: [.one([.rw, .insert])], complexity: "O(N) with N the number of elements added",
    summary: "Adds elements at the head of a list, which is made where it is missing.",
    syntax: "key element [element ...]", history: [("2.4.0", "Accepts multiple `element` arguments.")])

  static func execute(_ call: inout Call) throws(CommandError) { try call.push(at: .head, makesList: true) }
}

/// Adds elements at the tail of a list.
enum RPush: Command {
  static let spec = CommandSpec(
    "rpush", since: "1.0.0", group: .list, arity: .atLeast(3), flags: [.write, .denyOutOfMemory, .fast],
    keys: [.one([.rw, .insert])], complexity: "O(N) with N the number of elements added",
    summary: "Adds elements at the tail of a list, which is made where it is missing.",
    syntax: "key element [element ...]", history: [("2.4.0", "Accepts multiple `element` arguments.")])

  static func execute(_ call: inout Call) throws(CommandError) { try call.push(at: .tail, makesList: true) }
}

/// Adds elements at the head of a list that exists.
enum LPushX: Command {
  static let spec = CommandSpec(
    "lpushx", since: "2.2.0", group: .list, arity: .atLeast(3), flags: [.write, .denyOutOfMemory, .fast],
    keys: [.one([.rw, .insert])], complexity: "O(N) with N the number of elements added",
    summary: "Adds elements at the head of a list only where there is one.", syntax: "key element [element ...]",
    history: [("4.0.0", "Accepts multiple `element` arguments.")])

  static func execute(_ call: inout Call) throws(CommandError) { try call.push(at: .head, makesList: false) }
}

/// Adds elements at the tail of a list that exists.
enum RPushX: Command {
  static let spec = CommandSpec(
    "rpushx", since: "2.2.0", group: .list, arity: .atLeast(3), flags: [.write, .denyOutOfMemory, .fast],
    keys: [.one([.rw, .insert])], complexity: "O(N) with N the number of elements added",
    summary: "Adds elements at the tail of a list only where there is one.", syntax: "key element [element ...]",
    history: [("4.0.0", "Accepts multiple `element` arguments.")])

  static func execute(_ call: inout Call) throws(CommandError) { try call.push(at: .tail, makesList: false) }
}

extension Call {
  /// Adds the arguments behind the key at an end of its list.
  @inline(__always)
  fileprivate mutating func push(at end: ListEnd, makesList: Bool) throws(CommandError) {
    let entry = try find(1, as: .list, for: .write)
    if entry == nil, !makesList { return reply.integer(0) }
    let elements = arguments.dropFirst(2)
    let length = push(to: entry, 1, at: end, count: elements.count) { elements[$0] }
    reply.integer(length)
    changed(1, count: elements.count)
    notifyPush(1, at: end)
  }
}
