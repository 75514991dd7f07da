import Testing

@testable import Engine

/// Loads `file` and `options` with the files given, as the server would.
func loadConfiguration(
  _ file: String? = nil, input: String? = nil, options: [String] = [], files: [String: String] = [:]
) throws(ConfigurationError) -> Configuration {
  guard case .serve(var sources) = StartArguments(options) else { preconditionFailure("not to be served") }
  var files = files
  if let file {
    sources.file = "main"
    files["main"] = file
  }
  sources.readsStandardInput = input != nil
  let host = ConfigurationHost(
    readFile: { path throws(ConfigurationHost.FileRefusal) in
      guard path.contains("*") else {
        guard let text = files[path] else { throw ConfigurationHost.FileRefusal(reason: "No such file or directory") }
        return Array(text.utf8)
      }
      let found = files.keys.sorted().filter { matches($0, pattern: Array(path.utf8)) }
      return found.flatMap { Array(files[$0]!.utf8) }
    },
    readStandardInput: { Array((input ?? "").utf8) },
    isCommand: { ["get", "set", "config", "debug"].contains(decoded($0)) })
  return try Configuration.load(from: sources, host: host)
}

func report(of body: () throws(ConfigurationError) -> Configuration) -> String? {
  do throws(ConfigurationError) {
    _ = try body()
    return nil
  } catch {
    return error.report
  }
}

@Suite struct ConfigurationFileTests {
  @Test func linesQuotesAndComments() throws {
    let configuration = try loadConfiguration(
      """
      # a comment
         \t
      PORT 7000\r
      logfile ''
      pidfile "/a b/\\x41.pid"
      requirepass 'it''s'  
      """.replacing("'it''s'", with: "'it\\'s'"))
    #expect(configuration.port == 7000)
    #expect(configuration.pidfile == "/a b/A.pid")
    #expect(decoded(configuration.requirepass) == "it's")
  }

  @Test func everySourceWinsOverTheOneBefore() throws {
    let configuration = try loadConfiguration(
      "port 1\ntimeout 1\nhz 20", input: "timeout 2\nhz 30\n", options: ["--hz", "40"])
    #expect(configuration.port == 1)
    #expect(configuration.timeout == 2)
    #expect(configuration.hz == 40)
  }

  @Test func saveLinesAdd() throws {
    let configuration = try loadConfiguration("save 900 1\nsave 300 10 60 100", options: ["--save", "5 6"])
    #expect(configuration.value(of: "save") == "900 1 300 10 60 100 5 6")
    #expect(try loadConfiguration("save 900 1", options: ["--save", ""]).save == [])
  }

  /// The first line, wherever it stands, is in the place of the default.
  @Test func withoutSaveLinesTheDefaultIsInForce() throws {
    #expect(try loadConfiguration("port 1").value(of: "save") == "3600 1 300 100 60 10000")
    #expect(try loadConfiguration(options: ["--save", "5 6"]).value(of: "save") == "5 6")
    #expect(try loadConfiguration("save \"\"").save == [])
  }

  /// `secret`, as a digest.
  private static let digest = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"

  /// What redis-server writes at a CONFIG REWRITE, and what else means the same.
  @Test(arguments: [
    ("user default on nopass ~* &* +@all", ""), ("user default on nopass sanitize-payload ~* &* +@all", ""),
    ("requirepass other\nuser default +@all &* ~* nopass on", ""),
    ("user default on >secret allkeys allchannels allcommands", "secret"),
    ("user default off nopass reset on -@all >secret ~* &* +@all", "secret"),
    ("requirepass secret\nuser default on #\(digest) ~* &* +@all", "secret"),
    ("user default on sanitize-payload #\(digest) ~* &* +@all\nrequirepass secret", "secret"),
  ])
  func aDefaultUserThatMayDoAllIsTaken(text: String, password: String) throws {
    #expect(decoded(try loadConfiguration(text).requirepass) == password)
  }

  @Test(arguments: [
    "user default", "user default on", "user default nopass ~* &* +@all", "user default on nopass ~* &*",
    "user default on nopass ~a* &* +@all", "user default on nopass ~* &* +@all -flushall",
    "user alice on nopass ~* &* +@all",
    "user default off nopass ~* &* +@all", "user default on nopass ~* &* +@all resetkeys",
    "user default on >one >two ~* &* +@all", "user default on nopass skip-sanitize-payload ~* &* +@all",
    "user default on nopass ~* &* +@all (~a +get)", "user default on nopass > ~* &* +@all",
  ])
  func otherUsersEndTheStart(line: String) {
    let said = report { () throws(ConfigurationError) in try loadConfiguration(line) }
    #expect(said?.contains("\n'user' is not supported by Ringdove yet, but for 'user default'") == true, "\(line)")
  }

