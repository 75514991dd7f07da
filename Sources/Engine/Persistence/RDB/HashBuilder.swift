/// Builds a hash: of fields and values, some with times of expiry, or of a zipmap, ziplist or listpack of them.
struct HashBuilder: CollectionBuilder {
  /// How a hash of many parts is written.
  private enum Form {
    /// Field, value.
    case plain
    /// The earliest expiry first; then expiry, field, value. An expiry is a length: 0 for none, else one more than
    /// what it is later than the earliest.
    case relativeExpiry
    /// Expiry, field, value. An expiry is a length, 0 for none.
    case absoluteExpiry
    /// Field, value, expiry: milliseconds, -1 for none (Valkey).
    case trailingExpiry
  }

  /// No field expires later (Redis: 48 bits).
  private static let latestExpiry: UInt64 = 0xFFFF_FFFF_FFFF

  private let type: RDBType
  private let form: Form
  private let policy: LoadPolicy
  private var limits: HashLimits { policy.limits.hash }
  private var hash: HashValue
  private var earliest: Int64?
  /// Fields still to come; nil before their count.
  private var left: UInt64?

  init(_ type: RDBType, _ dialect: RDBDialect, _ policy: LoadPolicy) {
    self.type = type
    self.policy = policy
    form =
      switch type {
      case .hashMetadata: .relativeExpiry
      case .hashMetadataBeforeRelease: dialect == .valkey ? .trailingExpiry : .absoluteExpiry
      default: .plain
      }
    hash = .make()
  }

  var value: LoadedValue { .hash(hash) }

  mutating func readPart(_ cursor: inout RDBCursor, _ scratch: inout RDBScratch) throws(RDBCursor.Stop) -> Bool {
    switch type {
    case .hashZipmap:
      try convert(zipmap: try cursor.string(into: &scratch.first))
      return true
    case .hashZiplist:
      try convert(ziplist: try cursor.string(into: &scratch.first))
      return true
    case .hashListpack:
      try adopt(listpack: try cursor.string(into: &scratch.first))
      return true
    case .hashListpackExpiry, .hashListpackExpiryBeforeRelease:
      if type == .hashListpackExpiry { try cursor.skip(8) }
      try adopt(expiring: try cursor.string(into: &scratch.first))
      return true
    default: return try readField(&cursor, &scratch)
    }
  }

  private mutating func readField(
    _ cursor: inout RDBCursor, _ scratch: inout RDBScratch
  ) throws(RDBCursor.Stop) -> Bool {
    guard let left else {
      let earliest = form == .relativeExpiry ? try cursor.integer(littleEndian: Int64.self) : 0
      let count = try cursor.length()
      guard earliest >= 0, earliest <= Self.latestExpiry + 1 else { throw .corrupt(.badValue(type, .unsound)) }
      self.earliest = earliest
      self.left = count
      if count > UInt64(limits.listpackEntries) { hash.convertToTable(policy.hash) }
      return count == 0
    }
    var expiry: Int64?
    if form == .relativeExpiry || form == .absoluteExpiry { expiry = try leadingExpiry(try cursor.length()) }
    let field = try cursor.string(into: &scratch.first)
    let value = try cursor.string(into: &scratch.second)
    if form == .trailingExpiry {
      let moment = try cursor.integer(littleEndian: Int64.self)
      guard moment >= -1, moment <= Self.latestExpiry else { throw .corrupt(.badValue(type, .unsound)) }
      expiry = moment == -1 ? nil : moment
    }
    try add(field, value, expiry)
    self.left = left - 1
    return left == 1
  }

  private func leadingExpiry(_ length: UInt64) throws(RDBCursor.Stop) -> Int64? {
    guard length > 0 else { return nil }
    let base = form == .relativeExpiry ? UInt64(earliest ?? 0) : 1
    let (sum, overflows) = (length - 1).addingReportingOverflow(base)
    guard !overflows, sum <= Self.latestExpiry else { throw .corrupt(.badValue(type, .unsound)) }
    return Int64(sum)
  }

  private mutating func add(_ field: Bytes, _ value: Bytes, _ expiry: Int64?) throws(RDBCursor.Stop) {
    let isNew = hash.set(field, to: value, expiry: expiry.map { .at($0) } ?? .remove, limits, policy.hash)
    guard isNew else { throw .corrupt(.badValue(type, .duplicate)) }
  }

  private mutating func take(_ listpack: Listpack, fields: Int, withExpiry: Bool) {
    hash.free()
    hash = .make(listpack, withExpiry: withExpiry)
    if fields > limits.listpackEntries { hash.convertToTable(policy.hash) }
  }

  private mutating func adopt(listpack bytes: Bytes) throws(RDBCursor.Stop) {
    guard let fields = Listpack.validGroups(bytes, of: 2, limits.listpackEntries, policy) else {
      throw .corrupt(.badValue(type, .unsound))
    }
    if fields > 0 { take(.make(bytes), fields: fields, withExpiry: false) }
  }

  /// Of fields, values and expiries, those that never expire last.
  private mutating func adopt(expiring bytes: Bytes) throws(RDBCursor.Stop) {
    var before: UInt64 = 0
    var isInOrder = true
    let fields = Listpack.validGroups(bytes, of: 3, 0, policy) { element, index in
      guard index % 3 == 2 else { return true }
      guard case .integer(let moment) = element, moment >= 0, moment <= Self.latestExpiry else { return false }
      let order = moment == 0 ? UInt64.max : UInt64(moment)
      if order < before { isInOrder = false }
      before = order
      return true
    }
    guard let fields else { throw .corrupt(.badValue(type, .unsound)) }
    guard fields > 0 else { return }
    let listpack = Listpack.make(bytes)
    if isInOrder { return take(listpack, fields: fields, withExpiry: true) }
    defer { listpack.free() }
    var position = listpack.first
    while let here = position {
      let valuePosition = listpack.end(of: here)
      let expiryPosition = listpack.end(of: valuePosition)
      let moment = listpack[expiryPosition].integer ?? 0
      let field = listpack[here].withBytes { $0.array }
      let value = listpack[valuePosition].withBytes { $0.array }
      try field.withBytes { field throws(RDBCursor.Stop) in
        try value.withBytes { value throws(RDBCursor.Stop) in
          try add(field, value, moment == 0 ? nil : moment)
        }
      }
      position = listpack.position(after: expiryPosition)
    }
  }

  private mutating func convert(zipmap bytes: Bytes) throws(RDBCursor.Stop) {
    var longest = 0
    var listpack = Listpack.make()
    let isSound = Zipmap.forEach(in: bytes) { field, value in
      longest = max(longest, field.count, value.count)
      listpack.append(field)
      listpack.append(value)
      return true
    }
    try adopt(converted: listpack, isSound: isSound)
    if longest > limits.listpackValueBytes, hash.encoding == .listpack { hash.convertToTable(policy.hash) }
  }

  private mutating func convert(ziplist bytes: Bytes) throws(RDBCursor.Stop) {
    var listpack = Listpack.make()
    let isSound = Ziplist.forEach(in: bytes) { element in
      listpack.append(element)
      return true
    }
    try adopt(converted: listpack, isSound: isSound)
  }

  private mutating func adopt(converted listpack: Listpack, isSound: Bool) throws(RDBCursor.Stop) {
    let fields = Listpack.validGroups(listpack.bytes, of: 2, 0, policy)
    guard isSound, let fields, fields > 0 else {
      listpack.free()
      if isSound, fields == 0 { return }
      throw .corrupt(.badValue(type, isSound ? .duplicate : .unsound))
    }
    take(listpack, fields: fields, withExpiry: false)
  }
}
