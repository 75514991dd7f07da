/// All that is to be known of a command besides what it does: the one source of COMMAND, of arity checks, key
/// extraction, ACL categories, cluster routing and the documentation.
public struct CommandSpec: Sendable {
  /// In lower case; for a subcommand its own name only (`get` of `config|get`).
  public var name: StaticString
  /// The command that a subcommand belongs to.
  public var container: StaticString?
  /// The Redis version that first had it.
  public var since: StaticString
  public var group: CommandGroup
  public var arity: Arity
  public var flags: CommandFlags
  public var keys: [KeySpec]
  /// ACL categories besides those that group and flags imply.
  public var categories: CommandCategories
  public var complexity: StaticString
  /// One sentence, in our own words.
  public var summary: StaticString
  /// The arguments in the notation of Redis's manual: `key [NX | XX] [EX seconds | PX milliseconds]`.
  /// COMMAND DOCS derives its argument trees from it.
  public var syntax: StaticString
  /// Hints for clients and proxies (`nondeterministic_output`, `request_policy:all_shards`, …).
  public var tips: [StaticString]
  /// Changes by version.
  public var history: [(since: StaticString, change: StaticString)]
  /// Since when another command should be used instead, and which.
  public var deprecated: (since: StaticString, replacement: StaticString)?

  public init(
    _ name: StaticString, of container: StaticString? = nil, since: StaticString, group: CommandGroup, arity: Arity,
    flags: CommandFlags = [], keys: [KeySpec] = [], categories: CommandCategories = [],
    complexity: StaticString = "O(1)", summary: StaticString, syntax: StaticString = "", tips: [StaticString] = [],
    history: [(since: StaticString, change: StaticString)] = [],
    deprecated: (since: StaticString, replacement: StaticString)? = nil
  ) {
    self.name = name
    self.container = container
    self.since = since
    self.group = group
    self.arity = arity
    self.flags = flags
    self.keys = keys
    self.categories = categories
    self.complexity = complexity
    self.summary = summary
    self.syntax = syntax
    self.tips = tips
    self.history = history
    self.deprecated = deprecated
  }

  /// `config|get` for a subcommand, else the name.
  public var fullName: String { container.map { "\($0)|\(name)" } ?? "\(name)" }
}

/// How many arguments a command takes, its name included (and, for a subcommand, its container's).
public enum Arity: Sendable, BitwiseCopyable {
  case exactly(Int)
  case atLeast(Int)

  /// As COMMAND INFO gives it: negative for `atLeast`.
  public var number: Int {
    switch self {
    case .exactly(let count): count
    case .atLeast(let count): -count
    }
  }

  @inline(__always)
  func accepts(_ count: Int) -> Bool {
    switch self {
    case .exactly(let wanted): count == wanted
    case .atLeast(let least): count >= least
    }
  }
}

/// The groups of Redis's manual, as COMMAND DOCS names them.
public enum CommandGroup: String, Sendable {
  case generic, string, list, set, hash, pubsub, transactions, connection, server, scripting, hyperloglog, cluster
  case geo, stream, bitmap
  case sortedSet = "sorted-set"
}

/// Properties of a command that the gates before it, and clients, go by. Names as in COMMAND INFO.
public struct CommandFlags: OptionSet, Sendable, BitwiseCopyable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// May change the keyspace.
  public static let write = CommandFlags(rawValue: 1 << 0)
  /// Reads keys and changes none.
  public static let readOnly = CommandFlags(rawValue: 1 << 1)
  /// Refused when memory is short.
  public static let denyOutOfMemory = CommandFlags(rawValue: 1 << 2)
  public static let admin = CommandFlags(rawValue: 1 << 3)
  public static let pubsub = CommandFlags(rawValue: 1 << 4)
  public static let noScript = CommandFlags(rawValue: 1 << 5)
  public static let blocking = CommandFlags(rawValue: 1 << 6)
  /// Allowed while a data set is loaded.
  public static let loading = CommandFlags(rawValue: 1 << 7)
  /// Allowed on a replica whose data are stale.
  public static let stale = CommandFlags(rawValue: 1 << 8)
  public static let skipMonitor = CommandFlags(rawValue: 1 << 9)
  public static let skipSlowLog = CommandFlags(rawValue: 1 << 10)
  public static let asking = CommandFlags(rawValue: 1 << 11)
  /// O(1) or O(log n).
  public static let fast = CommandFlags(rawValue: 1 << 12)
  /// Allowed before authentication.
  public static let noAuthentication = CommandFlags(rawValue: 1 << 13)
  /// Changes no key but may be propagated all the same (PUBLISH).
  public static let mayReplicate = CommandFlags(rawValue: 1 << 14)
  public static let noMandatoryKeys = CommandFlags(rawValue: 1 << 15)
  /// Needs `enable-debug-command` or `enable-module-command`.
  public static let protected = CommandFlags(rawValue: 1 << 16)
  public static let noAsyncLoading = CommandFlags(rawValue: 1 << 17)
  public static let noMulti = CommandFlags(rawValue: 1 << 18)
  /// Keys cannot be found by position alone.
  public static let movableKeys = CommandFlags(rawValue: 1 << 19)
  public static let allowBusy = CommandFlags(rawValue: 1 << 20)
  /// May meet (and expire) keys that it does not name; what it causes is no transaction. Not shown to clients.
  public static let touchesArbitraryKeys = CommandFlags(rawValue: 1 << 21)

  /// Runs at once also between MULTI and EXEC. Not shown to clients.
  public static let neverQueued = CommandFlags(rawValue: 1 << 22)
  /// Allowed to a subscriber that speaks RESP2. Not shown to clients.
  public static let servesSubscribers = CommandFlags(rawValue: 1 << 23)
  /// Runs what waits since MULTI: EXEC. Not shown to clients.
  public static let runsQueue = CommandFlags(rawValue: 1 << 24)

  /// BY and GET name patterns of keys that it reads besides. Not shown to clients.
  public static let followsPatterns = CommandFlags(rawValue: 1 << 25)

  /// Names in the order of COMMAND INFO, which keeps `mayReplicate` and `protected` to itself.
  static let names: [(CommandFlags, StaticString)] = [
    (.write, "write"), (.readOnly, "readonly"), (.denyOutOfMemory, "denyoom"), (.admin, "admin"), (.pubsub, "pubsub"),
    (.noScript, "noscript"), (.blocking, "blocking"), (.loading, "loading"), (.stale, "stale"),
    (.skipMonitor, "skip_monitor"), (.skipSlowLog, "skip_slowlog"), (.asking, "asking"), (.fast, "fast"),
    (.noAuthentication, "no_auth"), (.noMandatoryKeys, "no_mandatory_keys"),
    (.noAsyncLoading, "no_async_loading"), (.noMulti, "no_multi"),
    (.movableKeys, "movablekeys"), (.allowBusy, "allow_busy"),
  ]
}

