/// Sets `key` to a string.
enum SetKey: Command {
  static let spec = CommandSpec(
    "set", since: "1.0.0", group: .string, arity: .atLeast(3), flags: [.write, .denyOutOfMemory],
    keys: [.one([.rw, .access, .update, .variableFlags])],
    summary: "Sets the string value of a key, whatever it held before.",
    syntax:
      "key value [NX | XX | IFEQ ifeq-value | IFNE ifne-value | IFDEQ ifdeq-digest | IFDNE ifdne-digest] [GET] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]",
    history: [
      ("2.6.12", "Added the `EX`, `PX`, `NX` and `XX` options."), ("6.0.0", "Added the `KEEPTTL` option."),
      ("6.2.0", "Added the `GET`, `EXAT` and `PXAT` option."),
      ("7.0.0", "Allowed the `NX` and `GET` options to be used together."),
      ("8.4.0", "Added the `IFEQ`, `IFNE`, `IFDEQ` and `IFDNE` options."),
    ])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard call.arguments.count == 3 else { return try executeWithOptions(&call) }
    call.setString(call.arguments[2], existing: call.find(1, for: .write), expiry: .remove)
    call.reply.ok()
  }

  @inline(never)
  private static func executeWithOptions(_ call: inout Call) throws(CommandError) {
    let options = try StringOptions(call.arguments, from: 3, of: .set)
    var expiry = Database.ExpiryChange.remove
    switch options.lifetime {
    case .unsaid, .persist: break
    case .keep: expiry = .keep
    case .expiry(let unit, let index):
      expiry = .at(try call.expiryMoment(unit, at: index))
    }
    let existing = try findExisting(options, &call)
    let isPrevented = try !call.allows(options.condition, existing)
    if options.returnsOld {
      if let existing { call.reply.bulk(existing.string) } else { call.reply.null() }
    } else if isPrevented {
      call.reply.null()
    }
    if isPrevented { return }
    if case .at(let moment) = expiry {
      call.setString(call.arguments[2], expiringAt: moment)
    } else {
      call.setString(call.arguments[2], existing: existing, expiry: expiry)
      if options.returnsOld || options.condition.compares { declarePlain(options, &call) }
    }
    if !options.returnsOld { call.reply.ok() }
  }

  /// What the key holds; with GET that is a read, and must be a string.
  private static func findExisting(_ options: StringOptions, _ call: inout Call) throws(CommandError) -> Entry? {
    options.returnsOld ? try call.findString(1, for: .read) : call.find(1, for: .write)
  }

  /// The effect is the request without its GETs, for which replicas have no use, and without a comparison, which they
  /// need not know.
  private static func declarePlain(_ options: StringOptions, _ call: inout Call) {
    let arguments = call.arguments
    if options.condition.compares {
      if case .keep = options.lifetime {
        return call.replicate("SET", arguments[1], arguments[2], Bytes("KEEPTTL"))
      }
      return call.replicate("SET", arguments[1], arguments[2])
    }
    call.pendingEffects.isDeclared = true
    guard call.writesLog else { return }
    var count = 3
    for index in 3..<arguments.count where !arguments[index].equalsIgnoringCase("get") { count += 1 }
    call.pendingEffects.begin(database: call.database, count: count)
    for index in 0..<arguments.count where index < 3 || !arguments[index].equalsIgnoringCase("get") {
      call.pendingEffects.append(arguments[index])
    }
  }
}

/// Sets `key` if it holds nothing.
enum SetNX: Command {
  static let spec = CommandSpec(
    "setnx", since: "1.0.0", group: .string, arity: .exactly(3), flags: [.write, .denyOutOfMemory, .fast],
    keys: [.one([.ow, .insert])], summary: "Sets the string value of a key only where it holds nothing.",
    syntax: "key value", deprecated: ("2.6.12", "`SET` with the `NX` argument"))

  static func execute(_ call: inout Call) throws(CommandError) {
    guard call.find(1, for: .write) == nil else { return call.reply.integer(0) }
    call.setString(call.arguments[2], existing: nil, expiry: .remove)
    call.reply.integer(1)
  }
}

/// Sets `key` for so many seconds.
enum SetEX: Command {
  static let spec = CommandSpec(
    "setex", since: "2.0.0", group: .string, arity: .exactly(4), flags: [.write, .denyOutOfMemory],
    keys: [.one([.ow, .update])], summary: "Sets the string value of a key, and after how many seconds it expires.",
    syntax: "key seconds value", deprecated: ("2.6.12", "`SET` with the `EX` argument"))

  static func execute(_ call: inout Call) throws(CommandError) {
    call.setString(call.arguments[3], expiringAt: try call.expiryMoment(.seconds, at: 2))
    call.reply.ok()
  }
}

/// Sets `key` for so many milliseconds.
enum PSetEX: Command {
  static let spec = CommandSpec(
    "psetex", since: "2.6.0", group: .string, arity: .exactly(4), flags: [.write, .denyOutOfMemory],
    keys: [.one([.ow, .update])],
    summary: "Sets the string value of a key, and after how many milliseconds it expires.",
    syntax: "key milliseconds value", deprecated: ("2.6.12", "`SET` with the `PX` argument"))

  static func execute(_ call: inout Call) throws(CommandError) {
    call.setString(call.arguments[3], expiringAt: try call.expiryMoment(.milliseconds, at: 2))
    call.reply.ok()
  }
}

/// Sets `key` and returns what it held.
enum GetSet: Command {
  static let spec = CommandSpec(
    "getset", since: "1.0.0", group: .string, arity: .exactly(3), flags: [.write, .denyOutOfMemory, .fast],
    keys: [.one([.rw, .access, .update])], summary: "Sets the string value of a key and returns the previous one.",
    syntax: "key value", deprecated: ("6.2.0", "`SET` with the `!GET` argument"))

  static func execute(_ call: inout Call) throws(CommandError) {
    let existing = try call.findString(1, for: .read)
    if let existing { call.reply.bulk(existing.string) } else { call.reply.null() }
    call.setString(call.arguments[2], existing: existing, expiry: .remove)
    call.replicate("SET", call.arguments[1], call.arguments[2])
  }
}
