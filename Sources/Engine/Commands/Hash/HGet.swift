// Reading single fields. A field that has expired is not there, and is deleted where it is met.

/// Returns a field's value.
enum HGet: Command {
  static let spec = CommandSpec(
    "hget", since: "2.0.0", group: .hash, arity: .exactly(3), flags: [.readOnly, .fast],
    keys: [.one([.ro, .access])], summary: "Returns the value of a hash's field.", syntax: "key field")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let entry = try call.find(1, as: .hash, for: .read) else { return call.reply.null() }
    var expired = 0
    if let found = call.field(call.arguments[2], of: entry, expired: &expired) {
      call.reply.bulk(found.value)
    } else {
      call.reply.null()
    }
    call.finishFieldExpiry(entry, expired: expired)
  }
}

/// Returns several fields' values.
enum HMGet: Command {
  static let spec = CommandSpec(
    "hmget", since: "2.0.0", group: .hash, arity: .atLeast(3), flags: [.readOnly, .fast],
    keys: [.one([.ro, .access])], complexity: "O(N) with N the number of fields given",
    summary: "Returns the values of some of a hash's fields.", syntax: "key field [field ...]")

  static func execute(_ call: inout Call) throws(CommandError) {
    let entry = try call.find(1, as: .hash, for: .read)
    call.reply.array(call.arguments.count - 2)
    guard let entry else {
      for _ in 2..<call.arguments.count { call.reply.null() }
      return
    }
    var expired = 0
    for index in 2..<call.arguments.count {
      if let found = call.field(call.arguments[index], of: entry, expired: &expired) {
        call.reply.bulk(found.value)
      } else {
        call.reply.null()
      }
    }
    call.finishFieldExpiry(entry, expired: expired)
  }
}

/// Tells whether a field is there.
enum HExists: Command {
  static let spec = CommandSpec(
    "hexists", since: "2.0.0", group: .hash, arity: .exactly(3), flags: [.readOnly, .fast], keys: [.one([.ro])],
    summary: "Tells whether a hash has a field.", syntax: "key field")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let entry = try call.find(1, as: .hash, for: .read) else { return call.reply.integer(0) }
    var expired = 0
    call.reply.integer(call.field(call.arguments[2], of: entry, expired: &expired) == nil ? 0 : 1)
    call.finishFieldExpiry(entry, expired: expired)
  }
}

/// Tells how long a field's value is.
enum HStrLen: Command {
  static let spec = CommandSpec(
    "hstrlen", since: "3.2.0", group: .hash, arity: .exactly(3), flags: [.readOnly, .fast], keys: [.one([.ro])],
    summary: "Tells how many bytes the value of a hash's field has.", syntax: "key field")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let entry = try call.find(1, as: .hash, for: .read) else { return call.reply.integer(0) }
    var expired = 0
    call.reply.integer(call.field(call.arguments[2], of: entry, expired: &expired)?.value.count ?? 0)
    call.finishFieldExpiry(entry, expired: expired)
  }
}

/// Tells how many fields there are. Those that have expired count until they are deleted.
enum HLen: Command {
  static let spec = CommandSpec(
    "hlen", since: "2.0.0", group: .hash, arity: .exactly(2), flags: [.readOnly, .fast], keys: [.one([.ro])],
    summary: "Tells how many fields a hash has.", syntax: "key")

  static func execute(_ call: inout Call) throws(CommandError) {
    call.reply.integer(try call.find(1, as: .hash, for: .read)?.hash.count ?? 0)
  }
}

/// Deletes fields.
enum HDel: Command {
  static let spec = CommandSpec(
    "hdel", since: "2.0.0", group: .hash, arity: .atLeast(3), flags: [.write, .fast],
    keys: [.one([.rw, .delete])], complexity: "O(N) with N the number of fields given",
    summary: "Deletes fields of a hash, and the key with the last one.", syntax: "key field [field ...]",
    history: [("2.4.0", "Accepts multiple `field` arguments.")])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let entry = try call.find(1, as: .hash, for: .write) else { return call.reply.integer(0) }
    let arguments = call.arguments
    let (deleted, isDeleted) = call.update(entry, 1, as: HashValue.self) { value in
      var deleted = 0
      for index in 2..<arguments.count where value.remove(arguments[index]) {
        deleted += 1
        if value.count == 0 { break }
      }
      return deleted
    }
    call.reply.integer(deleted)
    guard deleted > 0 else { return }
    call.changed(1, count: deleted)
    call.notify(.hash, "hdel", 1)
    if isDeleted { call.notify(.generic, "del", 1) }
  }
}
