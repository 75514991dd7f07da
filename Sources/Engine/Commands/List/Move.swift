// Moving elements from list to list.

/// Takes an element off one list and adds it to another.
enum LMove: Command {
  static let spec = CommandSpec(
    "lmove", since: "6.2.0", group: .list, arity: .exactly(5), flags: [.write, .denyOutOfMemory],
    keys: [.one([.rw, .access, .delete]), .one([.rw, .insert], at: 2)],
    summary: "Takes an element off an end of a list, adds it to an end of another, and returns it.",
    syntax: "source destination <LEFT | RIGHT> <LEFT | RIGHT>")

  static func execute(_ call: inout Call) throws(CommandError) {
    let from = try call.listEnd(at: 3)
    let to = try call.listEnd(at: 4)
    if try !call.moveElement(from: 1, from, to: 2, to) { call.reply.null() }
  }
}

/// Takes the last element of one list and adds it at the head of another.
enum RPopLPush: Command {
  static let spec = CommandSpec(
    "rpoplpush", since: "1.2.0", group: .list, arity: .exactly(3), flags: [.write, .denyOutOfMemory],
    keys: [.one([.rw, .access, .delete]), .one([.rw, .insert], at: 2)],
    summary: "Takes the last element of a list, adds it at the head of another, and returns it.",
    syntax: "source destination", deprecated: ("6.2.0", "`LMOVE` with the `RIGHT` and `LEFT` arguments"))

  static func execute(_ call: inout Call) throws(CommandError) {
    if try !call.moveElement(from: 1, .tail, to: 2, .head) { call.reply.null() }
  }
}
