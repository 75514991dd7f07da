@testable import Engine

/// A replica that follows another engine of the same test; bytes go between them when the test says so.
final class Follower {
  var test: TestEngine
  let files = MemoryFiles()
  /// The replica's session at the primary, and the primary's at the replica.
  private(set) var session: SessionHandle
  private var link = SessionHandle(slot: 5000, generation: 1)
  /// What is on its way to the replica.
  private var arriving: [UInt8] = []

  /// Connects to a primary; the handshake is for `exchange` to carry.
  init(of primary: inout TestEngine, _ directives: (name: String, value: String)...) throws {
    var configuration = try Configuration().setting("replicaof", to: "127.0.0.1 7000")
    for (name, value) in directives { configuration = try configuration.setting(name, to: value) }
    test = TestEngine(configuration, files: files)
    test.engine.start(now: test.now)
    session = primary.connect()
    connect()
  }

  /// Asks to go on from where the replica is, on a new connection.
  func connectAgain(to primary: inout TestEngine) {
    session = primary.connect()
    link = SessionHandle(slot: link.slot, generation: link.generation + 1)
    connect()
  }

  private func connect() {
    test.now.monotonicMicroseconds += 1_100_000
    test.apply(.cron(HostSample()))
    let origin = ConnectionOrigin(peer: "127.0.0.1:7000", local: "127.0.0.1:50000", descriptor: 9, isUnixSocket: false)
    test.apply(.primaryLink(.connected(link, origin)))
  }

  /// Carries what both have for each other, once.
  /// - Parameter limit: bytes of snapshot and stream that the replica takes.
  func exchange(with primary: inout TestEngine, limit: Int = .max) {
    let said = Array(test.output(of: link).utf8)
    arriving += Array((said.isEmpty ? primary.output(of: session) : primary.send(said, from: session)).utf8)
    var fed: [UInt8] = []
    if primary.engine.pendingFeed(session) > 0 {
      primary.engine.forEachFeedPiece(session, limit: 64) { piece in
        fed += piece[0..<min(piece.count, limit - fed.count)].array
      }
      primary.engine.fed(fed.count, to: session)
    }
    primary.settle()
    arriving += fed
    let consumed = arriving.withBytes { test.engine.receiveFromPrimary($0, on: link, now: test.now) }
    arriving.removeFirst(consumed)
    test.settle()
  }

  /// Takes bytes that come to the replica with the next `exchange`.
  func keep(_ bytes: Bytes) { arriving += bytes.array }

  /// Carries on until neither has anything for the other, with the disks of both.
  func settle(with primary: inout TestEngine, _ primaryFiles: MemoryFiles) {
    for _ in 0..<200 {
      exchange(with: &primary)
      primary.drive(primaryFiles)
      primary.driveReads(primaryFiles)
      test.drive(files)
    }
  }

  /// The connection breaks.
  func cut(from primary: inout TestEngine) {
    primary.apply(.disconnected(session))
    test.apply(.primaryLink(.closed(link)))
    arriving = []
  }

  var isOnline: Bool { test.engine.call.replication.link.isUp }
}
