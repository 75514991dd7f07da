/// Sets fields, all or none, and when they expire.
enum HSetEx: Command {
  static let spec = CommandSpec(
    "hsetex", since: "8.0.0", group: .hash, arity: .atLeast(6), flags: [.write, .denyOutOfMemory, .fast],
    keys: [.one([.rw, .update])], complexity: "O(N) with N the number of fields given",
    summary: "Sets fields of a hash, and when they expire.",
    syntax:
      """
      key [FNX | FXX] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL] \
      FIELDS numfields field value [field value ...]
      """)

  private struct Options {
    /// Whether none of the fields may be there (true), or all must be (false).
    var wantsAbsent: Bool?
    var expiry = FieldExpiryChange.remove
    var saysExpiry = false
    /// Index of the first field.
    var first = 0
  }

  static func execute(_ call: inout Call) throws(CommandError) {
    let options = try options(call)
    let existing = try call.find(1, as: .hash, for: .write)
    if existing == nil, options.wantsAbsent == false { return call.reply.integer(0) }
    let entry = existing ?? call.makeHash()
    var expired = 0
    if let wantsAbsent = options.wantsAbsent {
      for index in stride(from: options.first, to: call.arguments.count, by: 2)
      where (call.field(call.arguments[index], of: entry, expired: &expired) == nil) != wantsAbsent {
        call.reply.integer(0)
        call.finishFieldExpiry(entry, expired: expired)
        return
      }
    }
    set(&call, entry, options, expired: expired)
    call.reply.integer(1)
  }

  private static func set(_ call: inout Call, _ entry: Entry, _ options: Options, expired: Int) {
    let (arguments, limits, hash) = (call.arguments, call.hashLimits, call.keyspace.hash)
    var deletes = false
    if case .at(let moment) = options.expiry { deletes = call.isDeletedAtOnce(expiring: moment) }
    call.keyspace[call.database].update(entry, as: HashValue.self) { value in
      value.prepare(for: arguments, from: options.first, limits, hash)
      if options.saysExpiry { value.convertForExpiry() }
      for index in stride(from: options.first, to: arguments.count, by: 2) {
        if deletes {
          _ = value.remove(arguments[index])
        } else {
          _ = value.set(arguments[index], to: arguments[index + 1], expiry: options.expiry, limits, hash)
        }
      }
    }
    declare(&call, options, deletes: deletes)
    call.changed(1, count: (arguments.count - options.first) / 2)
    if expired > 0 { call.notify(.hash, "hexpired", 1) }
    call.notify(.hash, "hset", 1)
    if options.saysExpiry {
      call.notify(.hash, deletes ? "hdel" : "hexpire", 1)
    }
    call.removeHashIfEmpty(entry)
  }

  /// Declares the fields' deletion, or their new values with the moment they expire at.
  private static func declare(_ call: inout Call, _ options: Options, deletes: Bool) {
    guard case .at(let moment) = options.expiry else { return }
    call.pendingEffects.isDeclared = true
    guard call.writesLog else { return }
    let (arguments, first) = (call.arguments, options.first)
    if deletes {
      for index in stride(from: first, to: arguments.count, by: 2) { call.declareFieldDeleted(arguments[index]) }
      return
    }
    call.pendingEffects.begin(database: call.database, count: 6 + arguments.count - first)
    call.pendingEffects.append(Bytes("HSETEX"))
    call.pendingEffects.append(arguments[1])
    call.pendingEffects.append(Bytes("PXAT"))
    NumberText(moment).withBytes { call.pendingEffects.append($0) }
    for index in first - 2..<arguments.count { call.pendingEffects.append(arguments[index]) }
  }

  private static func options(_ call: borrowing Call) throws(CommandError) -> Options {
    let arguments = call.arguments
    var options = Options()
    var index = 2
    while index < arguments.count {
      let word = arguments[index]
      if word.equalsIgnoringCase("fields") {
        options.first = try firstField(call, at: index)
        return options
      } else if word.equalsIgnoringCase("fnx") || word.equalsIgnoringCase("fxx") {
        guard options.wantsAbsent == nil else {
          throw .text("ERR Only one of FXX or FNX arguments can be specified")
        }
        options.wantsAbsent = word.equalsIgnoringCase("fnx")
      } else if let unit = StringOptions.Unit(word: word) {
        try checkAlone(options)
        guard index + 1 < arguments.count else { throw .text("ERR missing expire time") }
        index += 1
        options.expiry = .at(try call.fieldExpiryMoment(unit, at: index))
        options.saysExpiry = true
      } else if word.equalsIgnoringCase("keepttl") {
        try checkAlone(options)
        options.expiry = .keep
      } else {
        throw .composed("ERR unknown argument: \(word.text)")
      }
      index += 1
    }
    throw .text("ERR Mandatory argument FIELDS is missing or not at the right position")
  }

  private static func checkAlone(_ options: Options) throws(CommandError) {
    guard case .remove = options.expiry else {
      throw .text("ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified")
    }
  }

  /// The index of the first field, where `FIELDS` at `index` is followed by as many pairs as it says.
  private static func firstField(_ call: borrowing Call, at index: Int) throws(CommandError) -> Int {
    let arguments = call.arguments
    guard index + 3 < arguments.count else { throw .wrongArgumentCount("hsetex") }
    guard let count = arguments[index + 1].parseInt64(), count > 0, count <= Int64(Int32.max) else {
      throw .text("ERR invalid number of fields")
    }
    let rest = arguments.count - index - 2
    guard rest % 2 == 0, count == Int64(rest / 2) else { throw .wrongArgumentCount("hsetex") }
    return index + 2
  }
}

extension StringOptions.Unit {
  /// What a word says of the time behind it, or nil.
  init?(word: Bytes) {
    if word.equalsIgnoringCase("ex") {
      self = .seconds
    } else if word.equalsIgnoringCase("px") {
      self = .milliseconds
    } else if word.equalsIgnoringCase("exat") {
      self = .unixSeconds
    } else if word.equalsIgnoringCase("pxat") {
      self = .unixMilliseconds
    } else {
      return nil
    }
  }
}
