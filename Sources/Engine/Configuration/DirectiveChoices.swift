/// A closed set of words that a directive can be set to. The raw value is the word CONFIG GET shows.
public protocol DirectiveChoice: RawRepresentable<String>, CaseIterable, Sendable {
  /// Other words that are accepted for a case, with the case they stand for.
  static var synonyms: [(word: String, choice: Self)] { get }
}

extension DirectiveChoice {
  public static var synonyms: [(word: String, choice: Self)] { [] }
}

/// `maxmemory-policy`.
public enum MaxMemoryPolicy: String, DirectiveChoice {
  case volatileLRU = "volatile-lru"
  case volatileLFU = "volatile-lfu"
  case volatileRandom = "volatile-random"
  case volatileTTL = "volatile-ttl"
  case allkeysLRU = "allkeys-lru"
  case allkeysLFU = "allkeys-lfu"
  case allkeysRandom = "allkeys-random"
  case noeviction
}

/// `loglevel`, least important first.
public enum LogLevel: String, DirectiveChoice {
  case debug, verbose, notice, warning, nothing
}

/// `appendfsync`.
public enum AppendSync: String, DirectiveChoice {
  case everysec, always, no
}

/// Who may do something dangerous: nobody, everybody, or clients on this machine.
public enum ProtectedAction: String, DirectiveChoice {
  case no, yes, local
}

/// `repl-diskless-load`.
public enum DisklessLoad: String, DirectiveChoice {
  case disabled
  case onEmptyDatabase = "on-empty-db"
  case swapdb
}

/// `acl-pubsub-default`.
public enum ChannelAccess: String, DirectiveChoice {
  case allchannels, resetchannels
}

/// `sanitize-dump-payload`.
public enum PayloadSanitizing: String, DirectiveChoice {
  case no, yes, clients
}

/// `propagation-error-behavior`.
public enum PropagationErrorBehavior: String, DirectiveChoice {
  case ignore, panic
  case panicOnReplicas = "panic-on-replicas"
}

/// `supervised`.
public enum SupervisionMode: String, DirectiveChoice {
  case upstart, systemd, auto, no
}

/// `syslog-facility`.
public enum SyslogFacility: String, DirectiveChoice {
  case user, local0, local1, local2, local3, local4, local5, local6, local7
}

/// `oom-score-adj`. `relative` is accepted and shown as `yes`, as Redis does.
public enum OutOfMemoryScore: String, DirectiveChoice {
  case no, yes, absolute

  public static var synonyms: [(word: String, choice: OutOfMemoryScore)] { [("relative", .yes)] }
}

/// `cluster-preferred-endpoint-type`.
public enum EndpointKind: String, DirectiveChoice {
  case ip, hostname
  case unknownEndpoint = "unknown-endpoint"
}

/// `tls-auth-clients`.
public enum TLSClientAuthentication: String, DirectiveChoice {
  case no, yes, optional
}
