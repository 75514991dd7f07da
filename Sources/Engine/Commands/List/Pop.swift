// Taking elements off the ends.

/// Takes elements off the head of a list.
enum LPop: Command {
  static let spec = CommandSpec(
    "lpop", since: "1.0.0", group: .list, arity: .atLeast(2), flags: [.write, .fast],
    keys: [.one([.rw, .access, .delete])], complexity: "O(N) with N the number of elements returned",
    summary: "Returns and removes the first elements of a list.", syntax: "key [count]",
    history: [("6.2.0", "Added the `count` argument.")])

  static func execute(_ call: inout Call) throws(CommandError) { try call.pop(from: .head, "lpop") }
}

/// Takes elements off the tail of a list.
enum RPop: Command {
  static let spec = CommandSpec(
    "rpop", since: "1.0.0", group: .list, arity: .atLeast(2), flags: [.write, .fast],
    keys: [.one([.rw, .access, .delete])], complexity: "O(N) with N the number of elements returned",
    summary: "Returns and removes the last elements of a list.", syntax: "key [count]",
    history: [("6.2.0", "Added the `count` argument.")])

  static func execute(_ call: inout Call) throws(CommandError) { try call.pop(from: .tail, "rpop") }
}

/// Takes elements off the first of several lists that has some.
enum LMPop: Command {
  static let spec = CommandSpec(
    "lmpop", since: "7.0.0", group: .list, arity: .atLeast(4), flags: [.write, .movableKeys],
    keys: [
      KeySpec([.rw, .access, .delete], begin: .index(1), find: .keyCount(countAt: 0, first: 1, step: 1))
    ],
    complexity: "O(N+M) with N the number of keys and M the number of elements returned",
    summary: "Returns and removes elements of the first list that has some.",
    syntax: "numkeys key [key ...] <LEFT | RIGHT> [COUNT count]")

  static func execute(_ call: inout Call) throws(CommandError) {
    let request = try MultiplePop(call.arguments, countAt: 1, end: ListEnd.init)
    if try !call.popElements(ofFirst: request.keys, from: request.end, count: request.count) {
      call.reply.nullArray()
    }
  }
}

extension Call {
  @inline(__always)
  fileprivate mutating func pop(from end: ListEnd, _ name: String) throws(CommandError) {
    guard arguments.count <= 3 else { throw .wrongArgumentCount(name) }
    guard arguments.count == 3 else {
      guard let entry = try find(1, as: .list, for: .write) else { return reply.null() }
      return popElement(of: entry, 1, from: end)
    }
    let count = try count(at: 2, atLeast: 0, orElse: "ERR value is out of range, must be positive")
    guard let entry = try find(1, as: .list, for: .write) else { return reply.nullArray() }
    guard count > 0 else { return reply.array(0) }
    popElements(of: entry, 1, from: end, count: count)
  }
}
