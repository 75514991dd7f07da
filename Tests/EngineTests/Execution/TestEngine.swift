@testable import Engine

/// An engine with sessions but without a server: bytes in, bytes out, the clock in the test's hand.
struct TestEngine: ~Copyable {
  var engine: Engine
  private var batch = RequestBatch()
  private var parsers: [SessionHandle: RequestParser] = [:]
  private var inputs: [SessionHandle: [UInt8]] = [:]
  private var nextSlot: UInt32 = 0
  /// All that the engine has asked of its host.
  private(set) var effects: [Effect] = []
  /// Whether the disk stands still where a snapshot's file is to be opened or deleted.
  var holdsSnapshotFile = false
  /// The time every step is given. Tests move it.
  var now = Instant(unixMicroseconds: 1_700_000_000_000_000, monotonicMicroseconds: 1_000_000)

  /// - Parameters:
  ///   - configuration: with the default save points there are none: a test that wants some says which.
  ///   - clock: by which the engine measures how long something takes; it stands still.
  init(
    _ configuration: Configuration = Configuration(), seed: UInt64 = 1, files: (any FileSystem)? = nil,
    clock: @Sendable @convention(c) @escaping () -> Int64 = { 0 }
  ) {
    var configuration = configuration
    if configuration.save == SavePoint.defaults { configuration.save = [] }
    engine = Engine(
      configuration: configuration, seed: seed,
      host: HostFunctions(monotonicNanoseconds: clock, sleep: { _ in }, files: files), now: now)
  }

  mutating func advance(milliseconds: Int64) {
    now.unixMicroseconds += milliseconds * 1000
    now.monotonicMicroseconds += milliseconds * 1000
  }

  mutating func connect() -> SessionHandle {
    let handle = SessionHandle(slot: nextSlot, generation: 1)
    nextSlot += 1
    parsers[handle] = RequestParser()
    engine.apply(
      .connected(
        handle,
        ConnectionOrigin(
          peer: "127.0.0.1:\(50000 + nextSlot)", local: "127.0.0.1:6379", descriptor: 8, isUnixSocket: false)),
      now: now)
    return handle
  }

  /// Sends bytes as they are and returns all that the session has been sent since.
  mutating func send(_ bytes: [UInt8], from session: SessionHandle) -> String {
    inputs[session, default: []] += bytes
    offer(session)
    settle()
    return output(of: session)
  }

  /// Sends bytes, and reads nothing of the answer: it is under way for ever.
  mutating func sendAndLeave(_ bytes: [UInt8], from session: SessionHandle) -> Int {
    inputs[session, default: []] += bytes
    offer(session)
    while engine.nextSessionWithOutput() != nil {}
    let count = engine.takeOutput(session).count
    settle()
    return count
  }

  /// Lets the engine parse and run what the session sent, as far as it can: as a server does.
  private mutating func offer(_ session: SessionHandle) {
    while let input = inputs[session], !input.isEmpty, engine.isRunnable(session) {
      var consumed = 0
      var ending = RequestParser.Ending.drained
      input.withUnsafeBytes { buffer in
        var parser = parsers[session] ?? RequestParser()
        (consumed, ending) = parser.parse(
          Bytes(buffer), session: session, limits: engine.parserLimits(session),
          maximumRequests: engine.maySendAhead(session) ? .max : 1, into: &batch)
        engine.step(&batch, now: now)
        for index in 0..<batch.count where batch[index].isDeferred {
          consumed = batch[index].inputStart
          parser.forgetProgress()
          break
        }
        batch.removeAll()
        parsers[session] = parser
      }
      inputs[session] = Array(input.dropFirst(consumed))
      if ending != .requestLimit { return }
    }
  }

  private mutating func openSnapshot(_ path: String) {
    guard let files = engine.call.host.files else { return }
    do throws(FileFailure) {
      engine.apply(.snapshotOpened(.success(try files.open(path, for: .writing))), now: now)
    } catch { engine.apply(.snapshotOpened(.failure(error)), now: now) }
  }

  private mutating func removeSnapshot(_ path: String) {
    engine.call.host.files?.remove(path)
    engine.apply(.snapshotRemoved, now: now)
  }

  /// The file system that stood still goes on: the last of what it was to do with a snapshot's file is done.
  mutating func releaseSnapshotFile() {
    holdsSnapshotFile = false
    for effect in effects.reversed() {
      switch effect {
      case .openSnapshot(let path): openSnapshot(path)
      case .removeSnapshot(let path): removeSnapshot(path)
      default: continue
      }
      break
    }
    settle()
  }

  /// Does what the engine asks of its host, as far as a test needs it.
  mutating func settle() {
    var taken = engine.takeEffects()
    while !taken.isEmpty {
      effects += taken
      for effect in taken {
        switch effect {
        case .resume(let session): offer(session)
        case .closeFile(let file): engine.call.host.files?.close(file)
        case .openSnapshot(let path): if !holdsSnapshotFile { openSnapshot(path) }
        case .removeSnapshot(let path): if !holdsSnapshotFile { removeSnapshot(path) }
        default: break
        }
      }
      taken = engine.takeEffects()
    }
  }

  /// Applies an event and what follows from it.
  mutating func apply(_ event: Event) {
    engine.apply(event, now: now)
    settle()
  }

  /// The log's lines so far.
  var logLines: [String] {
    effects.compactMap { if case .log(_, let line) = $0 { line } else { nil } }
  }

  /// Whether the engine asked for the end of the session's connection.
  mutating func isEnded(_ session: SessionHandle) -> Bool {
    effects.contains {
      switch $0 {
      case .close(session), .abort(session): true
      default: false
      }
    }
  }

  /// Has the engine record what it propagates, as if a replica listened.
  mutating func recordEffects() { engine.call.log.activate() }

  /// All that was propagated since `recordEffects`.
  mutating func propagated() -> [UInt8] {
    var bytes: [UInt8] = []
    guard let cursor = engine.call.log.cursor(at: engine.call.log.start) else { return [] }
    engine.call.log.forEachPiece(cursor, limit: .max) { bytes += $0.array }
    engine.call.log.release(cursor)
    return bytes
  }

  /// What waits to be sent to the session.
  mutating func output(of session: SessionHandle) -> String {
    var chain = engine.takeOutput(session)
    let text = String(decoding: chain.array, as: UTF8.self)
    engine.sent(chain.count, of: &chain, to: session)
    return text
  }

  /// Runs one command, its words separated by blanks, quoted where needed, and returns the raw reply.
  mutating func run(_ line: String, from session: SessionHandle) -> String {
    send(Array((line + "\r\n").utf8), from: session)
  }

  /// Runs one command given as arguments.
  mutating func run(_ arguments: [String], from session: SessionHandle) -> String {
    var request = "*\(arguments.count)\r\n"
    for argument in arguments { request += "$\(argument.utf8.count)\r\n\(argument)\r\n" }
    return send(Array(request.utf8), from: session)
  }
}