/// ACL categories. Most follow from a command's group and flags.
public struct CommandCategories: OptionSet, Sendable, BitwiseCopyable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let keyspace = CommandCategories(rawValue: 1 << 0)
  public static let read = CommandCategories(rawValue: 1 << 1)
  public static let write = CommandCategories(rawValue: 1 << 2)
  public static let set = CommandCategories(rawValue: 1 << 3)
  public static let sortedSet = CommandCategories(rawValue: 1 << 4)
  public static let list = CommandCategories(rawValue: 1 << 5)
  public static let hash = CommandCategories(rawValue: 1 << 6)
  public static let string = CommandCategories(rawValue: 1 << 7)
  public static let bitmap = CommandCategories(rawValue: 1 << 8)
  public static let hyperloglog = CommandCategories(rawValue: 1 << 9)
  public static let geo = CommandCategories(rawValue: 1 << 10)
  public static let stream = CommandCategories(rawValue: 1 << 11)
  public static let pubsub = CommandCategories(rawValue: 1 << 12)
  public static let admin = CommandCategories(rawValue: 1 << 13)
  public static let fast = CommandCategories(rawValue: 1 << 14)
  public static let slow = CommandCategories(rawValue: 1 << 15)
  public static let blocking = CommandCategories(rawValue: 1 << 16)
  public static let dangerous = CommandCategories(rawValue: 1 << 17)
  public static let connection = CommandCategories(rawValue: 1 << 18)
  public static let transaction = CommandCategories(rawValue: 1 << 19)
  public static let scripting = CommandCategories(rawValue: 1 << 20)

  static let names: [(CommandCategories, StaticString)] = [
    (.keyspace, "keyspace"), (.read, "read"), (.write, "write"), (.set, "set"), (.sortedSet, "sortedset"),
    (.list, "list"), (.hash, "hash"), (.string, "string"), (.bitmap, "bitmap"), (.hyperloglog, "hyperloglog"),
    (.geo, "geo"), (.stream, "stream"), (.pubsub, "pubsub"), (.admin, "admin"), (.fast, "fast"), (.slow, "slow"),
    (.blocking, "blocking"), (.dangerous, "dangerous"), (.connection, "connection"), (.transaction, "transaction"),
    (.scripting, "scripting"),
  ]

  /// The category of that name, in any case of letters.
  static func named(_ name: Bytes) -> CommandCategories? {
    names.first { name.equalsIgnoringCase($0.1) }?.0
  }
}

extension CommandSpec {
  /// All ACL categories: those given, and those that follow, by Redis's rules (`setImplicitACLCategories`).
  public var allCategories: CommandCategories {
    var all = categories
    if flags.contains(.write) { all.insert(.write) }
    if flags.contains(.readOnly) && group != .scripting { all.insert(.read) }
    if flags.contains(.admin) { all.formUnion([.admin, .dangerous]) }
    if flags.contains(.pubsub) { all.insert(.pubsub) }
    if flags.contains(.blocking) { all.insert(.blocking) }
    all.insert(flags.contains(.fast) ? .fast : .slow)
    switch group {
    case .string: all.insert(.string)
    case .list: all.insert(.list)
    case .set: all.insert(.set)
    case .sortedSet: all.insert(.sortedSet)
    case .hash: all.insert(.hash)
    case .bitmap: all.insert(.bitmap)
    case .hyperloglog: all.insert(.hyperloglog)
    case .geo: all.insert(.geo)
    case .stream: all.insert(.stream)
    case .transactions: all.insert(.transaction)
    case .scripting: all.insert(.scripting)
    case .connection: all.insert(.connection)
    case .generic, .pubsub, .server, .cluster: break
    }
    return all
  }
}
