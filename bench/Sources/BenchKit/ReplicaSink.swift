internal import CLinux
internal import Glibc

/// What became of one sink.
public struct SinkReport: Codable, Sendable {
  public var index: Int
  public var state: String
  /// Where the stream began, from `+FULLRESYNC`.
  public var initialOffset: Int
  /// The last offset drained.
  public var offset: Int
  public var snapshotBytes: Int
  public var streamBytes: Int

  /// Whether the server closed its connection, or said what no replica expects.
  public var isLost: Bool { state == ReplicaSink.State.lost.rawValue }
}

/// The replica's side of PSYNC, as far as a sink needs it: handshake, snapshot swallowed, stream counted.
struct ReplicaSink {
  enum State: String { case pong, port, capabilities, resync, snapshotHeader, snapshot, streaming, lost }

  /// How a sink reads once it streams.
  enum Reading {
    case draining
    case slow(bytesPerSecond: Double)
    case stopped
  }

  let descriptor: Int32
  let port: Int
  let reading: Reading
  private(set) var state = State.pong
  private(set) var initialOffset = 0
  private(set) var offset = 0
  private(set) var snapshotBytes = 0
  private(set) var streamBytes = 0
  private var line: [UInt8] = []
  private var snapshotLeft = 0
  private var endMark: [UInt8] = []
  private var tail: [UInt8] = []
  /// A slow sink's allowance.
  private var streamStart: UInt64 = 0
  private var nextAcknowledgement: UInt64 = 0

  init(descriptor: Int32, port: Int, reading: Reading) {
    self.descriptor = descriptor
    self.port = port
    self.reading = reading
    sendCommand(["PING"])
  }

  /// Whether the sink would read now, were there something.
  func wantsToRead(now: UInt64) -> Bool {
    switch (state, reading) {
    case (.lost, _): return false
    case (.streaming, .stopped): return false
    case (.streaming, .slow(let rate)): return Double(streamBytes) < rate * Double(now - streamStart) / 1e9
    default: return true
    }
  }

  mutating func lose() { state = .lost }

  /// Reads once into `buffer`; what the stream brings is dropped in the kernel, unread.
  mutating func read(_ buffer: UnsafeMutablePointer<UInt8>, _ capacity: Int, now: UInt64) {
    var limit = capacity
    if state == .streaming, case .slow(let rate) = reading { limit = min(capacity, max(1, Int(rate / 100))) }
    let flags = state == .streaming ? Int32(MSG_TRUNC) : 0
    let count = recv(descriptor, buffer, limit, flags)
    if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) {
      state = .lost
    } else if count > 0 {
      take(buffer, count, now: now)
    }
  }

  /// Sends `REPLCONF ACK` when a second has gone by since the last one.
  mutating func acknowledge(now: UInt64) {
    guard state == .streaming, now >= nextAcknowledgement else { return }
    nextAcknowledgement = now + 1_000_000_000
    sendCommand(["REPLCONF", "ACK", String(offset)])
  }

  private mutating func take(_ bytes: UnsafePointer<UInt8>, _ count: Int, now: UInt64) {
    var index = 0
    while index < count {
      switch state {
      case .pong, .port, .capabilities, .resync, .snapshotHeader:
        let byte = bytes[index]
        index += 1
        if byte == 10 {
          if !line.isEmpty { handleLine(now: now) }
          line = []
        } else if byte != 13 {
          line.append(byte)
        }
      case .snapshot:
        index += swallow(bytes + index, count - index, now: now)
      case .streaming:
        streamBytes += count - index
        offset += count - index
        return
      case .lost:
        return
      }
    }
  }

  private mutating func handleLine(now: UInt64) {
    let text = String(decoding: line, as: UTF8.self)
    if text.hasPrefix("-") && state != .capabilities {
      state = .lost
      return
    }
    switch state {
    case .pong:
      sendCommand(["REPLCONF", "listening-port", String(port)])
      state = .port
    case .port:
      sendCommand(["REPLCONF", "capa", "eof", "capa", "psync2"])
      state = .capabilities
    case .capabilities:
      sendCommand(["PSYNC", "?", "-1"])
      state = .resync
    case .resync:
      let words = text.split(separator: " ")
      guard words.count == 3, words[0] == "+FULLRESYNC", let start = Int(words[2]) else {
        state = .lost
        return
      }
      initialOffset = start
      offset = start
      state = .snapshotHeader
    case .snapshotHeader:
      if text.hasPrefix("$EOF:") {
        endMark = Array(line.dropFirst(5))
      } else if text.hasPrefix("$"), let size = Int(text.dropFirst()) {
        snapshotLeft = size
        if size == 0 { return beginStream(now) }
      } else {
        state = .lost
        return
      }
      state = .snapshot
    default: break
    }
  }

  private mutating func swallow(_ bytes: UnsafePointer<UInt8>, _ count: Int, now: UInt64) -> Int {
    if endMark.isEmpty {
      let taken = min(snapshotLeft, count)
      snapshotLeft -= taken
      snapshotBytes += taken
      if snapshotLeft == 0 { beginStream(now) }
      return taken
    }
    // The mark may lie across two reads: look at the end of the last one together with this one.
    let kept = tail.count
    tail.append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
    let markStart = tail.withUnsafeBytes { haystack -> Int? in
      guard let hit = bench_find(haystack.baseAddress!, haystack.count, endMark, endMark.count) else { return nil }
      return haystack.baseAddress!.distance(to: hit)
    }
    guard let markStart else {
      snapshotBytes += count
      tail.removeFirst(max(0, tail.count - endMark.count + 1))
      return count
    }
    let taken = markStart + endMark.count - kept
    snapshotBytes += taken - endMark.count
    tail = []
    beginStream(now)
    return taken
  }

  private mutating func beginStream(_ now: UInt64) {
    state = .streaming
    streamStart = now
    nextAcknowledgement = 0
    acknowledge(now: now)
  }

  private func sendCommand(_ arguments: [String]) {
    var text = "*\(arguments.count)\r\n"
    for argument in arguments { text += "$\(argument.utf8.count)\r\n\(argument)\r\n" }
    _ = send(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL))
  }
}
