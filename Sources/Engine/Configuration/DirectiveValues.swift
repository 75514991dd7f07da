/// One point of `save`: take a snapshot `seconds` after the last when at least `changes` keys changed.
public struct SavePoint: Sendable, Equatable {
  public let seconds: Int
  public let changes: Int

  public init(seconds: Int, changes: Int) {
    self.seconds = seconds
    self.changes = changes
  }

  /// Those in force where nothing is said of them.
  static let defaults = [
    SavePoint(seconds: 3600, changes: 1), SavePoint(seconds: 300, changes: 100),
    SavePoint(seconds: 60, changes: 10_000),
  ]
}

/// Pending output past which a client is closed. Zero is no limit.
public struct OutputBufferLimit: Sendable, Equatable {
  /// Closed at once past this many bytes.
  public var hardBytes: Int
  /// Closed when more than this many bytes stay pending for `softSeconds`.
  public var softBytes: Int
  public var softSeconds: Int

  public init(hardBytes: Int, softBytes: Int, softSeconds: Int) {
    self.hardBytes = hardBytes
    self.softBytes = softBytes
    self.softSeconds = softSeconds
  }
}

/// `client-output-buffer-limit` by class of client.
public struct OutputBufferLimits: Sendable, Equatable {
  public var normal = OutputBufferLimit(hardBytes: 0, softBytes: 0, softSeconds: 0)
  public var replica = OutputBufferLimit(hardBytes: 256 << 20, softBytes: 64 << 20, softSeconds: 60)
  public var pubsub = OutputBufferLimit(hardBytes: 32 << 20, softBytes: 8 << 20, softSeconds: 60)

  public init() {}
}

/// The primary that `replicaof` names.
public struct ReplicationSource: Sendable, Equatable {
  public var host: String
  public var port: Int

  public init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// Whether it names the same server, as far as its spelling tells.
  func isSame(as other: ReplicationSource) -> Bool {
    port == other.port && host.lowercased() == other.host.lowercased()
  }
}

/// A command that `rename-command` gives another name, or takes away when the new name is empty.
public struct CommandRename: Sendable, Equatable {
  public let name: [UInt8]
  public let newName: [UInt8]

  public init(name: [UInt8], newName: [UInt8]) {
    self.name = name
    self.newName = newName
  }
}

/// What a shutdown by signal does; empty is `default`: save when save points are set.
public struct ShutdownOptions: OptionSet, Sendable {
  public let rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let save = ShutdownOptions(rawValue: 1 << 0)
  public static let nosave = ShutdownOptions(rawValue: 1 << 1)
  public static let now = ShutdownOptions(rawValue: 1 << 2)
  public static let force = ShutdownOptions(rawValue: 1 << 3)
}

/// `notify-keyspace-events`: which changes are published, and on which kind of channel.
public struct KeyspaceEventClasses: OptionSet, Sendable {
  public let rawValue: UInt16

  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// `K`: publish to `__keyspace@<db>__:<key>`.
  public static let keyspace = KeyspaceEventClasses(rawValue: 1 << 0)
  /// `E`: publish to `__keyevent@<db>__:<event>`.
  public static let keyevent = KeyspaceEventClasses(rawValue: 1 << 1)
  /// `g`: commands that are not of one type, such as DEL, EXPIRE and RENAME.
  public static let generic = KeyspaceEventClasses(rawValue: 1 << 2)
  /// `$`.
  public static let string = KeyspaceEventClasses(rawValue: 1 << 3)
  /// `l`.
  public static let list = KeyspaceEventClasses(rawValue: 1 << 4)
  /// `s`.
  public static let set = KeyspaceEventClasses(rawValue: 1 << 5)
  /// `h`.
  public static let hash = KeyspaceEventClasses(rawValue: 1 << 6)
  /// `z`.
  public static let sortedSet = KeyspaceEventClasses(rawValue: 1 << 7)
  /// `x`: a key expired.
  public static let expired = KeyspaceEventClasses(rawValue: 1 << 8)
  /// `e`: a key was evicted.
  public static let evicted = KeyspaceEventClasses(rawValue: 1 << 9)
  /// `t`.
  public static let stream = KeyspaceEventClasses(rawValue: 1 << 10)
  /// `m`: a key was asked for and not there. Not part of `A`.
  public static let keyMiss = KeyspaceEventClasses(rawValue: 1 << 11)
  /// `d`: key types of modules.
  public static let module = KeyspaceEventClasses(rawValue: 1 << 13)
  /// `n`: a key was created. Not part of `A`.
  public static let new = KeyspaceEventClasses(rawValue: 1 << 14)

  /// `A`.
  public static let all: KeyspaceEventClasses = [
    .generic, .string, .list, .set, .hash, .sortedSet, .expired, .evicted, .stream, .module,
  ]
}
