/// Returns fields' values, and deletes the fields.
enum HGetDel: Command {
  static let spec = CommandSpec(
    "hgetdel", since: "8.0.0", group: .hash, arity: .atLeast(5), flags: [.write, .fast],
    keys: [.one([.rw, .access, .delete])], complexity: "O(N) with N the number of fields given",
    summary: "Returns the values of some of a hash's fields and deletes the fields.",
    syntax: "key FIELDS numfields field [field ...]")

  static func execute(_ call: inout Call) throws(CommandError) {
    let entry = try call.find(1, as: .hash, for: .write)
    let first = try call.fields(at: 2, refusal: "ERR Number of fields must be a positive integer")
    let arguments = call.arguments
    call.reply.array(arguments.count - first)
    guard let entry else {
      for _ in first..<arguments.count { call.reply.null() }
      return
    }
    var expired = 0
    var deleted = Slab<Int>(capacity: 8)
    for index in first..<arguments.count {
      guard let found = call.field(arguments[index], of: entry, expired: &expired) else {
        call.reply.null()
        continue
      }
      call.reply.bulk(found.value)
      _ = call.keyspace[call.database].update(entry, as: HashValue.self) { $0.remove(arguments[index]) }
      deleted.append(index)
    }
    guard expired > 0 || !deleted.isEmpty else { return }
    if expired > 0 { call.notify(.hash, "hexpired", 1) }
    call.changed(1, count: deleted.count)
    if !deleted.isEmpty {
      call.notify(.hash, "hdel", 1)
      declareDeletion(&call, deleted)
    }
    call.removeHashIfEmpty(entry)
  }

  private static func declareDeletion(_ call: inout Call, _ indices: borrowing Slab<Int>) {
    call.pendingEffects.isDeclared = true
    guard call.writesLog else { return }
    call.pendingEffects.begin(database: call.database, count: 2 + indices.count)
    call.pendingEffects.append(Bytes("HDEL"))
    call.pendingEffects.append(call.arguments[1])
    for place in 0..<indices.count { call.pendingEffects.append(call.arguments[indices[place]]) }
  }
}

/// Returns fields' values, and changes when the fields expire.
enum HGetEx: Command {
  static let spec = CommandSpec(
    "hgetex", since: "8.0.0", group: .hash, arity: .atLeast(5), flags: [.write, .fast],
    keys: [.one([.rw, .access, .update])], complexity: "O(N) with N the number of fields given",
    summary: "Returns the values of some of a hash's fields and sets, or removes, their expiry.",
    syntax:
      """
      key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST] \
      FIELDS numfields field [field ...]
      """)

  private enum Change {
    case none
    case persist
    case at(Int64)
  }

  static func execute(_ call: inout Call) throws(CommandError) {
    let entry = try call.find(1, as: .hash, for: .write)
    var (change, index) = (Change.none, 2)
    if let unit = StringOptions.Unit(word: call.arguments[2]) {
      change = .at(try call.fieldExpiryMoment(unit, at: 3))
      index = 4
    } else if call.arguments[2].equalsIgnoringCase("persist") {
      change = .persist
      index = 3
    }
    let first = try call.fields(at: index, refusal: "ERR Number of fields must be a positive integer")
    call.reply.array(call.arguments.count - first)
    guard let entry else {
      for _ in first..<call.arguments.count { call.reply.null() }
      return
    }
    if case .none = change {
    } else {
      call.keyspace[call.database].update(entry, as: HashValue.self) { $0.convertForExpiry() }
    }
    var tally = FieldTally()
    for index in first..<call.arguments.count { answer(&call, index, of: entry, change, &tally) }
    finish(&call, entry, change, tally)
  }

  private static func answer(
    _ call: inout Call, _ index: Int, of entry: Entry, _ change: Change, _ tally: inout FieldTally
  ) {
    let name = call.arguments[index]
    guard let found = call.field(name, of: entry, expired: &tally.expired) else { return call.reply.null() }
    call.reply.bulk(found.value)
    switch change {
    case .none: break
    case .persist:
      guard found.expiry != nil else { return }
      call.setFieldExpiry(name, of: entry, to: nil)
      tally.updated.append(index)
    case .at(let moment) where call.isDeletedAtOnce(expiring: moment):
      call.deleteField(name, of: entry)
      tally.deleted += 1
    case .at(let moment):
      call.setFieldExpiry(name, of: entry, to: moment)
      tally.updated.append(index)
    }
  }

  private static func finish(_ call: inout Call, _ entry: Entry, _ change: Change, _ tally: borrowing FieldTally) {
    guard tally.expired > 0 || tally.deleted > 0 || !tally.updated.isEmpty else { return }
    call.changed(1, count: tally.deleted + tally.updated.count)
    if tally.expired > 0 { call.notify(.hash, "hexpired", 1) }
    switch change {
    case .none: break
    case .persist: call.replicateFields("HPERSIST", moment: nil, tally.updated)
    case .at(let moment): call.replicateFields("HPEXPIREAT", moment: moment, tally.updated)
    }
    if !tally.updated.isEmpty {
      if case .persist = change { call.notify(.hash, "hpersist", 1) } else { call.notify(.hash, "hexpire", 1) }
    } else if tally.deleted > 0 {
      call.notify(.hash, "hdel", 1)
    }
    call.removeHashIfEmpty(entry)
  }
}
