// The RDB format: a snapshot of the keyspace, as Redis writes it (rdb.h, versions 1 to 12).
//
//     "REDIS" version, 4 digits                         or "VALKEY" and 3 digits
//     opcode AUX        name value                      any number of times
//     opcode SELECTDB   number
//     opcode RESIZEDB   keys  keys with expiry
//       [opcode EXPIRETIME_MS time] [opcode IDLE seconds | FREQ counter]  type key value
//     ...
//     opcode EOF        CRC-64 of all before it (from version 5; zero: not computed)
//
// Lengths take 1, 2, 5 or 9 bytes, told apart by the first two bits; the pattern 11 marks a string in a special form:
//
//     00xxxxxx                 6 bits           10000000 + 4 bytes, big-endian     11000000 + int8
//     01xxxxxx xxxxxxxx       14 bits           10000001 + 8 bytes, big-endian     11000001 + int16, little-endian
//                                                                                  11000010 + int32, little-endian
//                                                                                  11000011 + packed length, length, LZF

/// The versions this server knows.
public enum RDBVersion {
  /// The oldest and newest that are read, with the magic `REDIS`.
  public static let readable = 1...12
  /// The ones that are read with the magic `VALKEY`.
  public static let readableValkey = 80...80
  /// What is written: every Redis from 7.0 and every Valkey reads it.
  public static let written = 10
  /// What is written where hashes have fields that expire: nothing older can say that.
  public static let writtenWithFieldExpiry = 12
}

/// The type byte before a key: what the value is, and how it is encoded. Numbers are fixed for ever.
public enum RDBType: UInt8, Sendable, CaseIterable {
  case string = 0
  case list = 1
  case set = 2
  case sortedSet = 3
  case hash = 4
  /// Scores as binary doubles.
  case sortedSet2 = 5
  /// Of release candidates of Redis 4.
  case moduleBeforeRelease = 6
  case module2 = 7
  case hashZipmap = 9
  case listZiplist = 10
  case setIntset = 11
  case sortedSetZiplist = 12
  case hashZiplist = 13
  case listQuicklist = 14
  case streamListpacks = 15
  case hashListpack = 16
  case sortedSetListpack = 17
  case listQuicklist2 = 18
  case streamListpacks2 = 19
  case setListpack = 20
  case streamListpacks3 = 21
  /// In files with the magic `VALKEY` the same byte is that server's hash with expiring fields.
  case hashMetadataBeforeRelease = 22
  case hashListpackExpiryBeforeRelease = 23
  case hashMetadata = 24
  case hashListpackExpiry = 25
}

extension RDBType {
  /// How Redis's log speaks of it.
  fileprivate var words: String {
    switch self {
    case .string: "String"
    case .list, .listQuicklist, .listQuicklist2: "Listpack"
    case .listZiplist: "List ziplist"
    case .set: "Set"
    case .setIntset: "Intset"
    case .setListpack: "Set listpack"
    case .sortedSet, .sortedSet2: "Zset"
    case .sortedSetZiplist: "Zset ziplist"
    case .sortedSetListpack: "Zset listpack"
    case .hash, .hashMetadata, .hashMetadataBeforeRelease: "Hash"
    case .hashZipmap: "Zipmap"
    case .hashZiplist: "Hash ziplist"
    case .hashListpack, .hashListpackExpiry, .hashListpackExpiryBeforeRelease: "Hash listpack"
    case .streamListpacks, .streamListpacks2, .streamListpacks3: "Stream listpack"
    case .moduleBeforeRelease, .module2: "Module"
    }
  }
}

/// What stands where a type could: everything in a file that is not a key.
enum RDBOpcode {
  static let slotInformation: UInt8 = 244
  static let functionLibrary: UInt8 = 245
  static let functionBeforeRelease: UInt8 = 246
  static let moduleAuxiliary: UInt8 = 247
  static let idle: UInt8 = 248
  static let frequency: UInt8 = 249
  static let auxiliary: UInt8 = 250
  static let resizeDatabase: UInt8 = 251
  static let expiryMilliseconds: UInt8 = 252
  static let expirySeconds: UInt8 = 253
  static let selectDatabase: UInt8 = 254
  static let end: UInt8 = 255
}

/// The first byte of a length, and of strings in a special form.
enum RDBLength {
  static let bits32: UInt8 = 0x80
  static let bits64: UInt8 = 0x81
  static let int8: UInt8 = 0xC0
  static let int16: UInt8 = 0xC1
  static let int32: UInt8 = 0xC2
  static let compressed: UInt8 = 0xC3
}

/// How recently or often a key was used, for the eviction policy in force.
public enum RDBUsage: Equatable, Sendable {
  case unknown
  case idle(seconds: UInt64)
  /// LFU's logarithmic counter.
  case frequency(UInt8)
}

/// Which server's dialect a file is in.
public enum RDBDialect: Equatable, Sendable {
  case redis
  case valkey
}

/// What is wrong with a value, its bytes all there.
public enum ValueFault: String, Sendable {
  case unsound = " integrity check failed"
  case duplicate = " with dup elements: integrity check failed"
  case notANumber = ": a score is not a number"
  case inconsistent = ": parts contradict each other, integrity check failed"
  case empty = ": nothing is in it"
}

/// Why bytes are not a snapshot this server can read.
public struct RDBError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Reason: Equatable, Sendable {
    case wrongSignature
    case unsupportedVersion(Int)
    case unknownType(UInt8)
    case unsupportedType(RDBType)
    case unsupportedOpcode(UInt8)
    case badLength
    case badString
    case moduleData
    case functionLibrary
    case tooManyDatabases(Int)
    case duplicateKey(String)
    case badValue(RDBType, ValueFault)
    case wrongChecksum(stored: UInt64, computed: UInt64)
    case truncated
  }

  /// Bytes from the beginning of the stream to the part that cannot be read.
  public let offset: Int
  public let reason: Reason

  public var description: String {
    let text =
      switch reason {
      case .wrongSignature: "Wrong signature trying to load DB from file"
      case .unsupportedVersion(let version): "Can't handle RDB format version \(version)"
      case .unknownType(let type): "Unknown RDB type \(type)"
      case .unsupportedType(let type): "RDB type \(type.rawValue) (\(type)) is not supported"
      case .unsupportedOpcode(let opcode): "RDB opcode \(opcode) is not supported"
      case .badLength: "Bad RDB length"
      case .badString: "Bad RDB string encoding"
      case .moduleData: "The RDB file contains AUX module data I can't load: there are no modules here"
      case .functionLibrary:
        "The RDB file contains function libraries, which are not supported: FUNCTION FLUSH takes them out where they are"
      case .tooManyDatabases(let count):
        "FATAL: Data file was created with a Redis server configured to handle more than \(count) databases"
      case .duplicateKey(let key): "RDB has duplicated key '\(key)'"
      case .badValue(let type, let fault): "\(type.words)\(fault.rawValue)"
      case .wrongChecksum(let stored, let computed):
        "RDB CRC error: wrong checksum, expected (\(String(computed, radix: 16))) but got (\(String(stored, radix: 16)))"
      case .truncated: "Unexpected EOF reading RDB file"
      }
    return "\(text), at offset \(offset)"
  }
}
