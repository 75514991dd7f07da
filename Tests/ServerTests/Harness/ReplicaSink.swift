import Foundation

/// A replica that applies nothing: shakes hands, drains the stream on a thread of its own, acknowledges it each second
/// and counts its bytes.
final class ReplicaSink: @unchecked Sendable {
  private let replica: FakeReplica
  private let lock = NSLock()
  private var count: Int
  private var isStopped = false
  private var failure: String?
  private let finished = DispatchSemaphore(value: 0)

  init(of server: ServerProcess) throws {
    replica = try FakeReplica(of: server)
    count = replica.startOffset
    Thread.detachNewThread { [self] in
      drain()
      finished.signal()
    }
  }

  var offset: Int { lock.withLock { count } }

  /// Why it ended early, if it did.
  var trouble: String? { lock.withLock { failure } }

  func stop() {
    lock.withLock { isStopped = true }
    finished.wait()
  }

  private func drain() {
    let descriptor = replica.client.descriptor
    // What came right behind the snapshot is in the client's buffer already.
    lock.withLock { count += replica.client.takeReceived().count }
    var room = [UInt8](repeating: 0, count: 1 << 18)
    var acknowledged = Date.distantPast
    while !lock.withLock({ isStopped }) {
      if Date().timeIntervalSince(acknowledged) >= 1 {
        acknowledged = Date()
        try? replica.acknowledge(offset)
      }
      guard Sockets.wait(descriptor, for: POLLIN, until: Date() + 0.1) else { continue }
      let got = recv(descriptor, &room, room.count, Int32(MSG_DONTWAIT))
      if got > 0 {
        lock.withLock { count += got }
      } else if got == 0 || (errno != EAGAIN && errno != EINTR) {
        lock.withLock { failure = got == 0 ? "the primary closed the link" : String(cString: strerror(errno)) }
        return
      }
    }
  }
}

/// Random writes on a thread of its own, in pipelines, over several databases; the same for the same seed.
final class WriteLoad: @unchecked Sendable {
  private let client: Client
  private let lock = NSLock()
  private var isStopped = false
  private var written = 0
  private var failure: String?
  private let finished = DispatchSemaphore(value: 0)

  /// - Parameters:
  ///   - valueBytes: the largest value.
  ///   - pause: microseconds between two pipelines of 50 commands, so that all replicas of a small machine can follow.
  init(on server: ServerProcess, seed: UInt64, valueBytes: Int, pause: UInt32) throws {
    client = try server.connect()
    Thread.detachNewThread { [self] in
      var random = SeededGenerator(seed: seed)
      do {
        while !lock.withLock({ isStopped }) {
          let replies = try client.pipeline((0..<50).map { _ in Self.command(&random, valueBytes: valueBytes) })
          for reply in replies where reply.isError { throw HarnessError(reply.text) }
          lock.withLock { written += replies.count }
          usleep(pause)
        }
      } catch {
        lock.withLock { failure = "\(error)" }
      }
      finished.signal()
    }
  }

  var commands: Int { lock.withLock { written } }

  /// Stops and throws what went wrong on the way.
  func stop() throws {
    lock.withLock { isStopped = true }
    finished.wait()
    if let failure { throw HarnessError("the load ended early: \(failure)") }
  }

  private static func command(_ random: inout SeededGenerator, valueBytes: Int) -> [String] {
    let key = "key:\(Int.random(in: 0..<2000, using: &random))"
    let number = "n:\(Int.random(in: 0..<200, using: &random))"
    let value = String(repeating: "v", count: Int.random(in: 1...valueBytes, using: &random))
    switch Int.random(in: 0..<24, using: &random) {
    case 0..<10: return ["SET", key, value]
    case 10: return ["SET", key, value, "PX", "\(Int.random(in: 1...1500, using: &random))"]
    case 11: return ["SETEX", key, "2", value]
    case 12: return ["DEL", key]
    case 13: return ["UNLINK", key, number]
    case 14, 15: return ["INCRBY", number, "\(Int.random(in: -9...99, using: &random))"]
    case 16: return ["SELECT", "\(Int.random(in: 0..<4, using: &random))"]
    case 17: return ["SETRANGE", "range:" + key, "\(Int.random(in: 0..<100, using: &random))", "patch"]
    case 18: return ["MSET", key, "1", "other:" + key, "2"]
    case 19: return ["PEXPIRE", key, "\(Int.random(in: 100...2000, using: &random))"]
    case 20: return ["GETSET", "swap:" + key, value]
    case 21: return ["COPY", key, "copy:" + key, "REPLACE"]
    case 22: return ["SET", key, value, "NX", "KEEPTTL"]
    default: return ["GETDEL", key]
    }
  }
}

/// Waits until every replica has its link up, the primary's offset and its digest; throws with the differences. Nobody may
/// write meanwhile; the primary's own PINGs and the ends of keys whose time is over go on.
func expectInStep(_ primary: ServerProcess, _ replicas: [ServerProcess], seconds: Double = 30) throws {
  let deadline = Date() + seconds
  var differences = ""
  repeat {
    let offset = primary.replicationOffset
    let digest = try primary.digest()
    differences = ""
    for replica in replicas {
      let info = try replica.info("replication")
      let position = info["master_repl_offset"] ?? "?"
      let theirs = try replica.digest()
      // The primary says PING once in a while, also between two looks.
      let isThere = Int64(position).map { $0 >= offset && $0 <= primary.replicationOffset } ?? false
      if info["master_link_status"] != "up" || !isThere || theirs != digest {
        differences +=
          "\n\(replica.program.path) on \(replica.port): link \(info["master_link_status"] ?? "?"), "
          + "offset \(position) of \(offset), digest \(theirs == digest ? "equal" : "differs")"
      }
    }
    if differences.isEmpty { return }
    usleep(100_000)
  } while Date() < deadline
  throw HarnessError("not in step within \(seconds) s:\(differences)")
}
