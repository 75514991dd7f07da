import Testing

@testable import Engine

@Suite struct DirectiveTableTests {
  /// `maxmemory-samples` and `server_cpulist` as the fields `maxmemorySamples` and `serverCpulist`.
  private func fieldName(_ name: String) -> String {
    let parts = name.split { $0 == "-" || $0 == "_" }
    return parts[0] + parts.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  @Test func everyFieldHasItsDirectiveAndTheOtherWayRound() {
    let fields = Mirror(reflecting: Configuration()).children.compactMap(\.label)
    let withoutDirective = ["renamedCommands", "configurationFile"]
    #expect(Set(fields).subtracting(withoutDirective) == Set(Directive.all.map { fieldName($0.name) }))
  }

  @Test func namesAreUniqueAndExplained() {
    let names = Directive.all.flatMap(\.names)
    #expect(Set(names).count == names.count)
    for directive in Directive.all {
      #expect(directive.summary.hasSuffix("."), "\(directive.name)")
      #expect(Directive.named(directive.name.uppercased().utf8)?.name == directive.name)
    }
    #expect(Directive.named("slave-priority".utf8)?.name == "replica-priority")
    #expect(Directive.named("no-such-thing".utf8) == nil)
  }

  @Test(arguments: Directive.all.map(\.name))
  func everyDefaultIsAccepted(_ name: String) throws {
    let directive = try #require(Directive.named(name.utf8))
    if name == "replicaof" { return }  // Shown empty, written `no one`.
    let value = decoded(directive.defaultValue)
    #expect(try Configuration().setting(name, to: value).value(of: name) == value)
  }

  /// Setting a row's value changes that field and no other: a row that points at the wrong field would pass otherwise.
  @Test(arguments: Directive.all.map(\.name))
  func aRowSetsItsOwnField(_ name: String) throws {
    let directive = try #require(Directive.named(name.utf8))
    guard let other = anotherValue(for: directive) else { return }
    var configuration = Configuration()
    var state = SettingState(isStarting: true)
    do throws(DirectiveError) {
      try directive.set(directive.arguments(ofValue: Array(other.utf8)), in: &configuration, &state)
    } catch {
      #expect(error.message == "'\(name) \(other)' is not supported by Ringdove yet")
    }
    let before = Mirror(reflecting: Configuration()).children.map { "\($0.label!) \($0.value)" }
    let after = Mirror(reflecting: configuration).children.map { "\($0.label!) \($0.value)" }
    let changed = zip(before, after).filter { $0 != $1 }.map { $0.0.split(separator: " ")[0] }
    #expect(changed.map(String.init) == [fieldName(name)])
  }

  /// A valid value that is not the default, spelled as CONFIG GET shows it.
  private func anotherValue(for directive: Directive) -> String? {
    switch directive.form {
    case .flag(let field): return Configuration()[keyPath: field] ? "no" : "yes"
    case .integer(let field, let range, let unit):
      let value = Configuration()[keyPath: field]
      let other = value == range.upperBound ? range.lowerBound : value + 1
      return String(other, radix: unit == .octal ? 8 : 10)
    case .text, .secret: return directive.name == "proc-title-template" ? "{title}" : "another"
    case .choice(let form): return form.words.first { $0 != form.word(in: Configuration()) }
    case .special:
      let values = [
        "bind": "127.0.0.1", "dir": "/tmp", "save": "900 1", "replicaof": "host 1", "notify-keyspace-events": "AKE",
        "oom-score-adj-values": "1 2 3", "latency-tracking-info-percentiles": "50", "shutdown-on-sigint": "now",
        "shutdown-on-sigterm": "now", "client-output-buffer-limit": "normal 1 1 1 slave 1 1 1 pubsub 1 1 1",
      ]
      return values[directive.name]
    }
  }

  @Test func whatIsNotBuiltIsRefusedAndSaysSo() {
    for (name, value) in [
      ("cluster-enabled", "yes"), ("tls-port", "6380"), ("aclfile", "/tmp/users.acl"),
      ("io-threads", "4"), ("daemonize", "yes"), ("syslog-enabled", "yes"), ("supervised", "upstart"),
      ("oom-score-adj", "relative"), ("activedefrag", "yes"),
    ] {
      #expect(throws: DirectiveError("'\(name) \(value)' is not supported by Ringdove yet")) {
        try Configuration().setting(name, to: value)
      }
    }
    for mode in ["auto", "systemd", "no"] {
      #expect(throws: Never.self) { try Configuration().setting("supervised", to: mode) }
    }
  }

  @Test func whatHasNoEffectYetIsSaidAtStart() throws {
    #expect(Configuration().notices == [])
    let configuration = try Configuration().setting("save", to: "900 1").setting("syslog-ident", to: "dove")
      .setting("dynamic-hz", to: "no")
    #expect(
      configuration.notices == [
        "'syslog-ident' is set, but Ringdove does not act on it yet.",
        "'dynamic-hz' is set, but Ringdove does not act on it yet.",
      ])
  }
}

