import Foundation

/// Where writers write.
final class FaultTarget: @unchecked Sendable {
  private let lock = NSLock()
  private var address: (host: String, port: Int, generation: Int)

  init(_ server: ServerProcess) { address = (server.place.host, server.port, 0) }

  var current: (host: String, port: Int, generation: Int) { lock.withLock { address } }

  func aim(at server: ServerProcess) {
    lock.withLock { address = (server.place.host, server.port, address.generation + 1) }
  }
}

/// Writes on a thread of its own, whatever happens: numbers to a list of its own, remembering which were acknowledged,
/// and random commands of all kinds between them.
final class FaultWriter: @unchecked Sendable {
  private let index: Int
  private let target: FaultTarget
  private let lock = NSLock()
  private var isStopped = false
  private var sent = 0
  private var acknowledged: [Int] = []
  private var random: SeededGenerator
  private let finished = DispatchSemaphore(value: 0)

  init(_ index: Int, seed: UInt64, target: FaultTarget) {
    self.index = index
    self.target = target
    random = SeededGenerator(seed: seed &* 31 &+ UInt64(index))
    Thread.detachNewThread { [self] in
      while !shallStop {
        write()
        usleep(10_000)
      }
      finished.signal()
    }
  }

  private var shallStop: Bool { lock.withLock { isStopped } }

  func stop() {
    lock.withLock { isStopped = true }
    finished.wait()
  }

  /// How many writes were acknowledged so far.
  var acknowledgedCount: Int { lock.withLock { acknowledged.count } }

  /// Compares what is there with what was acknowledged. After `stop`.
  /// - Parameter mayMiss: whether acknowledged writes may be lost; nothing may be there twice in any case.
  func check(_ client: Client, mayMiss: Bool) throws {
    let there = try client.command("LRANGE", "writer:\(index)", "0", "-1").elements.compactMap { Int($0.text) }
    let set = Set(there)
    guard set.count == there.count else { throw HarnessError("writer \(index): \(there.count - set.count) twice") }
    guard !mayMiss else { return }
    let lost = acknowledged.filter { !set.contains($0) }
    guard lost.isEmpty else {
      throw HarnessError(
        "writer \(index): \(lost.count) of \(acknowledged.count) acknowledged writes are lost: "
          + "\(lost.prefix(12)); there are \(there.count), the last \(there.last ?? 0), sent \(sent)")
    }
  }

  /// Writes over one connection until it fails, the target moves, or an end is asked for.
  private func write() {
    let (host, port, generation) = target.current
    guard let client = try? Client(port: port, host: host) else { return }
    client.patience = 1.5
    while !shallStop && target.current.generation == generation {
      var bytes: [UInt8] = []
      var numbers: [Int?] = []
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        if Bool.random(using: &random) {
          sent += 1
          numbers.append(sent)
          bytes += request("RPUSH", "writer:\(index)", "\(sent)")
        } else {
          for command in noise() {
            numbers.append(nil)
            bytes += request(command.map { Array($0.utf8) })
          }
        }
      }
      guard (try? client.send(bytes)) != nil else { return }
      for number in numbers {
        guard let reply = try? client.read() else { return }
        if let number, case .integer = reply { lock.withLock { acknowledged.append(number) } }
        if reply.text.hasPrefix("READONLY") { return }
      }
      usleep(UInt32.random(in: 200...3000, using: &random))
    }
  }

  private func noise() -> [[String]] {
    let key = "key:\(Int.random(in: 0..<300, using: &random))"
    let member = "m\(Int.random(in: 0..<40, using: &random))"
    let length = Int.random(in: 0..<40, using: &random) == 0 ? 60_000 : 200
    let value = String(repeating: "v", count: Int.random(in: 1...length, using: &random))
    switch Int.random(in: 0..<20, using: &random) {
    case 0...4: return [["SET", key, value]]
    case 5: return [["SET", key, value, "PX", "\(Int.random(in: 1...800, using: &random))"]]
    case 6: return [["DEL", key]]
    case 7: return [["INCR", "counter:\(index)"]]
    case 8: return [["HSET", "hash:" + key, member, value]]
    case 9: return [["HDEL", "hash:" + key, member]]
    case 10: return [["ZADD", "zset:" + key, "\(Int.random(in: 0..<99, using: &random))", member]]
    case 11: return [["SADD", "set:" + key, member]]
    case 12: return [["SPOP", "set:" + key]]
    case 13: return [["XADD", "stream:\(index)", "MAXLEN", "200", "*", "f", value]]
    case 14: return [["LPUSH", "list:" + key, value], ["LTRIM", "list:" + key, "0", "20"]]
    case 15: return [["MULTI"], ["INCR", "a:\(index)"], ["APPEND", "b:\(index)", "x"], ["EXEC"]]
    case 16: return [["PEXPIRE", "hash:" + key, "\(Int.random(in: 50...900, using: &random))"]]
    case 17: return [["SELECT", "1"], ["SET", key, value], ["SELECT", "0"]]
    case 18: return [["PUBLISH", "channel", value]]
    default: return [["UNLINK", "zset:" + key]]
    }
  }
}
