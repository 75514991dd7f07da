/// Makes a key of what DUMP gave.
enum Restore: Command {
  static let spec = CommandSpec(
    "restore", since: "2.6.0", group: .generic, arity: .atLeast(4), flags: [.write, .denyOutOfMemory],
    keys: [.one([.ow, .update])], categories: [.keyspace, .dangerous], complexity: Restore.complexity,
    summary: "Makes a key of bytes that DUMP gave.", syntax: Restore.syntax, history: Restore.history)

  static let complexity: StaticString =
    "O(N) with N the number of elements and their bytes; O(N*log(N)) for sorted sets"
  static let syntax: StaticString =
    "key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]"
  static let history: [(since: StaticString, change: StaticString)] = [
    ("3.0.0", "Added the `REPLACE` modifier."), ("5.0.0", "Added the `ABSTTL` modifier."),
    ("5.0.0", "Added the `IDLETIME` and `FREQ` options."),
  ]

  static func execute(_ call: inout Call) throws(CommandError) { try call.restore() }
}

/// RESTORE as the nodes of a cluster use it between themselves.
enum RestoreAsking: Command {
  static let spec = CommandSpec(
    "restore-asking", since: "3.0.0", group: .server, arity: .atLeast(4), flags: [.write, .denyOutOfMemory, .asking],
    keys: [.one([.ow, .update])], categories: [.keyspace, .dangerous], complexity: Restore.complexity,
    summary: "Makes a key of bytes from another node of the cluster.", syntax: Restore.syntax,
    history: Restore.history)

  static func execute(_ call: inout Call) throws(CommandError) { try call.restore() }
}

/// What RESTORE is told besides key and payload.
private struct RestoreOptions {
  var replaces = false
  var timeIsAbsolute = false
  var usage = RDBUsage.unknown

  init(_ arguments: Arguments) throws(CommandError) {
    var index = 4
    while index < arguments.count {
      let option = arguments[index]
      let hasValue = index + 1 < arguments.count
      if option.equalsIgnoringCase("replace") {
        replaces = true
      } else if option.equalsIgnoringCase("absttl") {
        timeIsAbsolute = true
      } else if option.equalsIgnoringCase("idletime"), hasValue, !usage.isFrequency {
        index += 1
        guard let seconds = arguments[index].parseInt64() else { throw .notInteger }
        guard seconds >= 0 else { throw .text("ERR Invalid IDLETIME value, must be >= 0") }
        usage = .idle(seconds: UInt64(seconds))
      } else if option.equalsIgnoringCase("freq"), hasValue, !usage.isIdleTime {
        index += 1
        guard let uses = arguments[index].parseInt64() else { throw .notInteger }
        guard let narrow = UInt8(exactly: uses) else {
          throw .text("ERR Invalid FREQ value, must be >= 0 and <= 255")
        }
        usage = .frequency(narrow)
      } else {
        throw .syntax
      }
      index += 1
    }
  }
}

extension RDBUsage {
  fileprivate var isFrequency: Bool { if case .frequency = self { true } else { false } }
  fileprivate var isIdleTime: Bool { if case .idle = self { true } else { false } }
}

extension Call {
  /// Both RESTOREs. The checks come in Redis's order: options, the key, its time, the payload.
  fileprivate mutating func restore() throws(CommandError) {
    let options = try RestoreOptions(arguments)
    let hash = hash(1)
    let old = find(1, for: .write)
    if old != nil, !options.replaces { throw .text("BUSYKEY Target key name already exists.") }
    guard let time = arguments[2].parseInt64() else { throw .notInteger }
    let (moment, isTooLate) = time.addingReportingOverflow(
      time == 0 || options.timeIsAbsolute ? 0 : now.unixMilliseconds)
    let invalidTime = CommandError.text("ERR Invalid TTL value, must be >= 0")
    guard time >= 0 else { throw invalidTime }
    var scratch = RDBScratch()
    let value = try payload(&scratch)
    guard !isTooLate else {
      value.free()
      throw invalidTime
    }
    if time != 0, isDeletedAtOnce(expiring: moment) {
      value.free()
      if let old { replaceByNothing(old, hash: hash) }
      return reply.ok()
    }
    if let old { keyspace.remove(old, hash: hash, in: database, lazily: false) }
    keyspace.set(
      arguments[1], in: database, to: value, expiry: time == 0 ? nil : moment,
      access: keyspace.clock.bits(for: options.usage, now))
    if time != 0, !options.timeIsAbsolute { replicateRestore(expiring: moment) }
    created(1)
    changed(1)
    notify(.generic, "restore", 1)
    reply.ok()
  }

  private mutating func payload(_ scratch: inout RDBScratch) throws(CommandError) -> LoadedValue {
    let payload = arguments[3]
    guard let content = DumpPayload.content(of: payload, verifiesChecksum: !debugging.skipsChecksums) else {
      throw .text("ERR DUMP payload version or checksum are wrong")
    }
    // Whatever `sanitize-dump-payload` says: an element that is there twice would be written into snapshots that nobody
    // could load.
    let policy = LoadPolicy(configuration, hash: keyspace.hash, isDeep: true)
    do throws(RDBError) {
      return try DumpPayload.value(content, of: payload, policy, scratch: &scratch)
    } catch {
      logLine(.warning, "RESTORE of a bad payload: \(error)")
      throw .text("ERR Bad data format")
    }
  }

  /// The key was to be replaced by one that has expired already.
  private mutating func replaceByNothing(_ old: Entry, hash: UInt64) {
    let isLazy = configuration.lazyfreeLazyServerDel
    keyspace.remove(old, hash: hash, in: database, lazily: isLazy)
    if isLazy { replicate("UNLINK", arguments[1]) } else { replicate("DEL", arguments[1]) }
    changed(1)
    notify(.generic, "del", 1)
  }

  /// Replicas get the moment instead of the time from now.
  private mutating func replicateRestore(expiring moment: Int64) {
    pendingEffects.isDeclared = true
    guard writesLog else { return }
    pendingEffects.begin(database: database, count: arguments.count + 1)
    for index in 0..<arguments.count {
      if index == 2 {
        NumberText(moment).withBytes { pendingEffects.append($0) }
      } else {
        pendingEffects.append(arguments[index])
      }
    }
    pendingEffects.append(Bytes("ABSTTL"))
  }
}
