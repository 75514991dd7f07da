import Foundation
import Testing

/// Runs `body` with a yard of servers and kills every one of them afterwards, however it ends.
func withServers(_ body: (borrowing ServerYard) throws -> Void) throws {
  let yard = ServerYard()
  defer { yard.stopAll() }
  do {
    try ServerLogs.$yard.withValue(ServerLogs.YardBox(yard: yard)) { try body(yard) }
  } catch {
    throw HarnessError("\(error)\n\(yard.logTails())")
  }
  for server in yard.servers where !server.mayEnd && !server.isRunning {
    throw HarnessError("a server ended by itself (status \(server.exitStatus ?? -1))\n\(server.logTail())")
  }
}

/// One server and a client of it, for the many tests that need no more.
func withServer(_ options: String..., body: (ServerProcess, Client) throws -> Void) throws {
  try withServers { yard in
    let server = try yard.start(options)
    try body(server, try server.connect())
  }
}

/// The servers of one test.
final class ServerYard {
  fileprivate(set) var servers: [ServerProcess] = []

  /// Starts a server on a free port in a folder of its own and waits until it answers.
  ///
  /// - Parameters:
  ///   - options: on top of a quiet default (no snapshots, DEBUG allowed, all files in a temporary folder).
  ///   - place: where it runs, this machine's loopback interface unless said otherwise.
  ///   - isConfiguredByFile: whether the options stand in a file, which CONFIG REWRITE then can write anew.
  ///   - awaitReady: false for a server that is expected not to answer.
  @discardableResult
  func start(
    _ options: [String] = [], program: Program = .underTest, place: Place = .loopback,
    isConfiguredByFile: Bool = false, awaitReady: Bool = true
  ) throws -> ServerProcess {
    let server = try ServerProcess(
      program: program, options: options, place: place, isConfiguredByFile: isConfiguredByFile)
    servers.append(server)
    if awaitReady { try server.waitUntilReady() }
    return server
  }

  func stopAll() {
    for server in servers { server.kill() }
    for server in servers { server.removeFiles() }
  }

  func logTails() -> String { servers.map { $0.logTail() }.joined(separator: "\n") }
}

/// Where a server runs: its address, and what its command line has to begin with to get there.
struct Place: Sendable {
  let host: String
  let launcher: [String]

  static let loopback = Place(host: "127.0.0.1", launcher: [])
}

/// A server process under test, known by its pid.
final class ServerProcess {
  let program: Program
  let place: Place
  let port: Int
  let folder: String
  private let arguments: [String]
  private(set) var pid: pid_t = 0
  /// Set by a test that ends its server on purpose.
  var mayEnd = false
  private(set) var exitStatus: Int32?

  init(program: Program, options: [String], place: Place = .loopback, isConfiguredByFile: Bool = false) throws {
    _ = descriptorLimit
    self.program = program
    self.place = place
    guard access(program.path, X_OK) == 0 else {
      throw HarnessError("no server at \(program.path): build it (make build), or name one in RINGDOVE_BINARY")
    }
    port = FreePort.next()
    folder = NSTemporaryDirectory() + "ringdove-test-\(getpid())-\(port)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var quiet = ["--port", "\(port)", "--bind", place.host, "--dir", folder]
    if program != .sentinel { quiet += ["--save", "", "--enable-debug-command", "yes"] }
    if isConfiguredByFile {
      let path = folder + "/server.conf"
      try Self.configuration(quiet + options).write(toFile: path, atomically: true, encoding: .utf8)
      arguments = place.launcher + [program.path, path]
    } else {
      // A configuration file among the options has to come first, as redis-server wants it.
      let file = options.prefix { !$0.hasPrefix("--") }
      arguments = place.launcher + [program.path] + file.prefix(1) + quiet + options.drop { !$0.hasPrefix("--") }
    }
    pid = try spawn(arguments, outputPath: logPath)
  }

