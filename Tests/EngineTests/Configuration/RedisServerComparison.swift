import Foundation
import Testing

@testable import Engine

/// What a real redis-server makes of the same directives. Skipped where none is installed.
@Suite(.serialized, .enabled(if: ConfiguredRedis.isInstalled, "redis-server is not installed"))
struct RedisServerComparison {
  /// Directives whose default differs from redis-server's, each with the reason.
  private let differences: [String: String] = [
    "dir": "The server fills it in when it starts.",
    "port": "Set by this test.", "unixsocket": "Set by this test.",
  ]

  /// Directives of Redis 7.2, the baseline, that 7.0 does not know, and our own.
  private let newerThanReference: Set<String> = [
    "cluster-announce-human-nodename", "locale-collate", "set-max-listpack-entries",
    "set-max-listpack-value", "batch-wait-microseconds", "output-chunk-size", "ring-buffer-size", "ring-buffers",
    "ring-entries", "spin-microseconds", "write-barrier-file", "write-barrier-fsync", "write-barrier-replicas",
    "durable-reads",
    "aof-history-size", "aof-buffer-limit", "repl-spill-to-disk", "snapshot-preimage-limit",
  ]

  @Test func everyDirectiveAndDefaultOfRedisIsHere() throws {
    let redis = try ConfiguredRedis(configuration: "")
    defer { redis.stop() }
    let words = try redis.command("config", "get", "*").split(separator: "\n", omittingEmptySubsequences: false)
    var theirs: [String: String] = [:]
    for start in stride(from: 0, to: words.count - 1, by: 2) { theirs[String(words[start])] = String(words[start + 1]) }
    let listed = Configuration().matching([Array("*".utf8)]).map { (decoded($0.name), decoded($0.value)) }
    let ours = Dictionary(uniqueKeysWithValues: listed)
    #expect(theirs.count > 180)
    for (name, value) in theirs where differences[name] == nil {
      #expect(ours[name] == value, "\(name)")
    }
    #expect(Set(ours.keys).subtracting(theirs.keys).isSubset(of: newerThanReference))
  }

  @Test func refusalsAreWordForWord() throws {
    let redis = try ConfiguredRedis(configuration: "enable-protected-configs yes")
    defer { redis.stop() }
    let base = try Configuration().setting("enable-protected-configs", to: "yes")
    for words in [
      ["foo", "1"], ["maxmemory", "foo"], ["timeout", "-1"], ["timeout", "1x"], ["timeout", "010"], ["Databases", "5"],
      ["maxmemory", "1", "MAXMEMORY", "2"], ["timeout", "1", "foo", "2"], ["timeout", "a", "databases", "2"],
      ["rdbcompression", "x"], ["maxmemory-policy", "x"], ["appendfsync", ""], ["oom-score-adj", "x"],
      ["maxmemory-clients", "101%"], ["maxmemory-clients", "x%"], ["save", "1"], ["save", "1 2 3"], ["save", "0 1"],
      ["save", "x 1"], ["client-output-buffer-limit", "normal 1"], ["client-output-buffer-limit", "x 1 1 1"],
      ["client-output-buffer-limit", "normal x 1 1"], ["notify-keyspace-events", "?"], ["dbfilename", "a/b"],
      ["oom-score-adj-values", "1 2"], ["oom-score-adj-values", "1 2 3000"], ["slave-priority", "x"],
      ["latency-tracking-info-percentiles", "x"], ["latency-tracking-info-percentiles", "101"],
      ["shutdown-on-sigint", "save nosave"], ["shutdown-on-sigint", "x"], ["shutdown-on-sigint", ""],
      ["cluster-announce-hostname", "a_b"], ["proc-title-template", "{x}"], ["repl-backlog-size", "0"],
      ["client-query-buffer-limit", "1"], ["port", "70000"], ["replicaof", "a 1"],
      ["hz", "-1"], ["unixsocketperm", "1"], ["maxmemory-samples", "0"], ["bind", String(repeating: "1 ", count: 17)],
      ["slowlog-log-slower-than", "-2"], ["maxclients", "0"], ["proto-max-bulk-len", "1"],
    ] {
      let theirs = try redis.command(["config", "set"] + words).trimmingCharacters(in: .newlines)
      let pairs = stride(from: 0, to: words.count, by: 2).map { (Array(words[$0].utf8), Array(words[$0 + 1].utf8)) }
      var ours = "OK"
      do throws(ConfigurationSetError) {
        _ = try base.setting(pairs.map { ($0.0, $0.1) }, isLocalClient: true, isLoading: false)
      } catch {
        ours = error.text
      }
      #expect(ours == theirs, "CONFIG SET \(words)")
    }
  }

