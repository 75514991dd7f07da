import Foundation
import Testing

/// The server as a program: command line, configuration file, addresses, log, signals, exit codes. Scripts, tools and
/// Redis's own suite depend on each of these.
@Suite(.withServerLogs) struct ProcessTests {
  // MARK: - Log and start

  /// What Redis's suite waits for: " PID: <pid>" and then "Ready to accept".
  @Test func saysItsPidAndThatItIsReady() throws {
    try withServer { server, _ in
      let log = server.log()
      let pid = log.range(of: " PID: \(server.pid)") ?? log.range(of: "pid=\(server.pid)")
      let ready = log.range(of: "Ready to accept connections")
      #expect(pid != nil && ready != nil)
      if let pid, let ready { #expect(pid.lowerBound < ready.lowerBound) }
    }
  }

  /// "PID:M 22 Nov 2026 22:12:16.123 * text"
  @Test func logLinesHaveRedissForm() throws {
    try withServer { server, _ in
      let lines = server.log().split(separator: "\n").filter { $0.hasPrefix("\(server.pid):") }
      #expect(!lines.isEmpty)
      for line in lines {
        let form = /\d+:[MSCX] \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2}\.\d{3} [.\-*#] .+/
        #expect(line.wholeMatch(of: form) != nil, "\(line)")
      }
    }
  }

  @Test func aTakenPortIsAnErrorThatNamesIt() throws {
    try withServers { yard in
      let first = try yard.start()
      let second = try yard.start(["--port", "\(first.port)"], awaitReady: false)
      #expect(try second.waitForExit() == 1)
      #expect(second.log().contains("\(first.port)") && second.log().contains("Failed listening on port"))
    }
  }

  @Test(arguments: [
    ["--nosuchoption", "1"], ["--maxclients", "many"], ["--port", "70000"], ["--appendonly", "maybe"],
    ["/nonexistent/ringdove.conf"],
  ]) func wrongOptionsEndWithAReason(options: [String]) throws {
    try withServers { yard in
      let server = try yard.start(options, awaitReady: false)
      #expect(try server.waitForExit() == 1)
      let word = options[0].hasPrefix("--") ? String(options[0].dropFirst(2)) : "config file"
      #expect(server.log().contains(word), "\(server.log())")
    }
  }

  @Test func versionIsPrintedWithoutAServer() throws {
    let text = try output(of: Program.underTest.path, "--version")
    #expect(text.contains("v="), "\(text)")
  }

  // MARK: - Configuration

  @Test func aConfigurationFileIsReadAndOptionsComeAfterIt() throws {
    try withServers { yard in
      let path = NSTemporaryDirectory() + "ringdove-\(UUID().uuidString).conf"
      defer { try? FileManager.default.removeItem(atPath: path) }
      let text = """
        # a comment

        maxclients 123
        timeout 7
        requirepass ""
        proc-title-template "{title} {listen-addr}"
          slowlog-max-len   55
        client-output-buffer-limit normal 1mb 2mb 3
        maxmemory 1gb
        maxmemory-policy 'allkeys-lru'
        save ""
        """
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      let server = try yard.start([path, "--timeout", "9"])
      let client = try server.connect()
      func value(_ name: String) throws -> String {
        try client.command("CONFIG", "GET", name).elements.last?.text ?? "?"
      }
      #expect(try value("maxclients") == "123")
      #expect(try value("timeout") == "9")
      #expect(try value("slowlog-max-len") == "55")
      #expect(try value("client-output-buffer-limit").hasPrefix("normal 1048576 2097152 3 slave 268435456"))
      #expect(try value("maxmemory") == "1073741824")
      #expect(try value("maxmemory-policy") == "allkeys-lru")
      #expect(try value("save") == "")
    }
  }

  @Test func configurationIsRewrittenAndReadAgain() throws {
    try withServers { yard in
      let path = NSTemporaryDirectory() + "ringdove-\(UUID().uuidString).conf"
      defer { try? FileManager.default.removeItem(atPath: path) }
      try "# stays\nmaxclients 123\n".write(toFile: path, atomically: true, encoding: .utf8)
      let server = try yard.start([path])
      let client = try server.connect()
      try client.command("CONFIG", "SET", "maxclients", "200", "slowlog-max-len", "77", gives: .ok)
      try client.command("CONFIG", "REWRITE", gives: .ok)
      let text = try String(contentsOfFile: path, encoding: .utf8)
      #expect(text.hasPrefix("# stays\nmaxclients 200\n"))
      #expect(text.contains("\nslowlog-max-len 77\n"))
      server.kill()
      let again = try yard.start([path])
      #expect(try again.connect().command("CONFIG", "GET", "slowlog-max-len").elements.last == .bulk("77"))
    }
  }

  @Test func withoutAFileThereIsNothingToRewrite() throws {
    try withServer { _, client in
      try client.exchange("CONFIG REWRITE\r\n", "-ERR The server is running without a config file\r\n")
    }
  }

  // MARK: - Addresses

  @Test func unixSocketsAreServed() throws {
    try withServers { yard in
      let path = NSTemporaryDirectory() + "rd\(getpid())-\(FreePort.next()).sock"
      let server = try yard.start(["--unixsocket", path, "--unixsocketperm", "700"])
      let client = Client(descriptor: try connectUnix(path))
      try client.exchange("PING\r\n", "+PONG\r\n")
      var status = stat()
      #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o700)
      #expect(try client.command("CLIENT", "INFO").text.contains("addr=\(path):0"))
      server.signal(SIGTERM)
      #expect(try server.waitForExit() == 0)
      #expect(access(path, F_OK) != 0, "the socket is removed at the end")
    }
  }

  private func connectUnix(_ path: String) throws -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard status == 0 else { throw HarnessError("connect to \(path): \(String(cString: strerror(errno)))") }
    return descriptor
  }

