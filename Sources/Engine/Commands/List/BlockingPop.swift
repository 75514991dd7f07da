// Taking elements off lists, by those who wait for one where there is none.

/// Takes an element off the head of the first of several lists that has one, or waits for one.
enum BLPop: Command {
  static let spec = CommandSpec(
    "blpop", since: "2.0.0", group: .list, arity: .atLeast(3), flags: [.write, .blocking],
    keys: [.range([.rw, .access, .delete], last: -2)], complexity: "O(N) with N the number of keys",
    summary: "Returns and removes the first element of one of several lists, or waits for one.",
    syntax: "key [key ...] timeout",
    history: [("6.0.0", "`timeout` is interpreted as a double instead of an integer.")])

  static func execute(_ call: inout Call) throws(CommandError) { try call.popOrWait(from: .head) }
}

/// Takes an element off the tail of the first of several lists that has one, or waits for one.
enum BRPop: Command {
  static let spec = CommandSpec(
    "brpop", since: "2.0.0", group: .list, arity: .atLeast(3), flags: [.write, .blocking],
    keys: [.range([.rw, .access, .delete], last: -2)], complexity: "O(N) with N the number of keys",
    summary: "Returns and removes the last element of one of several lists, or waits for one.",
    syntax: "key [key ...] timeout",
    history: [("6.0.0", "`timeout` is interpreted as a double instead of an integer.")])

  static func execute(_ call: inout Call) throws(CommandError) { try call.popOrWait(from: .tail) }
}

/// Takes elements off the first of several lists that has some, or waits for some.
enum BLMPop: Command {
  static let spec = CommandSpec(
    "blmpop", since: "7.0.0", group: .list, arity: .atLeast(5), flags: [.write, .blocking, .movableKeys],
    keys: [
      KeySpec([.rw, .access, .delete], begin: .index(2), find: .keyCount(countAt: 0, first: 1, step: 1))
    ],
    complexity: "O(N+M) with N the number of keys and M the number of elements returned",
    summary: "Returns and removes elements of the first list that has some, or waits for some.",
    syntax: "timeout numkeys key [key ...] <LEFT | RIGHT> [COUNT count]")

  static func execute(_ call: inout Call) throws(CommandError) {
    let request = try MultiplePop(call.arguments, countAt: 2, end: ListEnd.init)
    let deadline = try call.deadline(seconds: 1)
    if try call.popElements(ofFirst: request.keys, from: request.end, count: request.count) { return }
    guard call.mayWait else { return call.reply.nullArray() }
    call.waitForKeys(request.keys, type: .list, until: deadline)
  }
}

extension Call {
  fileprivate mutating func popOrWait(from end: ListEnd) throws(CommandError) {
    let last = arguments.count - 1
    let deadline = try deadline(seconds: last)
    for index in 1..<last {
      guard let entry = try find(index, as: .list, for: .write) else { continue }
      reply.array(2)
      reply.bulk(arguments[index])
      popElement(of: entry, index, from: end)
      return replicate(end == .head ? "LPOP" : "RPOP", arguments[index])
    }
    guard mayWait else { return reply.nullArray() }
    waitForKeys(1..<last, type: .list, until: deadline)
  }
}
