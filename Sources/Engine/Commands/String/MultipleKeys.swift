// Strings of several keys at once.

/// Returns the strings at several keys; null where a key holds none.
enum MGet: Command {
  static let spec = CommandSpec(
    "mget", since: "1.0.0", group: .string, arity: .atLeast(2), flags: [.readOnly, .fast],
    keys: [.range([.ro, .access])], complexity: "O(N) with N the number of keys",
    summary: "Returns the string values of several keys.", syntax: "key [key ...]",
    tips: ["request_policy:multi_shard"])

  static func execute(_ call: inout Call) throws(CommandError) {
    call.reply.array(call.arguments.count - 1)
    for index in 1..<call.arguments.count {
      if let entry = call.find(index, for: .read), entry.type == .string {
        call.reply.bulk(entry.string)
      } else {
        call.reply.null()
      }
    }
  }
}

/// Sets several keys.
enum MSet: Command {
  static let spec = CommandSpec(
    "mset", since: "1.0.1", group: .string, arity: .atLeast(3), flags: [.write, .denyOutOfMemory],
    keys: [.range([.ow, .update], step: 2)], complexity: "O(N) with N the number of keys",
    summary: "Sets the string values of several keys, all at once.", syntax: "key value [key value ...]",
    tips: ["request_policy:multi_shard", "response_policy:all_succeeded"])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard call.arguments.count % 2 == 1 else { throw .wrongArgumentCount("mset") }
    call.setPairs()
    call.reply.ok()
  }
}

/// Sets several keys if all of them hold nothing.
enum MSetNX: Command {
  static let spec = CommandSpec(
    "msetnx", since: "1.0.1", group: .string, arity: .atLeast(3), flags: [.write, .denyOutOfMemory],
    keys: [.range([.ow, .insert], step: 2)], complexity: "O(N) with N the number of keys",
    summary: "Sets the string values of several keys only where none of them holds anything.",
    syntax: "key value [key value ...]")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard call.arguments.count % 2 == 1 else { throw .wrongArgumentCount("msetnx") }
    for index in stride(from: 1, to: call.arguments.count, by: 2) where call.find(index, for: .write) != nil {
      return call.reply.integer(0)
    }
    call.setPairs()
    call.reply.integer(1)
  }
}

extension Call {
  /// Sets the key at every odd argument to the value behind it.
  fileprivate mutating func setPairs() {
    for index in stride(from: 1, to: arguments.count, by: 2) {
      let existing = find(index, for: .write)
      keyspace[database].setString(
        arguments[index], hash: hash(index), to: arguments[index + 1], existing: existing, expiry: .remove,
        access: freshAccess)
      changed(index)
      if existing == nil { created(index) }
      notify(.string, "set", index)
    }
  }
}
