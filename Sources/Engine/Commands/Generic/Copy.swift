/// Copies a value to another key, perhaps in another database.
enum Copy: Command {
  static let spec = CommandSpec(
    "copy", since: "6.2.0", group: .generic, arity: .atLeast(3), flags: [.write, .denyOutOfMemory],
    keys: [.one([.ro, .access]), .one([.ow, .update], at: 2)], categories: [.keyspace],
    complexity: "O(N) with N the number of elements; O(1) for strings",
    summary: "Copies a key's value to another key.",
    syntax: "source destination [DB destination-db] [REPLACE]")

  static func execute(_ call: inout Call) throws(CommandError) {
    var target = call.database
    var replaces = false
    var index = 3
    while index < call.arguments.count {
      if call.arguments[index].equalsIgnoringCase("replace") {
        replaces = true
      } else if call.arguments[index].equalsIgnoringCase("db"), index + 1 < call.arguments.count {
        index += 1
        target = try call.databaseNumber(at: index)
      } else {
        throw .syntax
      }
      index += 1
    }
    if target == call.database, call.arguments[1] == call.arguments[2] { throw .sameObject }
    guard let source = call.find(1, for: .read) else { return call.reply.integer(0) }
    let hash = call.hash(2)
    if let old = call.find(call.arguments[2], hash: hash, in: target, for: .write) {
      guard replaces else { return call.reply.integer(0) }
      call.keyspace.remove(old, hash: hash, in: target, lazily: call.configuration.lazyfreeLazyServerDel)
    }
    call.keyspace[target].insert(source.copied(to: call.arguments[2], access: call.freshAccess), hash: hash)
    call.notify(.new, "new", call.arguments[2], in: target)
    call.changed(call.arguments[2], in: target)
    call.notify(.generic, "copy_to", call.arguments[2], in: target)
    call.reply.integer(1)
  }
}

/// Moves a key to another database.
enum Move: Command {
  static let spec = CommandSpec(
    "move", since: "1.0.0", group: .generic, arity: .exactly(3), flags: [.write, .fast],
    keys: [.one([.rw, .access, .update])], categories: [.keyspace], summary: "Moves a key to another database.",
    syntax: "key db")

  static func execute(_ call: inout Call) throws(CommandError) {
    let target = try call.databaseNumber(at: 2)
    if target == call.database { throw .sameObject }
    let hash = call.hash(1)
    guard let entry = call.find(1, for: .write),
      call.find(call.arguments[1], hash: hash, in: target, for: .write) == nil
    else { return call.reply.integer(0) }
    call.keyspace[call.database].take(entry, hash: hash)
    call.keyspace[target].insert(entry, hash: hash)
    call.notify(.new, "new", call.arguments[1], in: target)
    call.changed(1)
    call.changed(call.arguments[1], in: target, count: 0)
    call.notify(.generic, "move_from", 1)
    call.notify(.generic, "move_to", call.arguments[1], in: target)
    call.reply.integer(1)
  }
}
