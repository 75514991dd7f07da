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

/// Returns the string at `key` and deletes the key.
enum GetDel: Command {
  static let spec = CommandSpec(
    "getdel", since: "6.2.0", group: .string, arity: .exactly(2), flags: [.write, .fast],
    keys: [.one([.rw, .access, .delete])], summary: "Returns the string value of a key and deletes the key.",
    syntax: "key")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let entry = try call.findString(1, for: .read) else { return call.reply.null() }
    call.reply.bulk(entry.string)
    call.keyspace[call.database].remove(entry, hash: call.hash(1))
    call.changed(1)
    call.notify(.generic, "del", 1)
    call.replicate("DEL", call.arguments[1])
  }
}

/// Returns the string at `key` and changes when the key expires.
enum GetEX: Command {
  static let spec = CommandSpec(
    "getex", since: "6.2.0", group: .string, arity: .atLeast(2), flags: [.write, .fast],
    keys: [.one([.rw, .access, .update])],
    summary: "Returns the string value of a key and sets, or removes, its expiry.",
    syntax:
      "key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST]")

  static func execute(_ call: inout Call) throws(CommandError) {
    let options = try StringOptions(call.arguments, from: 2, of: .getEx)
    guard let entry = try call.findString(1, for: .read) else { return call.reply.null() }
    switch options.lifetime {
    case .unsaid, .keep: call.reply.bulk(entry.string)
    case .persist:
      call.reply.bulk(entry.string)
      guard entry.hasExpiry else { return }
      call.keyspace[call.database].setExpiry(entry, hash: call.hash(1), to: nil)
      call.changed(1)
      call.notify(.generic, "persist", 1)
      call.replicate("PERSIST", call.arguments[1])
    case .expiry(let unit, let index):
      let moment = try call.expiryMoment(unit, at: index)
      call.reply.bulk(entry.string)
      expire(entry, at: moment, &call)
    }
  }

  /// Sets the expiry, or deletes the key where that moment is past.
  private static func expire(_ entry: Entry, at moment: Int64, _ call: inout Call) {
    let key = call.arguments[1]
    let isPast = call.isDeletedAtOnce(expiring: moment)
    if isPast {
      call.keyspace[call.database].remove(entry, hash: call.hash(1))
      call.replicate(call.configuration.lazyfreeLazyExpire ? "UNLINK" : "DEL", key)
    } else {
      call.keyspace[call.database].setExpiry(entry, hash: call.hash(1), to: moment)
      NumberText(moment).withBytes { call.replicate("PEXPIREAT", key, $0) }
    }
    call.changed(1)
    call.notify(.generic, isPast ? "del" : "expire", 1)
  }
}
