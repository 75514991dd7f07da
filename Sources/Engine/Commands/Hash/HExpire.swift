// Giving fields an expiry. The commands differ in the unit of the time and in what it counts from; what replicas see is
// always the moment itself: `HPEXPIREAT key milliseconds FIELDS …`, and HDEL for fields whose moment is past.
//
// Of each field the answer says: -2 there is none, 0 the condition does not hold, 1 set, 2 deleted.

/// Lets fields expire in so many seconds.
enum HExpire: Command {
  static let spec = CommandSpec(
    "hexpire", since: "7.4.0", group: .hash, arity: .atLeast(6), flags: [.write, .denyOutOfMemory, .fast],
    keys: [.one([.rw, .update])], complexity: "O(N) with N the number of fields given",
    summary: "Sets after how many seconds fields of a hash expire.",
    syntax: "key seconds [NX | XX | GT | LT] FIELDS numfields field [field ...]")

  static func execute(_ call: inout Call) throws(CommandError) { try call.expireFields(.seconds) }
}

/// Lets fields expire in so many milliseconds.
enum HPExpire: Command {
  static let spec = CommandSpec(
    "hpexpire", since: "7.4.0", group: .hash, arity: .atLeast(6), flags: [.write, .denyOutOfMemory, .fast],
    keys: [.one([.rw, .update])], complexity: "O(N) with N the number of fields given",
    summary: "Sets after how many milliseconds fields of a hash expire.",
    syntax: "key milliseconds [NX | XX | GT | LT] FIELDS numfields field [field ...]")

  static func execute(_ call: inout Call) throws(CommandError) { try call.expireFields(.milliseconds) }
}

/// Lets fields expire at a moment, seconds since 1970.
enum HExpireAt: Command {
  static let spec = CommandSpec(
    "hexpireat", since: "7.4.0", group: .hash, arity: .atLeast(6), flags: [.write, .denyOutOfMemory, .fast],
    keys: [.one([.rw, .update])], complexity: "O(N) with N the number of fields given",
    summary: "Sets the Unix time, in seconds, at which fields of a hash expire.",
    syntax: "key unix-time-seconds [NX | XX | GT | LT] FIELDS numfields field [field ...]")

  static func execute(_ call: inout Call) throws(CommandError) { try call.expireFields(.unixSeconds) }
}

/// Lets fields expire at a moment, milliseconds since 1970.
enum HPExpireAt: Command {
  static let spec = CommandSpec(
    "hpexpireat", since: "7.4.0", group: .hash, arity: .atLeast(6), flags: [.write, .denyOutOfMemory, .fast],
    keys: [.one([.rw, .update])], complexity: "O(N) with N the number of fields given",
    summary: "Sets the Unix time, in milliseconds, at which fields of a hash expire.",
    syntax: "key unix-time-milliseconds [NX | XX | GT | LT] FIELDS numfields field [field ...]")

  static func execute(_ call: inout Call) throws(CommandError) { try call.expireFields(.unixMilliseconds) }
}

/// Lets fields live for ever again. Of each the answer says: -2 there is none, -1 it does not expire, 1 done.
enum HPersist: Command {
  static let spec = CommandSpec(
    "hpersist", since: "7.4.0", group: .hash, arity: .atLeast(5), flags: [.write, .fast],
    keys: [.one([.rw, .update])], complexity: "O(N) with N the number of fields given",
    summary: "Removes the expiry of fields of a hash.", syntax: "key FIELDS numfields field [field ...]")

  static func execute(_ call: inout Call) throws(CommandError) {
    let entry = try call.find(1, as: .hash, for: .write)
    let first = try call.fields(at: 2, refusal: "ERR Number of fields must be a positive integer")
    call.reply.array(call.arguments.count - first)
    var isChanged = false
    for index in first..<call.arguments.count {
      let name = call.arguments[index]
      guard let entry, let found = entry.hash.find(name), (found.expiry ?? .max) >= call.fieldMoment else {
        call.reply.integer(-2)
        continue
      }
      guard found.expiry != nil else {
        call.reply.integer(-1)
        continue
      }
      call.setFieldExpiry(name, of: entry, to: nil)
      isChanged = true
      call.reply.integer(1)
    }
    guard isChanged else { return }
    call.changed(1)
    call.notify(.hash, "hpersist", 1)
  }
}

extension Call {
  /// Gives fields of the hash at argument 1 the expiry at argument 2.
  fileprivate mutating func expireFields(_ unit: StringOptions.Unit) throws(CommandError) {
    let entry = try find(1, as: .hash, for: .write)
    let moment = try fieldExpiryMoment(unit, at: 2)
    let condition = ExpiryCondition(word: arguments[3])
    let first = try fields(
      at: condition == nil ? 3 : 4, refusal: "ERR Parameter `numFields` should be greater than 0")
    reply.array(arguments.count - first)
    guard let entry else {
      for _ in first..<arguments.count { reply.integer(-2) }
      return
    }
    keyspace[database].update(entry, as: HashValue.self) { $0.convertForExpiry() }
    var tally = FieldTally()
    for index in first..<arguments.count {
      reply.integer(expireField(index, of: entry, at: moment, condition ?? [], &tally))
    }
    finish(entry, &tally, moment: moment)
  }

  private mutating func expireField(
    _ index: Int, of entry: Entry, at moment: Int64, _ condition: ExpiryCondition, _ tally: inout FieldTally
  ) -> Int {
    let name = arguments[index]
    guard let found = field(name, of: entry, expired: &tally.expired) else { return -2 }
    guard condition.allows(moment, insteadOf: found.expiry) else { return 0 }
    if isDeletedAtOnce(expiring: moment) {
      deleteField(name, of: entry)
      tally.deleted += 1
      return 2
    }
    setFieldExpiry(name, of: entry, to: moment)
    tally.updated.append(index)
    return 1
  }

  /// Declares what became of fields that were given an expiry, counts the changes and tells of them.
  fileprivate mutating func finish(_ entry: Entry, _ tally: inout FieldTally, moment: Int64) {
    replicateFields("HPEXPIREAT", moment: moment, tally.updated)
    let count = tally.deleted + tally.updated.count
    if count > 0 {
      changed(1, count: count)
      notify(.hash, tally.deleted > 0 ? "hdel" : "hexpire", 1)
    }
    if tally.expired > 0 {
      finishFieldExpiry(entry, expired: tally.expired)
    } else if tally.deleted > 0 {
      removeHashIfEmpty(entry)
    }
  }
}

/// What became of the fields that a command named.
struct FieldTally: ~Copyable {
  /// Indices of the arguments that name fields whose expiry was set.
  var updated = Slab<Int>(capacity: 8)
  /// Deleted, since their new expiry is past.
  var deleted = 0
  /// Met, and deleted, after they had expired.
  var expired = 0
}

extension ExpiryCondition {
  /// The condition that a word names, or nil.
  init?(word: Bytes) {
    if word.equalsIgnoringCase("nx") {
      self = .absent
    } else if word.equalsIgnoringCase("xx") {
      self = .present
    } else if word.equalsIgnoringCase("gt") {
      self = .later
    } else if word.equalsIgnoringCase("lt") {
      self = .earlier
    } else {
      return nil
    }
  }
}
