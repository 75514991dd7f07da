/// A hash's contents: fields with their values, each perhaps with a time at which it expires.
///
/// - `listpack`: field, value, field, value …, in the order in which they came. Small hashes.
/// - `listpackWithExpiry`: field, value, expiry (0: never) …, those that expire first in the order in which they will,
///   the others behind them. What a small hash becomes when a field gets an expiry.
/// - `hashTable`: a `HashFieldTable`, from which there is no way back.
///
/// Expired fields are here until somebody takes them out: what is to be hidden the commands decide.
@safe
struct HashValue: CollectionValue {
  private(set) var address: UInt
  private(set) var encoding: Encoding

  init(address: UInt, encoding: Encoding) {
    self.address = address
    self.encoding = encoding
  }

  /// An empty hash.
  static func make() -> HashValue { HashValue(address: Listpack.make().address, encoding: .listpack) }

  /// A hash of a listpack's fields and values, or of fields, values and expiries in order. Takes the listpack over.
  /// - Precondition: the fields differ.
  static func make(_ listpack: Listpack, withExpiry: Bool = false) -> HashValue {
    HashValue(address: listpack.address, encoding: withExpiry ? .listpackWithExpiry : .listpack)
  }

  // MARK: What the handle names

  /// The listpack, of either kind.
  var listpack: Listpack {
    @inline(__always) get { Listpack(address: address) }
    @inline(__always) set { address = newValue.address }
  }

  /// Elements of the listpack that make a field: 2, or 3 with an expiry.
  var stride: Int {
    @inline(__always) get { encoding == .listpack ? 2 : 3 }
  }

  /// The table.
  /// - Precondition: the encoding is `hashTable`.
  @unsafe
  var table: UnsafeMutablePointer<HashFieldTable> {
    // The address of a table that `makeTable` made.
    @inline(__always) get { unsafe UnsafeMutablePointer(bitPattern: address).unsafelyUnwrapped }
  }

  private static func makeTable(_ hash: KeyHash) -> HashValue {
    let table = UnsafeMutablePointer<HashFieldTable>.allocate(capacity: 1)
    unsafe table.initialize(to: HashFieldTable(hash: hash))
    return HashValue(address: UInt(bitPattern: table), encoding: .hashTable)
  }

  private static var tableBytes: Int { Memory.sizeClass(MemoryLayout<HashFieldTable>.size) }

  // MARK: As a whole

  /// Fields, those included that have expired and were not taken out yet.
  var count: Int {
    @inline(__always) get { encoding == .hashTable ? unsafe table.pointee.table.count : listpack.count / stride }
  }

  var allocatedBytes: Int {
    @inline(__always) get {
      encoding == .hashTable
        ? unsafe Self.tableBytes + table.pointee.table.allocatedBytes + table.pointee.fieldBytes
        : listpack.allocatedBytes
    }
  }

  var freeEffort: Int { encoding == .hashTable ? count : 1 }

  func copy() -> HashValue {
    guard encoding == .hashTable else { return HashValue(address: listpack.copy().address, encoding: encoding) }
    let made = unsafe Self.makeTable(table.pointee.table.hash)
    forEachField { field in
      unsafe made.table.pointee.insert(
        .make(field.key, field.value, expiry: field.expiry), hash: table.pointee.table.hash(field.key))
    }
    return made
  }

  func free() {
    guard encoding == .hashTable else { return listpack.free() }
    unsafe table.deinitialize(count: 1)
    unsafe table.deallocate()
  }

  mutating func drain(limit: Int) -> Bool {
    // A bucket holds up to seven fields, and five as a rule.
    if encoding == .hashTable, unsafe table.pointee.drain(limit: max(limit / 5, 1)) { return true }
    free()
    return false
  }

