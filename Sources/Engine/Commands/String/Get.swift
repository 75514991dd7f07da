/// Returns the string at `key`.
enum Get: Command {
  static let spec = CommandSpec(
    "get", since: "1.0.0", group: .string, arity: .exactly(2), flags: [.readOnly, .fast],
    keys: [.one([.ro, .access])], summary: "Returns the string value of a key.", syntax: "key")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let entry = try call.findString(1, for: .read) else { return call.reply.null() }
    call.reply.bulk(entry.string)
  }
}
