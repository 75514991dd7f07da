import Testing

@testable import Engine

/// Conversations about the server itself. Replies that can be compared were taken from redis-server 7.0.15.
@Suite struct ServerCommandTests {
  private func engine(_ settings: (String, String)...) throws -> TestEngine {
    var configuration = Configuration()
    for (name, value) in settings { configuration = try configuration.setting(name, to: value) }
    return TestEngine(configuration)
  }

  @Test func tellsTheTime() {
    var test = TestEngine()
    let client = test.connect()
    #expect(test.run("TIME", from: client) == "*2\r\n$10\r\n1700000000\r\n$1\r\n0\r\n")
  }

  @Test func infoHasTheSectionsThatAreAskedFor() {
    var test = TestEngine()
    let client = test.connect()
    let standard = test.run("INFO", from: client)
    for section in ["Server", "Clients", "Memory", "Persistence", "Stats", "Replication", "CPU", "Keyspace"] {
      #expect(standard.contains("# \(section)\r\n"))
    }
    #expect(standard.contains("redis_version:7.2.4\r\n") && standard.contains("server_name:ringdove\r\n"))
    #expect(!standard.contains("# Commandstats") && !standard.contains("# Latencystats"))
    let all = test.run("INFO ALL", from: client)
    #expect(all.contains("# Commandstats\r\ncmdstat_info:calls=1,"))
    let two = test.run("INFO cpu Keyspace nonsense", from: client)
    #expect(two.contains("# CPU") && two.contains("# Keyspace") && !two.contains("# Server"))
    #expect(test.run("INFO nonsense", from: client) == "$0\r\n\r\n")
  }

  @Test func countsCallsErrorsAndRefusals() {
    var test = TestEngine()
    let client = test.connect()
    _ = test.run("SET key value", from: client)
    _ = test.run("SET key value nonsense", from: client)
    _ = test.run("SET key", from: client)
    _ = test.run("nonsense", from: client)
    let info = test.run("INFO commandstats errorstats stats", from: client)
    #expect(info.contains("cmdstat_set:calls=2,"))
    #expect(info.contains("rejected_calls=1,failed_calls=1\r\n"))
    #expect(info.contains("errorstat_ERR:count=3\r\n"))
    #expect(info.contains("total_error_replies:3\r\n"))
    #expect(test.run("CONFIG RESETSTAT", from: client) == "+OK\r\n")
    #expect(!test.run("INFO errorstats", from: client).contains("errorstat_ERR"))
  }

  /// What tools ask to find out whether they speak to a cluster.
  @Test(arguments: ["CLUSTER INFO", "cluster help", "READONLY", "READWRITE", "ASKING"])
  func thereIsNoCluster(request: String) {
    var test = TestEngine()
    let client = test.connect()
    #expect(test.run(request, from: client) == "-ERR This instance has cluster support disabled\r\n")
  }

