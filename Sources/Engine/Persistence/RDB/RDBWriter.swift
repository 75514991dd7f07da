/// Writes a snapshot piece by piece: call what comes next in the file, take bytes off whenever some are wanted.
///
/// The order is the caller's duty: `begin`, then for each database `selectDatabase`, `resizeDatabase` and its keys,
/// then `end`.
public struct RDBWriter: ~Copyable {
  /// What a snapshot says about itself.
  public struct Information {
    /// `redis-ver`.
    public var redisVersion: Bytes
    /// Unix time in seconds.
    public var createdSeconds: Int64
    public var usedMemoryBytes: UInt64
    /// Set where the snapshot has a place in a replication stream.
    public var replication: Replication?
    /// Whether it is the base of an append-only file.
    public var isAppendOnlyBase = false

    public init(redisVersion: Bytes, createdSeconds: Int64, usedMemoryBytes: UInt64) {
      self.redisVersion = redisVersion
      self.createdSeconds = createdSeconds
      self.usedMemoryBytes = usedMemoryBytes
    }
  }

  /// Where in a replication stream a snapshot stands.
  public struct Replication {
    /// The database selected in the stream.
    public var streamDatabase: Int
    /// 40 hexadecimal digits.
    public var id: Bytes
    public var offset: Int64

    public init(streamDatabase: Int, id: Bytes, offset: Int64) {
      self.streamDatabase = streamDatabase
      self.id = id
      self.offset = offset
    }
  }

  private let compresses: Bool
  private let checksums: Bool
  private var buffer = ByteBuffer()
  private var checksum: UInt64 = 0
  /// How many bytes at the buffer's beginning the checksum is of already.
  private var checksummed = 0

  /// - Parameters:
  ///   - compresses: `rdbcompression`.
  ///   - checksums: `rdbchecksum`; without it the trailer is zero, which readers take for "unchecked".
  public init(compresses: Bool = true, checksums: Bool = true) {
    self.compresses = compresses
    self.checksums = checksums
  }

  /// What is written and not yet taken. Valid until the next call.
  public var output: Bytes { buffer.bytes }

  /// Takes `amount` bytes off the front of `output`.
  public mutating func removeFirst(_ amount: Int) {
    sum()
    buffer.removeFirst(amount)
    checksummed = buffer.count
  }

  /// Gives what is written and not yet taken, without a copy.
  public consuming func finish() -> ByteBuffer { buffer }

  private mutating func sum() {
    if checksums { checksum = CRC64.update(checksum, with: buffer.bytes.dropFirst(checksummed)) }
    checksummed = buffer.count
  }

  /// Writes the magic, the version and what the snapshot says about itself.
  ///
  /// - Parameter version: the greatest `RDBType.version` of what follows.
  public mutating func begin(_ information: Information, version: Int = RDBVersion.written) {
    buffer.append("REDIS")
    buffer.append(repeating: UInt8(ascii: "0"), count: 4 - DecimalInteger.digitCount(UInt64(version)))
    buffer.append(decimal: version)
    auxiliary("redis-ver", information.redisVersion)
    auxiliary("redis-bits", 64)
    auxiliary("ctime", information.createdSeconds)
    auxiliary("used-mem", Int64(clamping: information.usedMemoryBytes))
    if let replication = information.replication {
      auxiliary("repl-stream-db", Int64(replication.streamDatabase))
      auxiliary("repl-id", replication.id)
      auxiliary("repl-offset", replication.offset)
    }
    auxiliary("aof-base", information.isAppendOnlyBase ? 1 : 0)
  }

  /// Writes a field of information; readers ignore names they do not know.
  public mutating func auxiliary(_ name: StaticString, _ value: Bytes) {
    buffer.append(RDBOpcode.auxiliary)
    string(Bytes(name))
    string(value)
  }

  private mutating func auxiliary(_ name: StaticString, _ value: Int64) {
    buffer.append(RDBOpcode.auxiliary)
    string(Bytes(name))
    var text = ByteBuffer()
    text.append(decimal: value)
    string(text.bytes)
  }

  public mutating func selectDatabase(_ index: Int) {
    buffer.append(RDBOpcode.selectDatabase)
    length(UInt64(index))
  }

  /// Writes how many keys the database has, and how many of them expire: a hint, so that readers make room once.
  public mutating func resizeDatabase(keys: Int, expiring: Int) {
    buffer.append(RDBOpcode.resizeDatabase)
    length(UInt64(keys))
    length(UInt64(expiring))
  }

  /// Writes all of an entry that comes before its value.
  ///
  /// - Parameters:
  ///   - expiryMilliseconds: Unix time; nil if the key does not expire.
  ///   - usage: `unknown` unless the eviction policy in force is an LRU or LFU one.
  public mutating func key(_ key: Bytes, type: RDBType, expiryMilliseconds: Int64?, usage: RDBUsage = .unknown) {
    if let expiryMilliseconds {
      buffer.append(RDBOpcode.expiryMilliseconds)
      buffer.append(littleEndian: expiryMilliseconds)
    }
    switch usage {
    case .unknown: break
    case .idle(let seconds):
      buffer.append(RDBOpcode.idle)
      length(seconds)
    case .frequency(let counter):
      buffer.append(RDBOpcode.frequency)
      buffer.append(counter)
    }
    buffer.append(type.rawValue)
    string(key)
  }

  /// Writes a string, the value of a key of type `string` or a part of another value, in its shortest form.
  public mutating func string(_ value: Bytes) {
    buffer.append(rdbString: value, compressing: compresses)
  }

  /// Begins a string of `count` bytes that follow in pieces through `rawBytes`, uncompressed: for values too large to
  /// take in one turn.
  public mutating func beginString(count: Int) { length(UInt64(count)) }

  /// Writes bytes as they are.
  public mutating func rawBytes(_ piece: Bytes) { buffer.append(piece) }

  /// Writes one byte as it is.
  mutating func rawByte(_ byte: UInt8) { buffer.append(byte) }

  /// Writes eight bytes as they are, the least significant first.
  mutating func rawInteger(_ integer: UInt64) { buffer.append(littleEndian: integer) }

  public mutating func length(_ length: UInt64) { buffer.append(rdbLength: length) }

  /// Writes the end mark and the checksum.
  public mutating func end() {
    buffer.append(RDBOpcode.end)
    sum()
    buffer.append(littleEndian: checksums ? checksum : 0)
    checksummed = buffer.count
  }
}