  /// Makes a listpack a table.
  mutating func convertToTable(_ hash: KeyHash) {
    precondition(encoding != .hashTable)
    let made = Self.makeTable(hash)
    forEach { field, value, expiry in
      field.withBytes { field in
        value.withBytes { value in
          // A listpack from elsewhere may hold a field twice: a look-up met the first.
          guard unsafe made.table.pointee.find(field) == nil else { return }
          unsafe made.table.pointee.insert(.make(field, value, expiry: expiry), hash: hash(field))
        }
      }
    }
    listpack.free()
    self = made
  }

  /// Makes a listpack of pairs one that has room for expiries.
  mutating func convertForExpiry() {
    guard encoding == .listpack else { return }
    var made = Listpack.make()
    forEach { field, value, _ in
      made.append(field)
      made.append(value)
      made.append(0)
    }
    listpack.free()
    self = HashValue(address: made.address, encoding: .listpackWithExpiry)
  }
}

/// Up to where a hash stays a listpack.
struct HashLimits: BitwiseCopyable {
  /// Fields.
  var listpackEntries: Int
  /// Bytes of the longest field or value.
  var listpackValueBytes: Int
  /// Bytes of all.
  static var listpackBytes: Int { 1 << 30 }
}

/// A field as it was found.
struct HashFieldView {
  /// Good until the hash changes.
  var value: StringValue
  /// Milliseconds since 1970.
  var expiry: Int64?
}

extension HashValue {
  // MARK: Finding

  /// The field of that name, or nil. Complexity: O(1) in a table, O(n) in a listpack.
  @inline(__always)
  func find(_ field: Bytes) -> HashFieldView? {
    if encoding == .hashTable {
      guard let found = unsafe table.pointee.find(field) else { return nil }
      return HashFieldView(value: .bytes(found.value), expiry: found.expiry)
    }
    let listpack = self.listpack
    guard let position = listpack.find(field, skipping: stride - 1) else { return nil }
    let valuePosition = listpack.end(of: position)
    return HashFieldView(
      value: listpack[valuePosition],
      expiry: encoding == .listpack ? nil : expiry(at: listpack.end(of: valuePosition)))
  }

  // MARK: Changing

  /// Makes a table of a listpack that what comes would not fit into: more fields than are allowed, even if some should
  /// be there already, or one that is too long.
  mutating func prepare(for arguments: Arguments, from start: Int, _ limits: HashLimits, _ hash: KeyHash) {
    guard encoding != .hashTable else { return }
    var bytes = 0
    var isTooMuch = (arguments.count - start) / 2 > limits.listpackEntries
    for index in start..<arguments.count where !isTooMuch {
      bytes += arguments[index].count
      if arguments[index].count > limits.listpackValueBytes { isTooMuch = true }
    }
    if isTooMuch || listpack.totalBytes + bytes > HashLimits.listpackBytes { convertToTable(hash) }
  }

  /// Sets a field.
  /// - Parameters:
  ///   - hash: for the table that the hash may become.
  /// - Returns: whether it is new.
  mutating func set(
    _ field: Bytes, to value: Bytes, expiry change: FieldExpiryChange = .remove, _ limits: HashLimits, _ hash: KeyHash
  ) -> Bool {
    if encoding != .hashTable {
      if field.count <= limits.listpackValueBytes, value.count <= limits.listpackValueBytes {
        let isNew = setInListpack(field, to: value, expiry: change)
        if count > limits.listpackEntries { convertToTable(hash) }
        return isNew
      }
      convertToTable(hash)
    }
    return unsafe table.pointee.set(field, to: value, expiry: change)
  }

  /// Takes a field out.
  /// - Returns: whether it was there.
  mutating func remove(_ field: Bytes) -> Bool {
    if encoding == .hashTable {
      guard let found = unsafe table.pointee.find(field) else { return false }
      unsafe table.pointee.remove(found)
      return true
    }
    guard let position = listpack.find(field, skipping: stride - 1) else { return false }
    listpack.remove(at: position, count: stride)
    return true
  }
}
