/// Deletes keys.
enum Del: Command {
  static let spec = CommandSpec(
    "del", since: "1.0.0", group: .generic, arity: .atLeast(2), flags: [.write],
    keys: [.range([.rm, .delete])], categories: [.keyspace], complexity: "O(N) with N the number of keys",
    summary: "Deletes keys with their values.", syntax: "key [key ...]",
    tips: ["request_policy:multi_shard", "response_policy:agg_sum"])

  static func execute(_ call: inout Call) throws(CommandError) {
    call.deleteNamedKeys(lazily: call.configuration.lazyfreeLazyUserDel)
  }
}

/// Deletes keys; large values are freed later, in slices.
enum Unlink: Command {
  static let spec = CommandSpec(
    "unlink", since: "4.0.0", group: .generic, arity: .atLeast(2), flags: [.write, .fast],
    keys: [.range([.rm, .delete])], categories: [.keyspace],
    complexity: "O(1) for each key; the memory is given back in slices afterwards",
    summary: "Deletes keys, and frees their values in slices.", syntax: "key [key ...]",
    tips: ["request_policy:multi_shard", "response_policy:agg_sum"])

  static func execute(_ call: inout Call) throws(CommandError) { call.deleteNamedKeys(lazily: true) }
}

extension Call {
  /// Deletes the keys that are the arguments, and answers how many there were.
  fileprivate mutating func deleteNamedKeys(lazily: Bool) {
    var deleted = 0
    for index in 1..<arguments.count {
      let hash = hash(index)
      guard let entry = find(index, for: .peek) else { continue }
      keyspace.remove(entry, hash: hash, in: database, lazily: lazily)
      changed(index)
      notify(.generic, "del", index)
      deleted += 1
    }
    reply.integer(deleted)
  }
}
