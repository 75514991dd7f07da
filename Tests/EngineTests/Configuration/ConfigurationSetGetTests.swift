import Testing

@testable import Engine

@Suite struct ConfigurationSetTests {
  private func set(
    _ pairs: [(String, String)], on configuration: Configuration = Configuration(), isLocalClient: Bool = false,
    isLoading: Bool = false
  ) throws(ConfigurationSetError) -> ConfigurationChange {
    try configuration.setting(
      pairs.map { (Array($0.utf8), Array($1.utf8)) }, isLocalClient: isLocalClient, isLoading: isLoading)
  }

  private func error(
    _ pairs: [(String, String)], on configuration: Configuration = Configuration(), isLocalClient: Bool = false,
    isLoading: Bool = false
  ) -> String? {
    do throws(ConfigurationSetError) {
      _ = try set(pairs, on: configuration, isLocalClient: isLocalClient, isLoading: isLoading)
      return nil
    } catch {
      return error.text
    }
  }

  @Test func severalAreSetTogetherAndTheChangedOnesNamed() throws {
    let change = try set([("MaxMemory", "1mb"), ("timeout", "0"), ("slave-priority", "7"), ("port", "7000")])
    #expect(change.configuration.maxmemory == 1 << 20)
    #expect(change.configuration.replicaPriority == 7)
    #expect(change.changed == ["maxmemory", "replica-priority", "port"])
    #expect(change.contains("port") && !change.contains("timeout"))
  }

  @Test func aFileThatIsNamedAgainCountsAsChanged() throws {
    #expect(try set([("tls-cert-file", "")]).changed == ["tls-cert-file"])
  }

  @Test(arguments: [
    ("foo", "1", "ERR Unknown option or number of arguments for CONFIG SET - 'foo'"),
    (
      "Maxmemory", "foo",
      "ERR CONFIG SET failed (possibly related to argument 'maxmemory') - argument must be a memory value"
    ),
    ("Databases", "5", "ERR CONFIG SET failed (possibly related to argument 'Databases') - can't set immutable config"),
    ("dir", "/", "ERR CONFIG SET failed (possibly related to argument 'dir') - can't set protected config"),
    (
      "cluster-port", "1",
      "ERR CONFIG SET failed (possibly related to argument 'cluster-port') - can't set immutable config"
    ),
    (
      "tls-port", "6380",
      "ERR CONFIG SET failed (possibly related to argument 'tls-port') - 'tls-port 6380' is not supported by Ringdove yet"
    ),
    (
      "slave-priority", "x",
      "ERR CONFIG SET failed (possibly related to argument 'slave-priority') - argument couldn't be parsed into an integer"
    ),
  ])
  func refusalsSpeakAsRedis(name: String, value: String, text: String) {
    #expect(error([(name, value)]) == text)
  }

  @Test func theFirstErrorIsTheAnswer() {
    #expect(
      error([("foo", "1"), ("databases", "2")]) == "ERR Unknown option or number of arguments for CONFIG SET - 'foo'")
    #expect(
      error([("maxmemory", "1"), ("MAXMEMORY", "2")])
        == "ERR CONFIG SET failed (possibly related to argument 'MAXMEMORY') - duplicate parameter")
    #expect(error([("replica-priority", "1"), ("slave-priority", "2")]) == nil)
    // Names are all looked at before any value is.
    #expect(
      error([("maxmemory", "x"), ("databases", "2")])
        == "ERR CONFIG SET failed (possibly related to argument 'databases') - can't set immutable config")
  }

  @Test func protectedOnesFollowTheirSwitch() throws {
    let open = try Configuration().setting("enable-protected-configs", to: "yes")
    #expect(error([("dbfilename", "x.rdb")], on: open) == nil)
    let local = try Configuration().setting("enable-protected-configs", to: "local")
    #expect(error([("dbfilename", "x.rdb")], on: local, isLocalClient: true) == nil)
    #expect(error([("dbfilename", "x.rdb")], on: local)?.hasSuffix("can't set protected config") == true)
  }

  @Test func whileLoadingSomeMustWait() {
    #expect(
      error([("appendonly", "no")], isLoading: true) == "LOADING Redis is loading the dataset in memory")
    #expect(error([("timeout", "1")], isLoading: true) == nil)
  }

  @Test func savePointsReplaceThoseBefore() throws {
    let first = try set([("save", "900 1 300 10")]).configuration
    #expect(try set([("save", "60 1")], on: first).configuration.save == [SavePoint(seconds: 60, changes: 1)])
    #expect(try set([("save", "")], on: first).configuration.save == [])
  }
}

@Suite struct ConfigurationGetTests {
  private func get(_ patterns: String...) -> [String] {
    Configuration().matching(patterns.map { Array($0.utf8) }).map { "\(decoded($0.name))=\(decoded($0.value))" }
  }

  @Test func namesAndPatterns() {
    #expect(get("maxmemory") == ["maxmemory=0"])
    #expect(get("MAXMEMORY") == ["MAXMEMORY=0"])
    #expect(get("slave-priority") == ["slave-priority=100"])
    #expect(get("*-priority") == ["replica-priority=100", "slave-priority=100"])
    #expect(get("nothing", "no*thing") == [])
    #expect(get("RDBC*") == ["rdbcompression=yes", "rdbchecksum=yes"])
    #expect(get("t?meout", "tcp-[bk]*") == ["timeout=0", "tcp-backlog=511", "tcp-keepalive=300"])
  }

  @Test func eachIsGivenOnce() {
    #expect(get("timeout", "TIMEOUT", "timeou*") == ["timeout=0"])
    #expect(get("hash-max-*-value", "hash-max-listpack-value").count == 2)
  }

  @Test func hiddenOnesNeedTheirName() {
    #expect(get("rdb-key-save-dela?") == [])
    #expect(get("rdb-key-save-delay") == ["rdb-key-save-delay=0"])
    #expect(Configuration().matching([Array("*".utf8)]).allSatisfy { decoded($0.name) != "watchdog-period" })
  }
}
