/// A fingerprint of data that does not depend on order: what DEBUG DIGEST answers, bit for bit as Redis.
///
/// Things with an order are mixed in (`mix`), things without are exclusive-ored in (`exclusiveOr`).
struct DatasetDigest {
  /// The 20 bytes, as words.
  private var words = [UInt32](repeating: 0, count: 5)

  /// Whether nothing was added.
  var isZero: Bool { words.allSatisfy { $0 == 0 } }

  /// 40 hexadecimal digits.
  var text: String {
    var text = ""
    for word in words {
      for shift in stride(from: 28, through: 0, by: -4) {
        text.unicodeScalars.append(
          UnicodeScalar(ASCII.hexadecimalDigit(UInt8(truncatingIfNeeded: word >> UInt32(shift) & 15))))
      }
    }
    return text
  }

  /// Adds something whose place among the others does not count.
  mutating func exclusiveOr(_ bytes: Bytes) {
    for (index, word) in SHA1.digest(bytes).enumerated() { words[index] ^= word }
  }

  mutating func exclusiveOr(_ other: DatasetDigest) { other.withBytes { exclusiveOr($0) } }

  /// Adds something whose place counts.
  mutating func mix(_ bytes: Bytes) {
    exclusiveOr(bytes)
    withBytes { words = SHA1.digest($0) }
  }

  /// Adds a number as Redis does: four bytes, the most significant first.
  mutating func mix(_ number: UInt32) {
    var buffer = ByteBuffer(capacity: 4)
    buffer.append(bigEndian: number)
    mix(buffer.bytes)
  }

  private func withBytes(_ body: (Bytes) -> Void) {
    var buffer = ByteBuffer(capacity: 20)
    for word in words { buffer.append(bigEndian: word) }
    body(buffer.bytes)
  }
}

extension DatasetDigest {
  /// Adds a value: its type, what it holds, whether it expires.
  mutating func add(valueOf entry: Entry) {
    mix(Self.typeNumber(entry.type))
    switch entry.type {
    case .string: entry.string.withBytes { mix($0) }
    case .set:
      entry.set.forEach { member in
        member.withBytes { exclusiveOr($0) }
        return true
      }
    case .sortedSet: add(entry.sortedSet)
    case .list: entry.list.forEach { element in element.withBytes { mix($0) } }
    case .hash: add(entry.hash)
    case .stream: add(entry.stream)
    case .module: break
    }
    if entry.hasExpiry { exclusiveOr(Bytes("!!expire!!")) }
  }

  /// Adds each member with its score, in whatever order.
  private mutating func add(_ set: SortedSetValue) {
    set.forEach { member, score in
      var one = DatasetDigest()
      member.withBytes { one.mix($0) }
      var text = ByteBuffer(capacity: 32)
      text.append(double: score, significantDigits: 17)
      one.mix(text.bytes)
      exclusiveOr(one)
    }
  }

  private mutating func add(_ hash: HashValue) {
    hash.forEach { field, value, expiry in
      var one = DatasetDigest()
      field.withBytes { one.mix($0) }
      value.withBytes { one.mix($0) }
      if expiry != nil { one.exclusiveOr(Bytes("!!hexpire!!")) }
      exclusiveOr(one)
    }
  }

  /// Redis's number of the type.
  private static func typeNumber(_ type: ValueType) -> UInt32 { UInt32(type.rawValue) }

  /// Of all keys in all databases.
  init(_ keyspace: borrowing Keyspace) {
    for index in 0..<keyspace.count where keyspace[index].count > 0 {
      mix(UInt32(index))
      var sum = self
      keyspace[index].table.forEachElement { entry in
        var one = DatasetDigest()
        one.mix(entry.key)
        one.add(valueOf: entry)
        sum.exclusiveOr(one)
      }
      self = sum
    }
  }
}