  /// Options as the lines of a configuration file.
  private static func configuration(_ options: [String]) -> String {
    var lines: [String] = []
    for word in options {
      if word.hasPrefix("--") {
        lines.append(String(word.dropFirst(2)))
      } else {
        lines[lines.count - 1] += word.isEmpty ? " \"\"" : " " + word
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Starts it once more after it has ended, in the same place with the same files.
  func restart(adding options: [String] = [], awaitReady: Bool = true) throws {
    precondition(exitStatus != nil, "it still runs")
    exitStatus = nil
    mayEnd = false
    pid = try spawn(arguments + options, outputPath: logPath)
    if awaitReady { try waitUntilReady() }
  }

  var logPath: String { folder + "/log" }

  func log() -> String { (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? "" }

  func logTail() -> String {
    let lines = log().split(separator: "\n", omittingEmptySubsequences: false).suffix(40).joined(separator: "\n")
    return "--- log of \(program.path) on port \(port), pid \(pid)\n\(lines)"
  }

  var isRunning: Bool {
    if exitStatus != nil { return false }
    var status: Int32 = 0
    guard waitpid(pid, &status, WNOHANG) == pid else { return true }
    ended(status)
    return false
  }

  /// Waits for the process to end by itself and returns its exit code (128 + signal when a signal ended it).
  func waitForExit(seconds: Double = 10) throws -> Int32 {
    mayEnd = true
    try eventually("the server ends", seconds: seconds) { !isRunning }
    let status = exitStatus ?? 0
    return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
  }

  func signal(_ number: Int32) { if exitStatus == nil { Foundation.kill(pid, number) } }

  func kill() {
    guard isRunning else { return }
    mayEnd = true
    Foundation.kill(pid, SIGKILL)
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    ended(status)
  }

  private func ended(_ status: Int32) {
    exitStatus = status
    Reaper.forget(pid)
  }

  fileprivate func removeFiles() { try? FileManager.default.removeItem(atPath: folder) }

  func connect() throws -> Client { try Client(port: port, host: place.host) }

  func waitUntilReady() throws {
    let deadline = Date() + 20
    while Date() < deadline {
      guard isRunning else { throw HarnessError("the server ended at start\n\(logTail())") }
      // Any answer will do, "-NOAUTH" too.
      if let client = try? connect(), (try? client.command("PING")) != nil { return }
      usleep(20_000)
    }
    throw HarnessError("the server did not answer within 20 s\n\(logTail())")
  }

  /// Resident memory in bytes.
  func residentBytes() -> Int { memoryBytes(field: 1) }

  /// Addresses in use, with memory behind them or not, in bytes.
  func addressSpaceBytes() -> Int { memoryBytes(field: 0) }

  private func memoryBytes(field: Int) -> Int {
    let text = (try? String(contentsOfFile: "/proc/\(pid)/statm", encoding: .utf8)) ?? ""
    let fields = text.split(separator: " ")
    return field < fields.count ? (Int(fields[field]) ?? 0) * Int(getpagesize()) : 0
  }

  /// The fields of an INFO section, asked on a connection of its own.
  func info(_ section: String) throws -> [String: String] {
    let text = try connect().command("INFO", section).text
    var fields: [String: String] = [:]
    for line in text.split(whereSeparator: { $0.isNewline }) {
      if let colon = line.firstIndex(of: ":") {
        fields[String(line[..<colon])] = String(line[line.index(after: colon)...])
      }
    }
    return fields
  }

  var replicationOffset: Int { (try? info("replication")["master_repl_offset"]).flatMap { Int($0) } ?? -1 }

  func digest() throws -> String { try connect().command("DEBUG", "DIGEST").text }
}

/// Ports below the kernel's ephemeral range, each handed out once.
enum FreePort {
  private static let lock = NSLock()
  nonisolated(unsafe) private static var last = 12_000 + Int(getpid()) % 150 * 50

  static func next() -> Int {
    lock.withLock {
      while true {
        last = last >= 20_000 ? 12_000 : last + 1
        if let listener = try? Listener(port: last) {
          listener.stop()
          return last
        }
      }
    }
  }
}

/// Asks again and again until `condition` holds, and throws when it does not in time. The only kind of waiting here:
/// a test never sleeps and hopes.
func eventually(_ what: String, seconds: Double = 15, condition: () throws -> Bool) throws {
  let deadline = Date() + seconds
  while try !condition() {
    guard Date() < deadline else { throw HarnessError("not within \(seconds) s: \(what)") }
    usleep(10_000)
  }
}