  @Test func valuesAreShownWordForWord() throws {
    let redis = try ConfiguredRedis(configuration: "enable-protected-configs yes")
    defer { redis.stop() }
    for (name, value) in [
      ("maxmemory", "1Gb"), ("maxmemory", "3k"), ("maxmemory", "0"), ("maxmemory-clients", "7%"),
      ("maxmemory-policy", "ALLKEYS-lfu"), ("save", "900 1 300 10"), ("save", ""), ("notify-keyspace-events", "EKA"),
      ("notify-keyspace-events", "Kdnmx"), ("notify-keyspace-events", "Ag"), ("notify-keyspace-events", "nA"),
      ("notify-keyspace-events", ""), ("client-output-buffer-limit", "replica 1mb 2kb 3 normal 5 6 7"),
      ("oom-score-adj", "relative"), ("oom-score-adj", "no"), ("oom-score-adj-values", "1 2 3"), ("hz", "1000"),
      ("latency-tracking-info-percentiles", "1 2.50 99.9999 100.000"), ("latency-tracking-info-percentiles", ""),
      ("shutdown-on-sigterm", "force save now"), ("shutdown-on-sigterm", "DEFAULT"), ("slave-announce-ip", "x y"),
      ("repl-backlog-size", "5mb"), ("list-max-ziplist-size", "-5"), ("proc-title-template", "{title} {{}"),
    ] {
      // Two of these are refused by us, since nothing answers to them yet.
      guard let ours = try? Configuration().setting(name, to: value) else {
        #expect(name == "oom-score-adj", "\(name) \(value)")
        continue
      }
      #expect(try redis.command("config", "set", name, value) == "OK\n", "\(name) \(value)")
      let theirs = try redis.command("config", "get", name)
      #expect("\(name)\n\(ours.value(of: name)!)\n" == theirs)
    }
  }

  @Test func rewrittenFilesSayTheSame() throws {
    let old = """
      # a comment
      timeout 5

      # another
      slave-priority 3
      maxmemory 100
      repl-backlog-size 1048576
      hash-max-ziplist-entries 100
      latency-tracking-info-percentiles 50 99
      save 900 1
      save 300 10


      rename-command DEBUG ""
      timeout 6
      """
    let redis = try ConfiguredRedis(configuration: old)
    defer { redis.stop() }
    let changes = [
      ("maxmemory", "1gb"), ("requirepass", "a \"b\" c"), ("notify-keyspace-events", "KEA"), ("save", "60 5"),
      ("client-output-buffer-limit", "pubsub 1mb 1kb 1"), ("timeout", "0"), ("slowlog-max-len", "7"),
      ("shutdown-on-sigint", "now force"), ("maxmemory-clients", "5%"), ("slave-read-only", "no"),
    ]
    var ours = try loadConfiguration(redis.configurationText)
    for (name, value) in changes {
      ours = try ours.setting(
        [(Array(name.utf8), Array(value.utf8))], isLocalClient: false, isLoading: false
      ).configuration
    }
    _ = try redis.command(["config", "set"] + changes.flatMap { [$0.0, $0.1] })
    let before = redis.configurationText
    #expect(try redis.command(["-a", "a \"b\" c", "--no-auth-warning", "config", "rewrite"]) == "OK\n")
    ours.adopt(workingDirectory: redis.directory)
    // The order of what is added is a hash table's in Redis; `user` lines come with access control.
    let isShared = { (line: Substring) in !line.hasPrefix("user ") && !line.isEmpty }
    let theirLines = redis.configurationText.split(separator: "\n").filter(isShared)
    let ourLines = decoded(ours.rewritten(over: Array(before.utf8))).split(separator: "\n").filter(isShared)
    #expect(ourLines.sorted() == theirLines.sorted())
    let signature = "# Generated by CONFIG REWRITE"
    let theirHead = theirLines.prefix { $0 != signature }
    let ourHead = ourLines.prefix { $0 != signature }
    #expect(ourHead == theirHead)
    // Their file is taken, with its line for the default user.
    let taken = try loadConfiguration(redis.configurationText)
    #expect(redis.configurationText.contains("\nuser default on "))
    #expect(decoded(taken.requirepass) == "a \"b\" c")
  }

