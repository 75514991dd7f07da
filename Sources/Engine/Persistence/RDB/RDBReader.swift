/// Reads a snapshot as its bytes arrive.
///
/// Feed bytes, then call `next` until it says how many more it needs. It keeps its place between parts; of a part that
/// is not all there only the few bytes before the missing ones are looked at again, so a large value costs no more for
/// arriving in small pieces. Nothing is claimed for a length before the bytes it speaks of are there.
struct RDBReader: ~Copyable {
  /// What `next` found. Views hold until the next call to `next` or `feed`.
  enum Event {
    /// Nothing yet: at least this many bytes must be fed before calling again is of use.
    case needsMore(atLeast: Int)
    case begin(RDBDialect, version: Int)
    case auxiliary(name: Bytes, value: Bytes)
    case selectDatabase(UInt64)
    case resizeDatabase(keys: UInt64, expiring: UInt64)
    case entry(Entry)
    /// The end, its checksum right, absent or not asked for. Bytes that follow are in `remaining`.
    case end
  }

  /// A key and its value. Who gets one of many parts owns it.
  struct Entry {
    let key: Bytes
    let type: RDBType
    /// Unix time; nil if the key does not expire.
    let expiryMilliseconds: Int64?
    let usage: RDBUsage
    let value: LoadedValue
    /// Whether key and value are a string's, and views of what was fed: they hold until the next call to `feed`.
    let isInPlace: Bool
  }

  private enum State {
    case magic
    case parts
    /// Within a collection, which is of that type.
    case value(RDBType)
    case ended
  }

  private static let largePart = 1 << 16

  private let verifiesChecksum: Bool
  private var state = State.magic
  private var buffer = ByteBuffer()
  // What strings unpack into: an event has two at most.
  private var scratch = RDBScratch()
  private let policy: LoadPolicy
  /// The key of the collection that is being built.
  private var key = ByteBuffer()
  private var builder: ValueBuilder?
  /// Bytes at the buffer's beginning that events were made of.
  private var used = 0
  /// Bytes the buffer must hold behind those before a part is worth another look.
  private var awaited = 0
  private var checksum: UInt64 = 0
  /// How many bytes at the buffer's beginning the checksum is of already. They are summed many at a time.
  private var checksummed = 0
  private var version = 0
  private var dialect = RDBDialect.redis
  private var expiryMilliseconds: Int64?
  private var usage = RDBUsage.unknown

  /// Bytes read so far, from the beginning to the end of the last event.
  private(set) var offset = 0

  /// - Parameters:
  ///   - policy: how collections are built.
  ///   - verifiesChecksum: `rdbchecksum`.
  init(_ policy: LoadPolicy, verifiesChecksum: Bool = true) {
    self.policy = policy
    self.verifiesChecksum = verifiesChecksum
  }

  deinit { builder?.abandon() }

  /// Takes a copy of bytes that follow those fed before.
  mutating func feed(_ bytes: Bytes) {
    if checksummed < used { sum(upTo: used) }
    buffer.removeFirst(used)
    checksummed -= used
    used = 0
    buffer.append(bytes)
  }

  /// What was fed and not read; after the end, what follows the snapshot.
  var remaining: Bytes { buffer.bytes.dropFirst(used) }

  /// Says that no more bytes will come.
  ///
  /// - Throws: `truncated` unless the end was read.
  func finish() throws(RDBError) {
    guard case .ended = state else { throw RDBError(offset: offset, reason: .truncated) }
  }

  /// The next part of the snapshot.
  ///
  /// - Throws: what is wrong with the bytes; the reader is then of no more use.
  mutating func next() throws(RDBError) -> Event {
    while true {
      guard buffer.count - used >= awaited else { return .needsMore(atLeast: awaited - buffer.count + used) }
      if case .ended = state { return .end }
      var cursor = RDBCursor(buffer.bytes.dropFirst(used))
      do throws(RDBCursor.Stop) {
        let event = try part(&cursor)
        consume(cursor.position)
        awaited = 0
        if let event { return event }
      } catch {
        switch error {
        case .short(let count):
          awaited = count
          // Of a large part, sum what is there now rather than all of it at once in the end.
          if count > RDBReader.largePart { sum(upTo: buffer.count) }
        case .corrupt(let reason): throw RDBError(offset: offset + cursor.position, reason: reason)
        }
      }
    }
  }

  private mutating func sum(upTo count: Int) {
    if verifiesChecksum { checksum = CRC64.update(checksum, with: buffer.bytes[checksummed..<count]) }
    checksummed = count
  }

  private mutating func consume(_ count: Int) {
    used += count
    offset += count
  }

