@testable import Engine

/// A primary whose part the test plays, for an engine that follows it.
struct LinkedReplica: ~Copyable {
  var test: TestEngine
  let files: MemoryFiles
  private(set) var link = SessionHandle(slot: 4000, generation: 0)
  private var pending: [UInt8] = []

  /// An engine that follows a primary, with what is on a disk.
  init(_ files: MemoryFiles, _ directives: (name: String, value: String)...) throws {
    try self.init(files, directives)
  }

  init(_ files: MemoryFiles, _ directives: [(name: String, value: String)]) throws {
    self.files = files
    test = try TestEngine(loading: files, [(name: "replicaof", value: "127.0.0.1 7000")] + directives)
  }

  /// Connects, and answers all questions up to PSYNC.
  /// - Returns: what PSYNC asks for.
  mutating func shakeHands() -> String {
    test.cron()
    link = SessionHandle(slot: 4000, generation: link.generation + 1)
    pending = []
    let origin = ConnectionOrigin(peer: "127.0.0.1:7000", local: "127.0.0.1:50000", descriptor: 9, isUnixSocket: false)
    test.apply(.primaryLink(.connected(link, origin)))
    var question = test.output(of: link)
    for answer in ["+PONG", "+OK", "+OK"] {
      say(answer + "\r\n")
      question = test.output(of: link)
    }
    return question
  }

  /// Sends bytes as the primary.
  mutating func say(_ text: String) { say(Array(text.utf8)) }

  mutating func say(_ bytes: [UInt8]) {
    pending += bytes
    let consumed = pending.withBytes { test.engine.receiveFromPrimary($0, on: link, now: test.now) }
    pending.removeFirst(consumed)
    test.settle()
  }

  /// Sends a command of the stream.
  /// - Returns: how many bytes it takes there.
  @discardableResult
  mutating func send(_ line: String) -> Int {
    let bytes = command(line)
    say(bytes)
    return bytes.count
  }

  /// Cuts the connection.
  mutating func cut() {
    test.apply(.primaryLink(.closed(link)))
    pending = []
  }

  /// Answers PSYNC with an empty snapshot.
  mutating func resynchronise(_ identifier: String, at offset: Int64) {
    var writer = RDBWriter()
    writer.begin(RDBWriter.Information(redisVersion: Bytes("7.2.4"), createdSeconds: 0, usedMemoryBytes: 0))
    writer.end()
    let snapshot = writer.finish().array
    say("+FULLRESYNC \(identifier) \(offset)\r\n$\(snapshot.count)\r\n")
    say(snapshot)
    test.drive(files)
    test.cron()
    test.drive(files)
  }

  /// A command as it stands in the stream.
  func command(_ line: String) -> [UInt8] {
    let words = line.split(separator: " ")
    return Array(
      ("*\(words.count)\r\n" + words.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()).utf8)
  }
}

extension TestEngine {
  /// A replica's request to go on, and the first line of the answer.
  mutating func psync(_ identifier: String, _ next: Int64) -> String {
    let replica = connect()
    _ = run("REPLCONF capa psync2", from: replica)
    let answer = run("PSYNC \(identifier) \(next)", from: replica)
    apply(.disconnected(replica))
    return String(answer.prefix { $0 != "\r\n" })
  }

  /// A field of INFO.
  mutating func information(_ field: String, from session: SessionHandle) -> String {
    let text = run("INFO replication", from: session)
    for line in text.split(separator: "\r\n") where line.hasPrefix(field + ":") {
      return String(line.dropFirst(field.count + 1))
    }
    return ""
  }

  var identifier: String { String(decoding: engine.call.replication.identifier, as: UTF8.self) }
  var logEnd: Int64 { engine.call.log.end }
}