  @Test func aDigestMustBeThatOfThePassword() {
    for more in ["", "requirepass other"] {
      let said = report { () throws(ConfigurationError) in
        try loadConfiguration("user default on #\(Self.digest) ~* &* +@all\n\(more)")
      }
      #expect(said?.contains("holds only the digest") == true, "\(more)")
    }
  }

  @Test func filesInclude() throws {
    let files = ["a.conf": "timeout 5\ninclude conf.d/*", "conf.d/1": "hz 20\n", "conf.d/2": "port 7001\n"]
    let configuration = try loadConfiguration("include a.conf\ninclude empty/*.conf", files: files)
    #expect(configuration.timeout == 5)
    #expect(configuration.hz == 20)
    #expect(configuration.port == 7001)
  }

  @Test func anIncludeThatFails() {
    #expect(
      report { () throws(ConfigurationError) in try loadConfiguration("include no.conf") }
        == "Fatal error, can't open config file 'no.conf': No such file or directory\n")
    let inner = report { () throws(ConfigurationError) in
      try loadConfiguration("\n\ninclude a.conf", files: ["a.conf": "# x\nport x"])
    }
    #expect(inner?.contains("at line 2\n>>> 'port x'\n") == true)
    let endless = report { () throws(ConfigurationError) in
      try loadConfiguration("include main")
    }
    #expect(endless?.hasSuffix("Too many nested includes\n") == true)
  }

  @Test func renames() throws {
    let configuration = try loadConfiguration(
      "rename-command CONFIG \"\"\nrename-command get hole\nrename-command set get")
    #expect(
      configuration.renamedCommands == [
        CommandRename(name: Array("CONFIG".utf8), newName: []),
        CommandRename(name: Array("get".utf8), newName: Array("hole".utf8)),
        CommandRename(name: Array("set".utf8), newName: Array("get".utf8)),
      ])
    for (text, reason) in [
      ("rename-command nope x", "No such command in rename-command"),
      ("rename-command config x\nrename-command config y", "No such command in rename-command"),
      ("rename-command config get", "Target command name already exists"),
    ] {
      let said = report { () throws(ConfigurationError) in try loadConfiguration(text) }
      #expect(said?.hasSuffix("\(reason)\n") == true, "\(text)")
    }
  }

  @Test func theReportIsRedis() {
    let said = report { () throws(ConfigurationError) in try loadConfiguration("# one\n  timeout   abc ") }
    #expect(
      said == """

        *** FATAL CONFIG FILE ERROR (Redis 7.2.4, Ringdove \(Version.ringdove)) ***
        Reading the configuration file, at line 2
        >>> 'timeout   abc'
        argument couldn't be parsed into an integer

        """)
  }

  @Test(arguments: [
    ("cluster-enabled yes", "'cluster-enabled yes' is not supported by Ringdove yet"),
    ("oom-score-adj relative", "'oom-score-adj relative' is not supported by Ringdove yet"),
    ("loadmodule /x.so", "'loadmodule' is not supported by Ringdove yet"),
  ])
  func whatIsNotBuiltEndsTheStart(line: String, reason: String) {
    let said = report { () throws(ConfigurationError) in try loadConfiguration(line) }
    #expect(said?.hasSuffix("\n\(reason) (docs/MIGRATING.md says what is)\n") == true)
  }

  /// Debian's unit starts its file, which has `daemonize yes`, with `--daemonize no`.
  @Test func whatIsNotBuiltMayBeTakenBackLater() throws {
    let configuration = try loadConfiguration(
      "daemonize yes\nio-threads 4\nio-threads 1", options: ["--supervised", "systemd", "--daemonize", "no"])
    #expect(!configuration.daemonize && configuration.ioThreads == 1 && configuration.supervised == .systemd)
    let said = report { () throws(ConfigurationError) in
      try loadConfiguration(
        "port 1\nio-threads 4\ndaemonize no\ndaemonize yes\nport 2", options: ["--io-threads", "1"])
    }
    #expect(said?.contains("at line 4\n>>> 'daemonize yes'\n") == true)
  }
}

/// The file that Redis's own suite starts every server with (tests/assets/default.conf of 7.0 and 7.2, directives only).
@Suite struct RedisSuiteConfigurationTests {
  private let lines = """
    always-show-logo yes
    notify-keyspace-events KEA
    daemonize no
    pidfile /var/run/redis.pid
    port 6379
    timeout 0
    bind 127.0.0.1
    loglevel verbose
    logfile ''
    databases 16
    latency-monitor-threshold 1
    repl-diskless-sync-delay 0
    save 900 1
    rdbcompression yes
    dbfilename dump.rdb
    dir ./
    slave-serve-stale-data yes
    appendonly no
    appendfsync everysec
    no-appendfsync-on-rewrite no
    activerehashing yes
    enable-protected-configs yes
    enable-debug-command yes
    enable-module-command yes
    propagation-error-behavior panic
    shutdown-on-sigterm force
    """

