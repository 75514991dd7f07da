/// Sets `key` to a string.
enum SetKey: Command {
  static let spec = CommandSpec(
    "set", since: "1.0.0", group: .string, arity: .atLeast(3), flags: [.write, .denyOutOfMemory],
    keys: [.one([.rw, .access, .update, .variableFlags])], summary: "Sets the string value of a key.",
    syntax: "key value")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard call.arguments.count == 3 else { throw .syntax }
    let key = call.arguments[1]
    let hash = call.hash(1)
    let existing = call.find(1, for: .write)
    call.keyspace[call.database].setString(
      key, hash: hash, to: call.arguments[2], existing: existing, expiry: .remove, access: call.freshAccess)
    call.changed(1)
    call.reply.ok()
  }
}
