// Moving elements from list to list, by those who wait for one where there is none.

/// Takes an element off one list and adds it to another, or waits for one.
enum BLMove: Command {
  static let spec = CommandSpec(
    "blmove", since: "6.2.0", group: .list, arity: .exactly(6), flags: [.write, .denyOutOfMemory, .blocking],
    keys: [.one([.rw, .access, .delete]), .one([.rw, .insert], at: 2)],
    summary:
      "Takes an element off an end of a list, adds it to an end of another, and returns it; or waits for one.",
    syntax: "source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout")

  static func execute(_ call: inout Call) throws(CommandError) {
    let from = try call.listEnd(at: 3)
    let to = try call.listEnd(at: 4)
    let deadline = try call.deadline(seconds: 5)
    guard try call.moveOrWait(from, to, until: deadline) else { return }
    call.replicate("LMOVE", call.arguments[1], call.arguments[2], call.arguments[3], call.arguments[4])
  }
}

/// Takes the last element of one list and adds it at the head of another, or waits for one.
enum BRPopLPush: Command {
  static let spec = CommandSpec(
    "brpoplpush", since: "2.2.0", group: .list, arity: .exactly(4), flags: [.write, .denyOutOfMemory, .blocking],
    keys: [.one([.rw, .access, .delete]), .one([.rw, .insert], at: 2)],
    summary:
      "Takes the last element of a list, adds it at the head of another, and returns it; or waits for one.",
    syntax: "source destination timeout",
    history: [("6.0.0", "`timeout` is interpreted as a double instead of an integer.")],
    deprecated: ("6.2.0", "`BLMOVE` with the `RIGHT` and `LEFT` arguments"))

  static func execute(_ call: inout Call) throws(CommandError) {
    let deadline = try call.deadline(seconds: 3)
    guard try call.moveOrWait(.tail, .head, until: deadline) else { return }
    call.replicate("RPOPLPUSH", call.arguments[1], call.arguments[2])
  }
}

extension Call {
  /// Moves an element from the list at argument 1 to that at argument 2, or waits for one.
  /// - Returns: whether there was one.
  fileprivate mutating func moveOrWait(
    _ from: ListEnd, _ to: ListEnd, until deadline: Int64?
  ) throws(CommandError) -> Bool {
    if try moveElement(from: 1, from, to: 2, to) { return true }
    guard mayWait else {
      reply.null()
      return false
    }
    waitForKeys([1], type: .list, until: deadline)
    return false
  }
}