  @Test func mistakesInFilesAreReportedTheSame() throws {
    for text in [
      "timeout", "timeout 1 2", "port abc", "foo bar", "include", "rename-command nope x", "maxmemory \"a",
      "\n\n  requirepass 'a'b  ", "save 1", "save a b", "replicaof host", "replicaof host 70000",
      "rdbcompression perhaps",
      "client-output-buffer-limit normal 0", "sentinel monitor x", "user", "loadmodule", "oom-score-adj-values 1",
      "notify-keyspace-events q", "list-max-ziplist-entries", "shutdown-on-sigint what",
      "appendfilename a/b", "unixsocketperm 9", "include /does/not/exist.conf",
    ] {
      let theirs = try ConfiguredRedis.startError(configuration: text)
      let ours = report { () throws(ConfigurationError) in try loadConfiguration(text) } ?? ""
      if theirs.contains("can't open config file") {
        #expect(ours.contains("can't open config file '/does/not/exist.conf': No such file or directory"))
        continue
      }
      let body = { (text: String) in text.split(separator: "\n").filter { !$0.hasPrefix("***") } }
      #expect(body(ours) == body(theirs), "\(text)")
    }
  }
}

/// A redis-server on a unix socket in a directory of its own.
final class ConfiguredRedis {
  static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/redis-server")

  let directory: String
  private let server = Process()

  init(configuration: String) throws {
    directory = try Self.newDirectory()
    try "\(configuration)\nport 0\nunixsocket \(directory)/s\n".write(
      toFile: "\(directory)/redis.conf", atomically: true, encoding: .utf8)
    server.executableURL = URL(fileURLWithPath: "/usr/bin/redis-server")
    server.arguments = ["\(directory)/redis.conf"]
    server.currentDirectoryURL = URL(fileURLWithPath: directory)
    server.standardOutput = FileHandle.nullDevice
    try server.run()
    for _ in 0..<200 where !FileManager.default.fileExists(atPath: "\(directory)/s") {
      Thread.sleep(forTimeInterval: 0.02)
    }
  }

  func stop() {
    // Not SIGTERM: a child of a test runs with the signals of its thread blocked.
    kill(server.processIdentifier, SIGKILL)
    server.waitUntilExit()
    try? FileManager.default.removeItem(atPath: directory)
  }

  var configurationText: String { (try? String(contentsOfFile: "\(directory)/redis.conf", encoding: .utf8)) ?? "" }

  /// What redis-cli prints, errors included.
  func command(_ arguments: String...) throws -> String { try command(arguments) }

  func command(_ arguments: [String]) throws -> String {
    try Self.output(of: "/usr/bin/redis-cli", ["-s", "\(directory)/s"] + arguments)
  }

  /// What redis-server says when it refuses a configuration file.
  static func startError(configuration: String) throws -> String {
    let directory = try newDirectory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try configuration.write(toFile: "\(directory)/redis.conf", atomically: true, encoding: .utf8)
    // Should it accept the file after all, it ends for having nowhere to listen.
    return try output(of: "/usr/bin/redis-server", ["\(directory)/redis.conf", "--port", "0"])
  }

  private static func newDirectory() throws -> String {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("ringdove-\(UUID().uuidString.prefix(8))")
      .path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }

  private static func output(of program: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }
}