  @Test func configurationIsReadAndChanged() {
    var test = TestEngine()
    let client = test.connect()
    #expect(test.run("CONFIG GET maxmemory", from: client) == "*2\r\n$9\r\nmaxmemory\r\n$1\r\n0\r\n")
    #expect(test.run("CONFIG SET maxmemory 1mb hz 20", from: client) == "+OK\r\n")
    #expect(test.run("CONFIG GET maxmemory", from: client) == "*2\r\n$9\r\nmaxmemory\r\n$7\r\n1048576\r\n")
    #expect(
      test.run("CONFIG SET nonsense 1", from: client)
        == "-ERR Unknown option or number of arguments for CONFIG SET - 'nonsense'\r\n")
    #expect(test.run("CONFIG SET maxmemory", from: client).hasPrefix("-ERR wrong number of arguments for 'config|set'"))
    #expect(test.run("CONFIG SET maxmemory 1mb hz", from: client) == "-ERR syntax error\r\n")
    #expect(test.run("CONFIG nonsense", from: client) == "-ERR unknown subcommand 'nonsense'. Try CONFIG HELP.\r\n")
    #expect(test.run("CONFIG REWRITE", from: client) == "-ERR The server is running without a config file\r\n")
  }

  @Test func rewritingAnswersWhenTheFileIsWritten() throws {
    var configuration = Configuration()
    configuration.adopt(configurationFile: "/tmp/ringdove.conf")
    var test = TestEngine(configuration)
    let client = test.connect()
    #expect(test.run("CONFIG REWRITE", from: client) == "")
    test.engine.apply(.configurationWritten(client, failure: nil), now: test.now)
    #expect(test.output(of: client) == "+OK\r\n")
    #expect(test.run("PING", from: client) == "+PONG\r\n")
  }

  private let refusal = DirectiveFailure("port", "Unable to listen on this port. Check server logs.")

  @Test func aPortThatCannotBeHadTakesEverythingBack() {
    var test = TestEngine()
    let client = test.connect()
    #expect(test.run("CONFIG SET maxmemory 1mb port 1", from: client) == "")
    test.engine.apply(.directivesTried(number: 1, workingDirectory: "/tmp", failure: refusal), now: test.now)
    #expect(
      test.output(of: client)
        == "-ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs.\r\n"
    )
    #expect(test.engine.configuration.port == 6379 && test.engine.configuration.maxmemory == 0)
    #expect(test.run("CONFIG SET port 1", from: client) == "")
    test.engine.apply(.directivesTried(number: 1, workingDirectory: "/tmp", failure: nil), now: test.now)
    #expect(test.output(of: client) == "+OK\r\n")
    #expect(test.engine.configuration.port == 1)
  }

  @Test func whoeverConfiguresWaitsUntilThePortIsHad() {
    var test = TestEngine()
    let client = test.connect()
    let other = test.connect()
    #expect(test.run("CONFIG SET port 1", from: client) == "")
    #expect(test.run("GET a", from: other) == "$-1\r\n")
    #expect(test.run("CONFIG SET maxmemory 1mb", from: other) == "")
    test.engine.apply(.directivesTried(number: 1, workingDirectory: "/tmp", failure: refusal), now: test.now)
    #expect(test.output(of: client).hasPrefix("-ERR CONFIG SET failed"))
    let mayGoOn = test.engine.isRunnable(other)
    #expect(mayGoOn)
    #expect(test.run("PING", from: other) == "+OK\r\n+PONG\r\n")
    #expect(test.engine.configuration.port == 6379 && test.engine.configuration.maxmemory == 1 << 20)
  }

  @Test func commandsAreDescribed() {
    var test = TestEngine()
    let client = test.connect()
    #expect(
      test.run("COMMAND INFO get nonsense", from: client)
        == "*2\r\n*10\r\n$3\r\nget\r\n:2\r\n*2\r\n+readonly\r\n+fast\r\n:1\r\n:1\r\n:1\r\n"
        + "*3\r\n+@read\r\n+@string\r\n+@fast\r\n*0\r\n"
        + "*1\r\n*6\r\n$5\r\nflags\r\n*2\r\n+RO\r\n+access\r\n$12\r\nbegin_search\r\n*4\r\n$4\r\ntype\r\n$5\r\nindex\r\n"
        + "$4\r\nspec\r\n*2\r\n$5\r\nindex\r\n:1\r\n$9\r\nfind_keys\r\n*4\r\n$4\r\ntype\r\n$5\r\nrange\r\n$4\r\nspec\r\n"
        + "*6\r\n$7\r\nlastkey\r\n:0\r\n$7\r\nkeystep\r\n:1\r\n$5\r\nlimit\r\n:0\r\n*0\r\n$-1\r\n")
    #expect(test.run("COMMAND GETKEYS set key value", from: client) == "*1\r\n$3\r\nkey\r\n")
    #expect(
      test.run("COMMAND GETKEYSANDFLAGS set key value", from: client)
        == "*1\r\n*2\r\n$3\r\nkey\r\n*2\r\n+OW\r\n+update\r\n")
    #expect(test.run("COMMAND GETKEYS ping x", from: client) == "-ERR The command has no key arguments\r\n")
    #expect(test.run("COMMAND GETKEYS nonsense x", from: client) == "-ERR Invalid command specified\r\n")
    #expect(
      test.run("COMMAND LIST FILTERBY PATTERN config*GET", from: client) == "*1\r\n$10\r\nconfig|get\r\n")
    #expect(test.run("COMMAND LIST FILTERBY MODULE any", from: client) == "*0\r\n")
  }

  @Test func documentationNamesArguments() {
    var test = TestEngine()
    let client = test.connect()
    let docs = test.run("COMMAND DOCS config|set", from: client)
    #expect(docs.hasPrefix("*2\r\n$10\r\nconfig|set\r\n"))
    #expect(docs.contains("$7\r\nhistory\r\n*1\r\n*2\r\n$5\r\n7.0.0\r\n"))
    #expect(docs.contains("$4\r\ntype\r\n$5\r\nblock\r\n$5\r\nflags\r\n*1\r\n+multiple\r\n$9\r\narguments\r\n*2\r\n"))
  }

  @Test func digestIsRedisOwn() throws {
    var test = try engine(("enable-debug-command", "yes"))
    let client = test.connect()
    _ = test.run("SET a 1", from: client)
    _ = test.run("SET b hello", from: client)
    _ = test.run("PEXPIREAT b 9999999999999", from: client)
    _ = test.run("SELECT 3", from: client)
    _ = test.run("SET c xyz", from: client)
    #expect(test.run("DEBUG DIGEST", from: client) == "+91c657703feb5df5f2ca42ca51b4a70aaaafb724\r\n")
    _ = test.run("SELECT 0", from: client)
    #expect(
      test.run("DEBUG DIGEST-VALUE a b nokey", from: client)
        == "*3\r\n+b4fc66738120fba0b5aa500ab5c2bf89cea1c5da\r\n+d037c4eb8a8b36b602fbced4000daeab0714c1e3\r\n+0000000000000000000000000000000000000000\r\n"
    )
    #expect(test.run("DEBUG RELOAD", from: client) == "+OK\r\n")
    #expect(test.run("DEBUG DIGEST", from: client) == "+91c657703feb5df5f2ca42ca51b4a70aaaafb724\r\n")
  }

  @Test func debugNeedsPermission() {
    var test = TestEngine()
    let client = test.connect()
    #expect(
      test.run("DEBUG SLEEP 0", from: client).hasPrefix("-ERR DEBUG command not allowed. If the enable-debug-command"))
  }

  @Test func debugShowsEveryTypeOfReply() throws {
    var test = try engine(("enable-debug-command", "yes"))
    let client = test.connect()
    #expect(test.run("DEBUG PROTOCOL double", from: client) == "$5\r\n3.141\r\n")
    #expect(test.run("DEBUG PROTOCOL map", from: client) == "*6\r\n:0\r\n:0\r\n:1\r\n:1\r\n:2\r\n:0\r\n")
    #expect(test.run("DEBUG PROTOCOL push", from: client) == "-ERR RESP2 is not supported by this command\r\n")
    #expect(
      test.run("DEBUG nonsense", from: client).hasPrefix(
        "-ERR unknown subcommand or wrong number of arguments for 'nonsense'"))
    #expect(test.run("DEBUG POPULATE 3 k 10", from: client) == "+OK\r\n")
    #expect(test.run("GET k:2", from: client) == "$10\r\nvalue:2\0\0\0\r\n")
  }

  @Test func theSlowLogKeepsShortenedArguments() throws {
    var test = try engine(("slowlog-log-slower-than", "0"))
    let client = test.connect()
    #expect(test.run("SLOWLOG RESET", from: client) == "+OK\r\n")
    #expect(test.run(["SET", "key", String(repeating: "x", count: 130)], from: client) == "+OK\r\n")
    let entries = test.run("SLOWLOG GET 1", from: client)
    #expect(entries.contains(String(repeating: "x", count: 128) + "... (2 more bytes)"))
    #expect(entries.contains("127.0.0.1:50001"))
    _ = test.run("CONFIG SET masterauth secret", from: client)
    #expect(!test.run("SLOWLOG GET -1", from: client).contains("secret"))
    #expect(test.run("SLOWLOG GET -2", from: client) == "-ERR count should be greater than or equal to -1\r\n")
  }

  @Test func modulesAreRefused() throws {
    var test = try engine(("enable-module-command", "yes"))
    let client = test.connect()
    #expect(test.run("MODULE LIST", from: client) == "*0\r\n")
    #expect(test.run("MODULE LOAD /x.so", from: client).hasPrefix("-ERR Error loading the extension."))
  }

  @Test func shutdownChecksItsOptions() {
    var test = TestEngine()
    let client = test.connect()
    #expect(test.run("SHUTDOWN SAVE NOSAVE", from: client) == "-ERR syntax error\r\n")
    #expect(test.run("SHUTDOWN ABORT", from: client) == "-ERR No shutdown in progress.\r\n")
    #expect(test.run("SHUTDOWN NOSAVE", from: client) == "")
    #expect(test.effects.contains { if case .shutDown(status: 0, isAtOnce: false) = $0 { true } else { false } })
  }

  @Test func latencyHasHistograms() {
    var test = TestEngine()
    let client = test.connect()
    _ = test.run("SET a 1", from: client)
    _ = test.run("SET a 1", from: client)
    #expect(
      test.run("LATENCY HISTOGRAM set nonsense", from: client)
        == "*2\r\n$3\r\nset\r\n*4\r\n$5\r\ncalls\r\n:2\r\n$14\r\nhistogram_usec\r\n*2\r\n:1\r\n:2\r\n")
    #expect(test.run("LATENCY LATEST", from: client) == "*0\r\n")
    #expect(test.run("LATENCY GRAPH none", from: client) == "-ERR No samples available for event 'none'\r\n")
  }
}
