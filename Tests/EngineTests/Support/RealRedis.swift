import Foundation
import Glibc

@testable import Engine

/// A real redis-server on a unix socket in a directory of its own: what the codecs are compared with.
///
/// `RealRedis.isInstalled` is the condition for the tests that need one; they are reported as skipped without it.
final class RealRedis {
  static let path = "/usr/bin/redis-server"
  static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: path) }

  let directory: URL
  private let process = Process()
  private var descriptor: Int32 = -1
  private var input: [UInt8] = []
  private var position = 0

  struct Failure: Error { let reason: String }

  /// - Parameters:
  ///   - directory: where it reads and writes `dump.rdb`; a new one, removed in the end, by default.
  ///   - options: more of its command line.
  init(directory: URL? = nil, options: [String] = []) throws {
    self.directory = try directory ?? RealRedis.temporaryDirectory()
    let socket = self.directory.appendingPathComponent("s").path
    process.executableURL = URL(fileURLWithPath: RealRedis.path)
    process.arguments =
      ["--port", "0", "--unixsocket", socket, "--dir", self.directory.path, "--save", "", "--daemonize", "no"] + options
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    for _ in 0..<200 {
      guard process.isRunning else { throw Failure(reason: "redis-server ended with \(process.terminationStatus)") }
      descriptor = RealRedis.connect(socket)
      if descriptor >= 0, let reply = try? call("PING"), reply == "+PONG" { return }
      if descriptor >= 0 { close(descriptor) }
      usleep(20_000)
    }
    throw Failure(reason: "redis-server does not answer")
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if process.isRunning {
      // Not SIGTERM: a child of a test runs with the signals of its thread blocked.
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    try? FileManager.default.removeItem(at: directory)
  }

  static func temporaryDirectory() throws -> URL {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("rd-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    return directory
  }

  private static func connect(_ path: String) -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    if result == 0 { return descriptor }
    close(descriptor)
    return -1
  }

  /// Sends the commands in one go and gives the reply to each: `+status`, `-error`, `:number`, a bulk's own text, or
  /// nil for null. An array comes as its elements joined by newlines.
  func pipeline(_ commands: [[[UInt8]]]) throws -> [[UInt8]?] {
    var output: [UInt8] = []
    var replies: [[UInt8]?] = []
    for (index, command) in commands.enumerated() {
      output += Array("*\(command.count)\r\n")
      for word in command { output += Array("$\(word.count)\r\n") + word + Array("\r\n") }
      guard output.count > 1 << 15 || index == commands.count - 1 else { continue }
      try send(output)
      output = []
      while replies.count <= index { replies.append(try reply()) }
    }
    return replies
  }

  @discardableResult
  func call(_ words: String...) throws -> String? {
    try pipeline([words.map { Array($0.utf8) }])[0].map { String(decoding: $0, as: UTF8.self) }
  }

  /// Sends an inline request and gives the reply as it came over the wire.
  func raw(_ line: String) throws -> String {
    String(decoding: try exchange(Array((line + "\r\n").utf8), replies: 1), as: UTF8.self)
  }

  /// Sends bytes as they are and gives the replies to them as they came.
  func exchange(_ bytes: [UInt8], replies: Int) throws -> [UInt8] {
    try send(bytes)
    var received: [UInt8] = []
    for _ in 0..<replies { try readRaw(into: &received) }
    return received
  }

  /// Sends bytes on a connection of their own and gives all that comes back until the server closes it.
  func exchangeUntilClosed(_ bytes: [UInt8]) throws -> [UInt8] {
    let main = descriptor
    descriptor = RealRedis.connect(directory.appendingPathComponent("s").path)
    defer {
      close(descriptor)
      descriptor = main
    }
    try send(bytes)
    shutdown(descriptor, Int32(SHUT_WR))
    var received: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = recv(descriptor, &chunk, chunk.count, 0)
      guard count > 0 else { return received }
      received += chunk[0..<count]
    }
  }

  /// Reads one reply of RESP2 or RESP3 without taking it apart.
  private func readRaw(into received: inout [UInt8]) throws {
    let head = try line()
    received += head + Array("\r\n")
    let count = Int(String(decoding: head.dropFirst(), as: UTF8.self)) ?? 0
    switch head.first {
    case UInt8(ascii: "$"), UInt8(ascii: "="):
      guard count >= 0 else { return }
      for _ in 0..<count + 2 { received.append(try byte()) }
    case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: ">"):
      for _ in 0..<max(count, 0) { try readRaw(into: &received) }
    case UInt8(ascii: "%"):
      for _ in 0..<count * 2 { try readRaw(into: &received) }
    default: break
    }
  }

  private func send(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress! + sent, $0.count - sent, 0x4000) }
      guard count > 0 else { throw Failure(reason: "send: \(errno)") }
      sent += count
    }
  }

  private func byte() throws -> UInt8 {
    if position == input.count {
      var chunk = [UInt8](repeating: 0, count: 1 << 16)
      let count = recv(descriptor, &chunk, chunk.count, 0)
      guard count > 0 else { throw Failure(reason: "receive: \(errno)") }
      input = Array(chunk[0..<count])
      position = 0
    }
    defer { position += 1 }
    return input[position]
  }

  private func line() throws -> [UInt8] {
    var line: [UInt8] = []
    while true {
      let next = try byte()
      if next == 0x0A { return line.dropLast() }
      line.append(next)
    }
  }

  private func reply() throws -> [UInt8]? {
    let head = try line()
    let rest = String(decoding: head.dropFirst(), as: UTF8.self)
    switch head.first {
    case UInt8(ascii: "$"):
      guard let count = Int(rest), count >= 0 else { return nil }
      var bulk: [UInt8] = []
      for _ in 0..<count { bulk.append(try byte()) }
      _ = try line()
      return bulk
    case UInt8(ascii: "*"):
      guard let count = Int(rest), count >= 0 else { return nil }
      var elements: [[UInt8]] = []
      for _ in 0..<count { elements.append(try reply() ?? []) }
      return Array(elements.joined(separator: [0x0A]))
    default:
      return head
    }
  }
}