  @Test func itIsTaken() throws {
    let configuration = try loadConfiguration(lines, options: ["--save", ""])
    #expect(configuration.value(of: "notify-keyspace-events") == "AKE")
    #expect(configuration.loglevel == .verbose)
    #expect(configuration.enableDebugCommand == .yes)
    #expect(configuration.save == [])
    #expect(configuration.shutdownOnSigterm == .force)
  }
}

@Suite struct StartArgumentsTests {
  private func options(_ arguments: String...) -> String? {
    guard case .serve(let sources) = StartArguments(arguments) else { return nil }
    return "\(sources.file ?? "")\(sources.readsStandardInput ? "-" : "")|\(decoded(sources.options))"
  }

  @Test func optionsBecomeLines() {
    #expect(options() == "|")
    #expect(options("--port", "7000") == "|port \"7000\" ")
    #expect(
      options("/a.conf", "--port", "7000", "--replicaof", "h", "1") == "/a.conf|port \"7000\" \nreplicaof \"h\" \"1\" ")
    #expect(options("--port 7000", "--hz 5") == "|port 7000 \nhz 5 ")
    #expect(options("--replicaof", "h 1") == "|replicaof \"h 1\" ")
    #expect(options("--save", "") == "|save \"\" ")
    #expect(options("--save", "--hz", "5") == "|save \"\"\nhz \"5\" ")
    #expect(options("--hz", "5", "--save") == "|hz \"5\" \nsave \"\"")
    #expect(options("--logfile", "--odd", "--hz", "5") == "|logfile \"--odd\" \nhz \"5\" ")
  }

  @Test func standardInputIsADashAtEitherEnd() {
    #expect(options("-") == "-|")
    #expect(options("/a.conf", "-") == "/a.conf-|")
    #expect(options("--hz", "5", "-") == "-|hz \"5\" ")
    #expect(options("-", "--hz", "5") == "-|hz \"5\" ")
    #expect(options("/a.conf", "-", "--hz", "5") == "/a.conf|\"-\" hz \"5\" ".replacing("hz", with: "\nhz"))
  }

  @Test func questionsAndRefusals() {
    #expect(
      StartArguments(["-v"])
        == .print(
          "Ringdove server v=\(Version.ringdove) redis=7.2.4 malloc=jemalloc bits=64\n", toStandardError: false,
          exitCode: 0
        ))
    #expect(StartArguments(["--version"]) == StartArguments(["-v"]))
    for arguments in [["-h"], ["--help"], ["--test-memory", "100"], ["--check-system"], ["/s.conf", "--sentinel"]] {
      guard case .print(let text, toStandardError: true, exitCode: 1) = StartArguments(arguments) else {
        Issue.record("\(arguments) is not refused")
        continue
      }
      #expect(text.hasSuffix("\n"))
    }
  }

  /// What Redis's own suite asks of the command line (tests/unit/introspection.tcl).
  @Test(arguments: [
    (["--port"], "'port'\nwrong number of arguments"),
    (["--port", "6380", "--loglevel"], "'loglevel'\nwrong number of arguments"),
    (["--port", "6379", "6380"], "'port \"6379\" \"6380\"'\nwrong number of arguments"),
    (["--port", "--loglevel", "verbose"], "'port \"--loglevel\" \"verbose\"'\nwrong number of arguments"),
    (["--port", "--bla", "--loglevel", "verbose"], "'port \"--bla\"'\nargument couldn't be parsed into an integer"),
    (
      ["--logfile", "--my--log--file", "--loglevel", "--bla"],
      "'loglevel \"--bla\"'\nargument(s) must be one of the following: debug, verbose, notice, warning, nothing"
    ),
    (
      ["--shutdown-on-sigint"],
      "'shutdown-on-sigint'\nargument(s) must be one of the following: default, save, nosave, now, force"
    ),
    (["--replicaof", "127.0.0.1", "abc"], "'replicaof \"127.0.0.1\" \"abc\"'\nInvalid master port"),
    (["--replicaof", "--127.0.0.1", "--abc"], "'replicaof \"--127.0.0.1\"'\nwrong number of arguments"),
    (["--foo", "bar"], "'foo \"bar\"'\nBad directive or wrong number of arguments"),
  ])
  func mistakesAreShownAsLines(arguments: [String], text: String) {
    let said = report { () throws(ConfigurationError) in try loadConfiguration(options: arguments) }
    #expect(said?.hasSuffix(">>> \(text)\n") == true, "\(said ?? "")")
  }
}
