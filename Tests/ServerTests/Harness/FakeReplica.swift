import Foundation

/// A replica as a primary sees one: does the handshake by hand and then holds the stream as raw bytes.
final class FakeReplica {
  let client: Client
  let replicationID: String
  let startOffset: Int
  let rdb: [UInt8]

  /// Connects and asks for a full resync, exactly as the stages do: `capa psync2` only, so the snapshot comes with
  /// its length before it and no end of line after it.
  init(of server: ServerProcess) throws {
    client = try server.connect()
    try client.exchange("*1\r\n$4\r\nPING\r\n", "+PONG\r\n")
    try client.send(request("REPLCONF", "listening-port", "6380"))
    try client.expect("+OK\r\n")
    try client.send(request("REPLCONF", "capa", "psync2"))
    try client.expect("+OK\r\n")
    try client.send(request("PSYNC", "?", "-1"))
    let parts = try client.readLine().split(separator: " ").map(String.init)
    guard parts.count == 3, parts[0] == "+FULLRESYNC", parts[1].count == 40, let offset = Int(parts[2]) else {
      throw HarnessError("not a full resync: \(parts)")
    }
    replicationID = parts[1]
    startOffset = offset
    // A primary may send empty lines to keep the link alive while it prepares the snapshot.
    var header = try client.readExactly(1)
    while header == [10] { header = try client.readExactly(1) }
    guard header == Array("$".utf8), let count = Int(try client.readLine()) else {
      throw HarnessError("no length before the snapshot: \(readable(header))")
    }
    rdb = try client.readExactly(count)
  }

  /// The next command of the stream. PINGs of the primary are passed over.
  func nextCommand() throws -> [String] {
    while true {
      let command = try client.read().elements.map(\.text)
      if command.map({ $0.uppercased() }) != ["PING"] { return command }
    }
  }

  func acknowledge(_ offset: Int) throws { try client.send(request("REPLCONF", "ACK", "\(offset)")) }
}

/// A primary as a replica sees one: takes its connection, answers the handshake, gives a snapshot.
final class FakePrimary {
  static let replicationID = "8371b4fb1155b71f4a04d3e1bc3e18c4a990aeeb"
  let listener: Listener
  private(set) var handshake: [[String]] = []

  init() throws { listener = try Listener(port: FreePort.next()) }

  var port: Int { listener.port }

  /// Accepts the replica and answers each step of its handshake; returns the link, right after the snapshot.
  func serve(rdb: [UInt8]) throws -> Client {
    let link = try listener.accept()
    handshake = []
    while true {
      let reply = try link.read()
      let command = reply.elements.map(\.text)
      handshake.append(command)
      switch command.first?.uppercased() {
      case "PING": try link.send("+PONG\r\n")
      case "REPLCONF": try link.send("+OK\r\n")
      case "PSYNC":
        try link.send("+FULLRESYNC \(FakePrimary.replicationID) 0\r\n")
        try link.send(Array("$\(rdb.count)\r\n".utf8) + rdb)
        return link
      default: throw HarnessError("unexpected in a handshake, after \(handshake.dropLast()): \(reply)")
      }
    }
  }
}

/// Reads acknowledgements until one carries `offset`. Replicas also send one each second by themselves, so lower ones
/// may come first, but never a higher one.
func awaitAcknowledgement(_ offset: Int, on link: Client) throws {
  while true {
    let reply = try link.read()
    let words = reply.elements.map(\.text)
    guard words.count >= 3, words[0] == "REPLCONF", words[1] == "ACK", let got = Int(words[2]) else {
      throw HarnessError("not an acknowledgement: \(reply)")
    }
    if got == offset { return }
    guard got < offset else { throw HarnessError("acknowledged \(got), expected \(offset)") }
  }
}

/// Snapshots written by hand, byte by byte, so that the reader is not checked by its own writer.
///
///     "REDIS0011"  FA aux…  FE db  FB keys expires  [FC ms | FD s]  00 key value …  FF  crc64 (0: not checked)
struct HandmadeSnapshot {
  private var bytes: [UInt8]

  init(version: Int) { bytes = Array("REDIS".utf8) + Array(String(format: "%04d", version).utf8) }

  /// The newest version, with what Redis says of itself: what the stages' files begin with.
  static func begun() -> HandmadeSnapshot {
    var snapshot = HandmadeSnapshot(version: newestVersion)
    snapshot.auxiliary("redis-ver", "7.2.0")
    snapshot.auxiliary("redis-bits", "64")
    return snapshot
  }

  mutating func auxiliary(_ name: String, _ value: String) { bytes += [0xFA] + string(name) + string(value) }

  mutating func database(_ number: UInt8, keys: UInt8, expires: UInt8) {
    bytes += [0xFE, number, 0xFB, keys, expires]
  }

  mutating func entry(_ key: String, _ value: String, expiresAtMilliseconds: Int64? = nil, seconds: Int32? = nil) {
    if let at = expiresAtMilliseconds { bytes += [0xFC] + withUnsafeBytes(of: at.littleEndian) { Array($0) } }
    if let at = seconds { bytes += [0xFD] + withUnsafeBytes(of: at.littleEndian) { Array($0) } }
    bytes += [0] + string(key) + string(value)
  }

  /// An integer in place of a string: 0xC0, 0xC1, 0xC2 and 1, 2 or 4 bytes.
  mutating func entry(_ key: String, integer: Int32) {
    bytes += [0] + string(key) + [0xC2] + withUnsafeBytes(of: integer.littleEndian) { Array($0) }
  }

  func finished() -> [UInt8] { bytes + [0xFF] + [UInt8](repeating: 0, count: 8) }

  /// Length forms: 6 bits, 14 bits, 32 bits.
  private func string(_ text: String) -> [UInt8] {
    let content = Array(text.utf8)
    switch content.count {
    case 0..<64: return [UInt8(content.count)] + content
    case 64..<16384: return [0x40 | UInt8(content.count >> 8), UInt8(content.count & 0xff)] + content
    default: return [0x80] + withUnsafeBytes(of: UInt32(content.count).bigEndian) { Array($0) } + content
    }
  }

  /// An empty one in the version that the program under test reads.
  static func empty() -> [UInt8] { HandmadeSnapshot(version: newestVersion).finished() }

  /// Redis 7.0 reads 10; the stages send 11.
  static var newestVersion: Int { Program.isReferenceUnderTest ? 10 : 11 }
}
