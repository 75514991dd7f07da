/// Gives a value another key, whose own value is lost.
enum Rename: Command {
  static let spec = CommandSpec(
    "rename", since: "1.0.0", group: .generic, arity: .exactly(3), flags: [.write],
    keys: [.one([.rw, .access, .delete]), .one([.ow, .update], at: 2)], categories: [.keyspace],
    summary: "Renames a key, overwriting the other.", syntax: "key newkey")

  static func execute(_ call: inout Call) throws(CommandError) {
    _ = try call.renameKey(overwrites: true)
    call.reply.ok()
  }
}

/// Gives a value another key, unless that is taken.
enum RenameNX: Command {
  static let spec = CommandSpec(
    "renamenx", since: "1.0.0", group: .generic, arity: .exactly(3), flags: [.write, .fast],
    keys: [.one([.rw, .access, .delete]), .one([.ow, .insert], at: 2)], categories: [.keyspace],
    summary: "Renames a key, unless the other exists.", syntax: "key newkey",
    history: [("3.2.0", "The command no longer returns an error when source and destination names are the same.")])

  static func execute(_ call: inout Call) throws(CommandError) {
    call.reply.integer(try call.renameKey(overwrites: false) ? 1 : 0)
  }
}

extension Call {
  /// Renames argument 1 to argument 2.
  /// - Returns: whether anything was done.
  fileprivate mutating func renameKey(overwrites: Bool) throws(CommandError) -> Bool {
    let sourceHash = hash(1)
    let targetHash = hash(2)
    guard let source = find(1, for: .write) else { throw .noSuchKey }
    if arguments[1] == arguments[2] { return false }
    if let target = find(2, for: .write) {
      guard overwrites else { return false }
      keyspace.remove(target, hash: targetHash, in: database, lazily: configuration.lazyfreeLazyServerDel)
    }
    keyspace[database].take(source, hash: sourceHash)
    keyspace[database].insert(source.renamed(to: arguments[2]), hash: targetHash)
    created(2)
    changed(1)
    changed(2, count: 0)
    notify(.generic, "rename_from", 1)
    notify(.generic, "rename_to", 2)
    return true
  }
}
