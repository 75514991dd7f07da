@testable import Engine

/// An engine with sessions but without a server: bytes in, bytes out, the clock in the test's hand.
struct TestEngine: ~Copyable {
  var engine: Engine
  private var batch = RequestBatch()
  private var parsers: [SessionHandle: RequestParser] = [:]
  private var nextSlot: UInt32 = 0
  /// The time every step is given. Tests move it.
  var now = Instant(unixMicroseconds: 1_700_000_000_000_000, monotonicMicroseconds: 1_000_000)

  init(_ configuration: Configuration = Configuration(), seed: UInt64 = 1) {
    engine = Engine(
      configuration: configuration, seed: seed,
      host: HostFunctions(monotonicNanoseconds: { 0 }, sleep: { _ in }), now: now)
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
    bytes.withUnsafeBytes { buffer in
      _ = parsers[session, default: RequestParser()].parse(
        Bytes(buffer), session: session, limits: engine.parserLimits(session), maximumRequests: .max, into: &batch)
      engine.step(&batch, now: now)
      batch.removeAll()
    }
    return output(of: session)
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