  /// Reads one part; nil if it says nothing to the caller by itself.
  private mutating func part(_ cursor: inout RDBCursor) throws(RDBCursor.Stop) -> Event? {
    switch state {
    case .magic: return try magic(&cursor)
    case .value(let type): return try valuePart(type, &cursor)
    case .parts, .ended: break
    }
    let opcode = try cursor.byte()
    switch opcode {
    case RDBOpcode.expirySeconds:
      expiryMilliseconds = Int64(try cursor.integer(littleEndian: Int32.self)) * 1000
    case RDBOpcode.expiryMilliseconds:
      expiryMilliseconds = try cursor.integer(littleEndian: Int64.self)
    case RDBOpcode.idle: usage = .idle(seconds: try cursor.length())
    case RDBOpcode.frequency: usage = .frequency(try cursor.byte())
    case RDBOpcode.selectDatabase: return .selectDatabase(try cursor.length())
    case RDBOpcode.resizeDatabase: return .resizeDatabase(keys: try cursor.length(), expiring: try cursor.length())
    case RDBOpcode.slotInformation:
      // Slot, its keys, how many of them expire: hints like those of a database.
      for _ in 0..<3 { _ = try cursor.length() }
    case RDBOpcode.auxiliary:
      let first = try cursor.string()
      let second = try cursor.string()
      let (name, value) = try pair(first, second, cursor.bytes)
      return .auxiliary(name: name, value: value)
    case RDBOpcode.functionLibrary, RDBOpcode.functionBeforeRelease: throw .corrupt(.functionLibrary)
    case RDBOpcode.moduleAuxiliary: throw .corrupt(.moduleData)
    case RDBOpcode.end: return try end(&cursor)
    case 200...: throw .corrupt(.unsupportedOpcode(opcode))
    default: return try entry(opcode, &cursor)
    }
    return nil
  }

  private mutating func magic(_ cursor: inout RDBCursor) throws(RDBCursor.Stop) -> Event {
    let count = 9
    guard cursor.bytes.count >= count else { throw .short(count) }
    let isValkey = cursor.bytes[0..<6] == Bytes("VALKEY")
    guard isValkey || cursor.bytes[0..<5] == Bytes("REDIS") else { throw .corrupt(.wrongSignature) }
    version = 0
    for index in (isValkey ? 6 : 5)..<count {
      guard ASCII.isDigit(cursor.bytes[index]) else { throw .corrupt(.wrongSignature) }
      version = version * 10 + Int(cursor.bytes[index] - UInt8(ascii: "0"))
    }
    guard (isValkey ? RDBVersion.readableValkey : RDBVersion.readable).contains(version) else {
      throw .corrupt(.unsupportedVersion(version))
    }
    try cursor.skip(count)
    state = .parts
    dialect = isValkey ? .valkey : .redis
    return .begin(dialect, version: version)
  }

  private mutating func pair(
    _ first: RDBString, _ second: RDBString, _ bytes: Bytes
  ) throws(RDBCursor.Stop) -> (Bytes, Bytes) {
    guard let left = first.value(in: bytes, scratch: &scratch.first),
      let right = second.value(in: bytes, scratch: &scratch.second)
    else { throw .corrupt(.badString) }
    return (left, right)
  }

  /// A key with its string, or the key of a collection whose parts follow.
  private mutating func entry(_ typeByte: UInt8, _ cursor: inout RDBCursor) throws(RDBCursor.Stop) -> Event? {
    guard let type = RDBType(rawValue: typeByte) else { throw .corrupt(.unknownType(typeByte)) }
    if type == .string {
      let first = try cursor.string()
      let second = try cursor.string()
      if case .plain(let key) = first, case .plain(let value) = second {
        return .entry(entry(cursor.bytes[key], type, .string(cursor.bytes[value]), isInPlace: true))
      }
      let (key, value) = try pair(first, second, cursor.bytes)
      return .entry(entry(key, type, .string(value)))
    }
    guard let builder = ValueBuilder(type, dialect, policy) else { throw .corrupt(.unsupportedType(type)) }
    let name: Bytes
    do throws(RDBCursor.Stop) {
      name = try cursor.string(into: &scratch.first)
    } catch {
      builder.abandon()
      throw error
    }
    key.removeAll(keeping: RDBReader.largePart)
    key.append(name)
    self.builder = builder
    state = .value(type)
    return nil
  }

  private mutating func valuePart(_ type: RDBType, _ cursor: inout RDBCursor) throws(RDBCursor.Stop) -> Event? {
    guard var running = builder else { preconditionFailure("no value begun") }
    do throws(RDBCursor.Stop) {
      let isComplete = try running.read(&cursor, &scratch)
      builder = isComplete ? nil : running
      guard isComplete else { return nil }
    } catch {
      builder = running
      throw error
    }
    state = .parts
    return .entry(entry(key.bytes, type, running.finish()))
  }

  @inline(__always)
  private mutating func entry(
    _ key: Bytes, _ type: RDBType, _ value: LoadedValue, isInPlace: Bool = false
  ) -> Entry {
    defer {
      expiryMilliseconds = nil
      usage = .unknown
    }
    return Entry(
      key: key, type: type, expiryMilliseconds: expiryMilliseconds, usage: usage, value: value, isInPlace: isInPlace)
  }

  private mutating func end(_ cursor: inout RDBCursor) throws(RDBCursor.Stop) -> Event {
    if version >= 5 {
      let stored = try cursor.integer(littleEndian: UInt64.self)
      if verifiesChecksum && stored != 0 {
        sum(upTo: used)
        let computed = CRC64.update(checksum, with: cursor.bytes[0..<1])
        guard stored == computed else { throw .corrupt(.wrongChecksum(stored: stored, computed: computed)) }
      }
    }
    state = .ended
    return .end
  }
}