  @Test func severalAddressesAreServed() throws {
    try withServers { yard in
      let server = try yard.start(["--bind", "127.0.0.1 127.0.0.2 -::1"])
      let ask = { (host: String) in
        try output(of: "redis-cli", "-h", host, "-p", "\(server.port)", "ping").trimmingCharacters(in: .newlines)
      }
      #expect(try ask("127.0.0.1") == "PONG")
      #expect(try ask("127.0.0.2") == "PONG")
      #expect(try ask("127.0.0.3") != "PONG")
      // "-" before an address: no error where this machine has no IPv6.
      if FileManager.default.contents(atPath: "/proc/net/if_inet6")?.isEmpty == false {
        #expect(try ask("::1") == "PONG")
      }
    }
  }

  @Test func portAndAddressesCanBeChangedWhileRunning() throws {
    try withServer { server, client in
      let port = FreePort.next()
      try client.command("CONFIG", "SET", "port", "\(port)", gives: .ok)
      try Client(port: port).exchange("PING\r\n", "+PONG\r\n")
      try client.exchange("PING\r\n", "+PONG\r\n")
      #expect(throws: HarnessError.self) { try server.connect() }
    }
  }

  // MARK: - Idle clients

  @Test func idleClientsAreClosedAfterTheTimeout() throws {
    try withServer("--timeout", "1") { _, client in
      let began = Date()
      try client.exchange("PING\r\n", "+PONG\r\n")
      try client.expectClosed()
      #expect(Date().timeIntervalSince(began) >= 0.9)
    }
  }

  // MARK: - The end

  @Test(arguments: [SIGTERM, SIGINT]) func signalsEndItOrderly(number: Int32) throws {
    try withServer { server, client in
      server.signal(number)
      #expect(try server.waitForExit() == 0)
      try client.expectClosed()
      #expect(server.log().contains("ready to exit, bye bye"))
    }
  }

  @Test func shutdownEndsItWithoutAReply() throws {
    try withServer { server, client in
      server.mayEnd = true
      try client.send(request("SHUTDOWN", "NOSAVE"))
      #expect(try client.expectClosed().isEmpty)
      #expect(try server.waitForExit() == 0)
    }
  }

  /// What the kernel has not cleared away yet of the one before must not stand in the way.
  @Test func theNextStartFindsThePortFree() throws {
    try withServers { yard in
      let port = "\(FreePort.next())"
      for number in [SIGTERM, SIGKILL, SIGTERM, SIGKILL, SIGTERM] {
        let server = try yard.start(["--port", port], awaitReady: false)
        try eventually("it listens, as did those before it") {
          guard server.isRunning else { throw HarnessError("ended at start\n\(server.logTail())") }
          return server.log().contains("Ready to accept")
        }
        server.signal(number)
        _ = try server.waitForExit()
      }
    }
  }

  @Test func aStartWaitsForAPortThatIsBeingFreed() throws {
    try withServers { yard in
      let first = try yard.start()
      let second = try yard.start(["--port", "\(first.port)"], awaitReady: false)
      try eventually("the second has begun") { second.log().contains("is starting") }
      first.kill()
      try eventually("the second listens") {
        guard second.isRunning else { throw HarnessError("it did not wait\n\(second.logTail())") }
        return second.log().contains("Ready to accept")
      }
      try Client(port: first.port).exchange("PING\r\n", "+PONG\r\n")
    }
  }

  // MARK: - Tools

  @Test func redisCliPipeModeWorks() throws {
    try withServer { server, client in
      let path = server.folder + "/commands"
      let bytes = (0..<20_000).flatMap { request("SET", "k\($0)", "v\($0)") }
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      let report = try output(of: "bash", "-c", "redis-cli -p \(server.port) --pipe < \(path)")
      #expect(report.contains("errors: 0, replies: 20000"), "\(report)")
      try client.command("DBSIZE", gives: .integer(20_000))
    }
  }

  @Test func redisCliFetchesASnapshot() throws {
    try withServer("--repl-diskless-sync-delay", "0") { server, client in
      for number in 0..<100 { try client.command("SET", "k\(number)", "v") }
      let path = server.folder + "/fetched.rdb"
      _ = try output(of: "redis-cli", "-p", "\(server.port)", "--rdb", path)
      let report = try output(of: "redis-check-rdb", path)
      #expect(report.contains("RDB looks OK") && report.contains("100 keys read"), "\(report)")
    }
  }

  @Test func redisBenchmarkRuns() throws {
    try withServer { server, _ in
      let text = try output(
        of: "redis-benchmark", "-p", "\(server.port)", "-n", "5000", "-c", "20", "-P", "4", "-q", "-t",
        "ping_inline,ping_mbulk,set,get,incr,mset")
      #expect(text.contains("GET:") && text.contains("MSET") && !text.contains("rror"), "\(text)")
    }
  }

  @Test(arguments: ["--bigkeys", "--memkeys", "--stat -i 0.1 -r 2", "--scan --pattern k*"])
  func redisCliToolsRun(option: String) throws {
    try withServer { server, client in
      for number in 0..<50 { try client.command("SET", "k\(number)", "v") }
      let text = try output(of: "bash", "-c", "timeout 2 stdbuf -oL redis-cli -p \(server.port) \(option)")
      #expect(text.contains("k1") || text.contains("keys"), "\(text)")
      #expect(!text.lowercased().contains("error"), "\(text)")
    }
  }
}
