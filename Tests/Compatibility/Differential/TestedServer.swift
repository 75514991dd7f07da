import Foundation
import Glibc
import Synchronization

/// Of the servers, so that an interrupted run takes them along.
let startedProcesses = Mutex<[Int32]>([])

struct Failure: Error { let reason: String }

/// A server started for the test on a unix socket in a folder of its own, and one connection to it.
final class TestedServer {
  let name: String
  private let process = Process()
  private let directory: URL
  private var descriptor: Int32 = -1
  private var input: [UInt8] = []
  private var position = 0

  init(name: String, binary: String, below folder: URL) throws {
    self.name = name
    directory = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let socket = directory.appendingPathComponent("s").path
    let log = directory.appendingPathComponent("log")
    _ = FileManager.default.createFile(atPath: log.path, contents: nil)
    process.executableURL = URL(fileURLWithPath: binary)
    process.arguments = [
      "--port", "0", "--unixsocket", socket, "--dir", directory.path, "--save", "", "--daemonize", "no",
      "--enable-debug-command", "yes", "--client-output-buffer-limit", "normal", "0", "0", "0",
    ]
    process.standardOutput = try FileHandle(forWritingTo: log)
    process.standardError = process.standardOutput
    try process.run()
    startedProcesses.withLock { $0.append(process.processIdentifier) }
    for _ in 0..<500 {
      guard process.isRunning else { throw Failure(reason: "\(name) ended at its start\n\(logTail())") }
      descriptor = Self.connect(socket)
      if descriptor >= 0 { return }
      usleep(20_000)
    }
    throw Failure(reason: "\(name) does not listen\n\(logTail())")
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if process.isRunning {
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
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

  /// The end of its log: why it went away.
  func logTail() -> String {
    let text = (try? String(contentsOf: directory.appendingPathComponent("log"), encoding: .utf8)) ?? ""
    return text.split(separator: "\n").suffix(40).joined(separator: "\n")
  }

  func send(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress! + sent, $0.count - sent, 0x4000) }
      guard count > 0 else { throw Failure(reason: "\(name) closed the connection\n\(logTail())") }
      sent += count
    }
  }

  /// The next reply as it came. Waits 60 s: longer is a server that hangs.
  func receive() throws -> ArraySlice<UInt8> {
    while true {
      if let end = Reply.end(in: input, from: position) {
        defer { position = end }
        return input[position..<end]
      }
      if position > 0 {
        input.removeFirst(position)
        position = 0
      }
      var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&wait, 1, 60_000) > 0 else { throw Failure(reason: "\(name) does not answer within 60 s") }
      let used = input.count
      input.append(contentsOf: repeatElement(0, count: 1 << 16))
      let count = input.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress! + used, 1 << 16, 0) }
      input.removeLast((1 << 16) - max(count, 0))
      guard count > 0 else { throw Failure(reason: "\(name) closed the connection\n\(logTail())") }
    }
  }

  func call(_ words: [[UInt8]]) throws -> Reply {
    try send(encoded(words))
    return Reply(try receive())
  }

  func call(_ words: String...) throws -> Reply { try call(words.map { Array($0.utf8) }) }
}

/// A request as RESP.
func encoded(_ words: [[UInt8]]) -> [UInt8] {
  var bytes = Array("*\(words.count)\r\n".utf8)
  for word in words { bytes += Array("$\(word.count)\r\n".utf8) + word + [13, 10] }
  return bytes
}