@Suite struct DirectiveValueTests {
  @Test(arguments: [
    ("maxmemory", "100mb", "104857600"), ("maxmemory", "1K", "1000"), ("maxmemory", "1Kb", "1024"),
    ("maxmemory", "2g", "2000000000"), ("maxmemory", "7b", "7"), ("maxmemory", "", "0"),
    ("maxmemory-clients", "5%", "5%"), ("maxmemory-clients", "1mb", "1048576"), ("unixsocketperm", "0700", "700"),
    ("timeout", "10", "10"), ("appendfsync", "ALWAYS", "always"), ("oom-score-adj-values", "1 2 3", "1 2 3"),
    ("rdbchecksum", "No", "no"), ("save", "900 1 300 10", "900 1 300 10"), ("hz", "0", "1"), ("hz", "9999", "500"),
    ("bind", "127.0.0.1 ::1", "127.0.0.1 ::1"), ("bind", "", ""), ("notify-keyspace-events", "KEA", "AKE"),
    ("notify-keyspace-events", "Kg$lshzxetd", "AK"), ("notify-keyspace-events", "AnmK", "AKm"),
    ("notify-keyspace-events", "xE", "xE"), ("shutdown-on-sigterm", "force nosave now", "nosave now force"),
    ("shutdown-on-sigint", "default", "default"),
    ("latency-tracking-info-percentiles", "50 99.9 0.001 100.0", "50 99.9 0.001 100"),
    ("latency-tracking-info-percentiles", "", ""), ("slave-announce-ip", "10.0.0.1", "10.0.0.1"),
    (
      "client-output-buffer-limit", "replica 1mb 2kb 3",
      "normal 0 0 0 slave 1048576 2048 3 pubsub 33554432 8388608 60"
    ),
    ("replicaof", "localhost 6380", "localhost 6380"), ("replicaof", "NO one", ""),
  ])
  func valuesAreReadAndShown(name: String, value: String, shown: String) throws {
    // `n` belongs to what A covers when it is shown, as in Redis: only all of `g…d` and `n` together are not more.
    #expect(try Configuration().setting(name, to: value).value(of: name) == shown)
  }

  @Test(arguments: [
    ("timeout", "-1", "argument must be between 0 and 2147483647 inclusive"),
    ("timeout", "1.5", "argument couldn't be parsed into an integer"),
    ("timeout", " 1", "argument couldn't be parsed into an integer"),
    ("timeout", "007", "argument couldn't be parsed into an integer"),
    ("timeout", "", "argument couldn't be parsed into an integer"),
    ("maxmemory", "10x", "argument must be a memory value"),
    ("maxmemory", "-1", "argument must be a memory value"),
    ("maxmemory-clients", "101%", "percentage argument must be less or equal to 100"),
    ("maxmemory-clients", "-5%", "argument must be a memory or percent value"),
    ("unixsocketperm", "888", "argument couldn't be parsed as an octal number"),
    ("unixsocketperm", "1000", "argument must be between 0 and 777 inclusive"),
    ("rdbcompression", "maybe", "argument must be 'yes' or 'no'"),
    ("oom-score-adj", "x", "argument(s) must be one of the following: no, yes, relative, absolute"),
    ("save", "900", "Invalid save parameters"), ("save", "0 1", "Invalid save parameters"),
    ("notify-keyspace-events", "Kq", "Invalid event class character. Use 'Ag$lshzxeKEtmdn'."),
    ("client-output-buffer-limit", "normal 1 1", "Wrong number of arguments in buffer limit configuration."),
    ("client-output-buffer-limit", "master 1 1 1", "Invalid client class specified in buffer limit configuration."),
    (
      "client-output-buffer-limit", "normal 1 1 -1",
      "Error in hard, soft or soft_seconds setting in buffer limit configuration."
    ),
    (
      "latency-tracking-info-percentiles", "101",
      "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]"
    ),
    ("latency-tracking-info-percentiles", "a", "Invalid latency-tracking-info-percentiles parameters"),
    ("shutdown-on-sigint", "save nosave", "shutdown options SAVE and NOSAVE can't be used simultaneously"),
    ("dbfilename", "a/b", "dbfilename can't be a path, just a filename"),
    ("appendfilename", "", "appendfilename can't be empty"),
    ("appenddirname", "a/b", "appenddirname can't be a path, just a dirname"),
    ("replicaof", "host 70000", "Invalid master port"), ("replicaof", "host", "wrong number of arguments"),
    ("cluster-announce-hostname", "a_b", "Hostnames may only contain alphanumeric characters, hyphens or dots"),
    ("proc-title-template", "{nothing}", "template format is invalid or contains unknown variables"),
    ("proc-title-template", "", "template format is invalid or contains unknown variables"),
  ])
  func whatMakesNoSenseIsRefused(name: String, value: String, reason: String) {
    #expect(throws: DirectiveError(reason)) { try Configuration().setting(name, to: value) }
  }

  @Test func secretsKeepEveryByte() throws {
    let password: [UInt8] = [0xFF, 0x00, 0x0A, 0x22]
    let change = try Configuration().setting(
      [(Array("requirepass".utf8), password)], isLocalClient: false, isLoading: false)
    #expect(change.configuration.requirepass == password)
    #expect(change.changed == ["requirepass"])
  }
}
