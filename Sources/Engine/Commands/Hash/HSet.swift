/// Sets fields.
enum HSet: Command {
  static let spec = CommandSpec(
    "hset", since: "2.0.0", group: .hash, arity: .atLeast(4), flags: [.write, .denyOutOfMemory, .fast],
    keys: [.one([.rw, .update])], complexity: "O(N) with N the number of fields given",
    summary: "Sets fields of a hash.", syntax: "key field value [field value ...]",
    history: [("4.0.0", "Accepts multiple `field` and `value` arguments.")])

  static func execute(_ call: inout Call) throws(CommandError) {
    call.reply.integer(try call.setFields())
  }
}

/// Sets fields, and answers OK.
enum HMSet: Command {
  static let spec = CommandSpec(
    "hmset", since: "2.0.0", group: .hash, arity: .atLeast(4), flags: [.write, .denyOutOfMemory, .fast],
    keys: [.one([.rw, .update])], complexity: "O(N) with N the number of fields given",
    summary: "Sets fields of a hash.", syntax: "key field value [field value ...]",
    deprecated: ("4.0.0", "`HSET` with multiple field-value pairs"))

  static func execute(_ call: inout Call) throws(CommandError) {
    _ = try call.setFields()
    call.reply.ok()
  }
}

/// Sets a field that is not there.
enum HSetNX: Command {
  static let spec = CommandSpec(
    "hsetnx", since: "2.0.0", group: .hash, arity: .exactly(4), flags: [.write, .denyOutOfMemory, .fast],
    keys: [.one([.rw, .insert])], summary: "Sets a field of a hash, unless it is there already.",
    syntax: "key field value")

  static func execute(_ call: inout Call) throws(CommandError) {
    let (entry, found) = call.fieldToChange(call.arguments[2], of: try call.hashToChange())
    guard found == nil else { return call.reply.integer(0) }
    let limits = call.hashLimits
    let (arguments, hash) = (call.arguments, call.keyspace.hash)
    call.keyspace[call.database].update(entry, as: HashValue.self) {
      $0.prepare(for: arguments, from: 2, limits, hash)
      _ = $0.set(arguments[2], to: arguments[3], limits, hash)
    }
    call.changed(1)
    call.notify(.hash, "hset", 1)
    call.reply.integer(1)
  }
}

extension Call {
  /// Sets the fields of the hash at argument 1 that arguments 2 and on give.
  /// - Returns: how many are new.
  fileprivate mutating func setFields() throws(CommandError) -> Int {
    guard arguments.count % 2 == 0 else {
      throw .wrongArgumentCount(catalogue.specs[identity].name.description)
    }
    let entry = try hashToChange()
    let limits = hashLimits
    let (arguments, hash) = (arguments, keyspace.hash)
    let created = keyspace[database].update(entry, as: HashValue.self) { value in
      var created = 0
      value.prepare(for: arguments, from: 2, limits, hash)
      for index in stride(from: 2, to: arguments.count, by: 2)
      where value.set(arguments[index], to: arguments[index + 1], limits, hash) {
        created += 1
      }
      return created
    }
    changed(1, count: (arguments.count - 2) / 2)
    notify(.hash, "hset", 1)
    return created
  }
}
