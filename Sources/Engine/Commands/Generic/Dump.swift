/// Gives a key's value as bytes that RESTORE takes, here or in a Redis.
enum Dump: Command {
  static let spec = CommandSpec(
    "dump", since: "2.6.0", group: .generic, arity: .exactly(2), flags: [.readOnly],
    keys: [.one([.ro, .access])], categories: [.keyspace],
    complexity: "O(N) with N the number of elements and their bytes", summary: "Gives a key's value as bytes.",
    syntax: "key", tips: ["nondeterministic_output"])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let entry = call.find(1, for: .read) else { return call.reply.null() }
    let payload = RDBWriter.dump(entry, compresses: call.configuration.rdbcompression)
    call.reply.bulk(payload.bytes)
  }
}
