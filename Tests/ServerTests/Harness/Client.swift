import Foundation

/// A plain blocking client: raw bytes out and in, replies parsed on request. While it sends it also receives, so that
/// a pipeline of any depth cannot deadlock. Every wait has a limit.
final class Client {
  let descriptor: Int32
  private var received: [UInt8] = []
  private var position = 0
  /// Seconds that a read or a write may take in all.
  var patience: Double = 20
  private(set) var isClosedByServer = false

  init(port: Int, host: String = "127.0.0.1") throws {
    descriptor = try Sockets.connect(port: port, host: host)
  }

  init(descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  // MARK: - Sending

  func send(_ text: String) throws { try send(Array(text.utf8)) }

  /// Sends all bytes; what the server answers meanwhile is kept for the next read. Ends early, without an error, when
  /// the server has closed the connection: the reads that follow tell.
  func send(_ bytes: [UInt8], receiving: Bool = true) throws {
    let deadline = Date() + patience
    var sent = 0
    while sent < bytes.count && !isClosedByServer {
      let count = bytes.withUnsafeBytes {
        Foundation.send(
          descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
      }
      if count > 0 {
        sent += count
        continue
      }
      guard errno == EAGAIN || errno == EINTR else {
        isClosedByServer = true
        return
      }
      let interest = receiving ? POLLOUT | POLLIN : POLLOUT
      guard Sockets.wait(descriptor, for: interest, until: deadline) else {
        throw HarnessError("sent \(sent) of \(bytes.count) bytes and the server takes no more")
      }
      if receiving { receiveReady() }
    }
  }

  /// Sends as much as the socket takes at once and returns how much that was.
  func sendWithoutWaiting(_ bytes: [UInt8]) -> Int {
    let count = bytes.withUnsafeBytes {
      Foundation.send(
        descriptor, $0.baseAddress!, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
    }
    return max(count, 0)
  }

  func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Closes with a reset instead of an orderly end.
  func closeWithReset() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
    // The descriptor itself closes in deinit; a second connect to nowhere drops the connection now.
    var nowhere = sockaddr()
    nowhere.sa_family = sa_family_t(AF_UNSPEC)
    Foundation.connect(descriptor, &nowhere, socklen_t(MemoryLayout.size(ofValue: nowhere)))
  }

  // MARK: - Commands

  @discardableResult
  func command(_ arguments: String...) throws -> Reply { try command(arguments.map { Array($0.utf8) }) }

  @discardableResult
  func command(_ arguments: [[UInt8]]) throws -> Reply {
    try send(request(arguments))
    return try read()
  }

  /// Sends a command and demands this reply.
  func command(_ arguments: String..., gives expected: Reply) throws {
    try command(arguments.map { Array($0.utf8) }, gives: expected)
  }

  func command(_ arguments: [[UInt8]], gives expected: Reply) throws {
    let reply = try command(arguments)
    guard reply != expected else { return }
    throw HarnessError(
      "sent \(readable(Array(arguments.joined(separator: [32]))))\nexpected \(expected.summary)\ngot \(reply.summary)")
  }

  /// Sends all commands at once and returns the replies in order.
  func pipeline(_ commands: [[String]]) throws -> [Reply] {
    var bytes: [UInt8] = []
    for command in commands { bytes += request(command.map { Array($0.utf8) }) }
    try send(bytes)
    return try commands.map { _ in try read() }
  }

  /// Sends raw bytes and demands exactly these bytes in return.
  func exchange(_ sent: String, _ expected: String) throws {
    try send(sent)
    try expect(expected, after: sent)
  }

  /// Demands that exactly these bytes come next.
  func expect(_ expected: String, after sent: String = "") throws {
    let wanted = Array(expected.utf8)
    let deadline = Date() + patience
    // The first wrong byte is enough: no waiting for the rest.
    while received.count - position < wanted.count, wanted.starts(with: received[position...]) {
      do {
        try receiveMore(until: deadline)
      } catch {
        throw mismatch(sent, wanted, because: "\(error)")
      }
    }
    guard received[position...].starts(with: wanted) else { throw mismatch(sent, wanted, because: "they differ") }
    consume(wanted.count)
  }

  private func mismatch(_ sent: String, _ wanted: [UInt8], because: String) -> HarnessError {
    HarnessError(
      "sent \(readable(Array(sent.utf8)))\nexpected \(readable(wanted))\ngot \(readable(received[position...]))\n\(because)"
    )
  }

  // MARK: - Receiving

  func readExactly(_ count: Int) throws -> [UInt8] {
    let deadline = Date() + patience
    while received.count - position < count { try receiveMore(until: deadline) }
    defer { consume(count) }
    return Array(received[position..<position + count])
  }

  /// The next line, without its end.
  func readLine() throws -> String {
    let deadline = Date() + patience
    var searched = position
    while true {
      if let end = received[searched...].firstIndex(of: 10) {
        let line = received[position..<max(position, end - 1)]
        let text = String(decoding: line, as: UTF8.self)
        guard end > position, received[end - 1] == 13 else {
          throw HarnessError("a line without CR: \(readable(line))")
        }
        consume(end + 1 - position)
        return text
      }
      let before = received.count - position
      try receiveMore(until: deadline)
      searched = position + before
    }
  }

  /// The next reply, parsed.
  func read() throws -> Reply {
    let line = try readLine()
    let rest = String(line.dropFirst())
    switch line.first {
    case "+": return .simple(rest)
    case "-": return .error(rest)
    case ":": return .integer(try number(rest))
    case ",": return .double(rest)
    case "(": return .bigNumber(rest)
    case "#": return .boolean(rest == "t")
    case "_": return .null
    case "$":
      let count = try number(rest)
      return count < 0 ? .nullBulk : .bulk(try payload(count))
    case "=": return .verbatim(String(decoding: try payload(try number(rest)), as: UTF8.self))
    case "!": return .error(String(decoding: try payload(try number(rest)), as: UTF8.self))
    case "*":
      let count = try number(rest)
      return count < 0 ? .nullArray : .array(try list(count))
    case "~": return .set(try list(try number(rest)))
    case ">": return .push(try list(try number(rest)))
    case "%": return .map(try list(2 * (try number(rest))))
    case "|":
      _ = try list(2 * (try number(rest)))
      return try read()
    default: throw HarnessError("not a reply: \(line.debugDescription)")
    }
  }

  private func number(_ text: String) throws -> Int {
    guard let number = Int(text) else { throw HarnessError("not a number: \(text.debugDescription)") }
    return number
  }

  private func payload(_ count: Int) throws -> [UInt8] {
    let bytes = try readExactly(count)
    guard try readExactly(2) == [13, 10] else { throw HarnessError("a bulk string without its end") }
    return bytes
  }

  private func list(_ count: Int) throws -> [Reply] { try (0..<count).map { _ in try read() } }

  /// What has arrived and was not read yet.
  func takeReceived() -> [UInt8] {
    defer { consume(received.count - position) }
    return Array(received[position...])
  }

  /// Demands that nothing more is there, now and for a moment.
  func expectSilence(seconds: Double = 0.1) throws {
    if received.count == position, Sockets.wait(descriptor, for: POLLIN, until: Date() + seconds) { receiveReady() }
    guard received.count == position else {
      throw HarnessError("expected nothing more, got \(readable(received[position...]))")
    }
    guard !isClosedByServer else { throw HarnessError("expected an open connection, it was closed") }
  }

  /// Demands that the server closes the connection, and returns what it sent before.
  @discardableResult
  func expectClosed() throws -> [UInt8] {
    let deadline = Date() + patience
    while !isClosedByServer {
      guard Sockets.wait(descriptor, for: POLLIN, until: deadline) else {
        throw HarnessError("the connection is still open; got \(readable(received[position...]))")
      }
      receiveReady()
    }
    defer { consume(received.count - position) }
    return Array(received[position...])
  }

  private func receiveMore(until deadline: Date) throws {
    guard !isClosedByServer else { throw HarnessError("the server closed the connection") }
    guard Sockets.wait(descriptor, for: POLLIN, until: deadline) else { throw HarnessError("no answer in time") }
    receiveReady()
  }

  /// Takes what has arrived.
  private func receiveReady() {
    let room = 1 << 18
    var chunk = [UInt8](repeating: 0, count: room)
    while true {
      let count = recv(descriptor, &chunk, room, Int32(MSG_DONTWAIT))
      if count > 0 {
        received.append(contentsOf: chunk[..<count])
        if count == room { continue }
        return
      }
      if count == 0 || (errno != EAGAIN && errno != EINTR) { isClosedByServer = true }
      return
    }
  }

  private func consume(_ count: Int) {
    position += count
    if position == received.count {
      received.removeAll(keepingCapacity: received.count < 1 << 20)
      position = 0
    } else if position > 1 << 20 {
      received.removeSubrange(..<position)
      position = 0
    }
  }
}
