/// A key and its value: one allocation, named by its address.
///
///      0      1       2…4       5        6…7
///     +------+-------+---------+--------+-----------+
///     | kind | flags | access  | key    | value     |   lengths, where they fit
///     +------+-------+---------+--------+-----------+
///     | key length, 32 bits    | value length, 32 b |   flag `wide`: here instead
///     +------------------------+--------------------+
///     | expiry, milliseconds since 1970, 64 bits    |   flag `expires`
///     +---------------------------------------------+
///     | integer, or address of the value            |   flags `holdsInteger`, `holdsBlock`, `holdsCollection`
///     +---------------------------------------------+
///     | key bytes …         | value bytes …         |   value bytes: none of those flags
///     +---------------------------------------------+
///
/// `kind` is type and encoding, four bits each; `access` the 24 bits of LRU clock or LFU counter.
/// Whoever changes an entry's shape gets another allocation and must tell the table (`Database` does).
@safe
struct Entry: HashTableElement {
  // Allocated by `make`, freed by `free`; the keyspace owns it from the one to the other.
  private let base: UnsafeMutableRawPointer

  /// Longest value kept within the entry, bytes.
  static let embeddedLimit = 960

  private static let expires: UInt8 = 1
  private static let wide: UInt8 = 2
  private static let holdsInteger: UInt8 = 4
  private static let holdsBlock: UInt8 = 8
  private static let holdsCollection: UInt8 = 16
  /// The bits from here on are the mark.
  private static let markShift: UInt8 = 5
  private static let holdsWord = holdsInteger | holdsBlock | holdsCollection

  var address: UInt { unsafe UInt(bitPattern: base) }

  init(address: UInt) {
    // An address that `make` returned, come back from a table.
    unsafe base = UnsafeMutableRawPointer(bitPattern: address).unsafelyUnwrapped
  }

  // MARK: Header

  private var flags: UInt8 {
    @inline(__always) get { unsafe base.load(fromByteOffset: 1, as: UInt8.self) }
  }

  var type: ValueType {
    @inline(__always) get {
      unsafe ValueType(rawValue: base.load(as: UInt8.self) & 15).unsafelyUnwrapped
    }
  }

  var encoding: Encoding {
    get { unsafe Encoding(rawValue: base.load(as: UInt8.self) &>> 4).unsafelyUnwrapped }
    nonmutating set { unsafe base.storeBytes(of: type.rawValue | newValue.rawValue &<< 4, as: UInt8.self) }
  }

  /// Which snapshot has the entry already, or must not have it: the one whose number this is (`Database.mark`). 0 to 7.
  var mark: UInt8 {
    @inline(__always) get { flags &>> Self.markShift }
    @inline(__always) nonmutating set {
      let others = flags & (1 &<< Self.markShift &- 1)
      unsafe base.storeBytes(of: others | newValue &<< Self.markShift, toByteOffset: 1, as: UInt8.self)
    }
  }
  /// Marks there are.
  static var markCount: UInt8 { 8 }

  /// The 24 bits that say when, or how often, the entry was used (`AccessClock`).
  var access: UInt32 {
    @inline(__always) get {
      UInt32(truncatingIfNeeded: unsafe base.load(as: UInt64.self) &>> 16 & 0xFF_FFFF)
    }
    @inline(__always) nonmutating set {
      unsafe base.storeBytes(of: UInt16(truncatingIfNeeded: newValue), toByteOffset: 2, as: UInt16.self)
      unsafe base.storeBytes(of: UInt8(truncatingIfNeeded: newValue &>> 16), toByteOffset: 4, as: UInt8.self)
    }
  }

  var keyCount: Int {
    @inline(__always) get {
      flags & Self.wide == 0
        ? Int(unsafe base.load(fromByteOffset: 5, as: UInt8.self))
        : Int(unsafe base.load(fromByteOffset: 8, as: UInt32.self))
    }
  }

  /// Bytes of the value within the entry; meaningless where it is elsewhere.
  private var embeddedCount: Int {
    get {
      flags & Self.wide == 0
        ? Int(unsafe base.load(fromByteOffset: 6, as: UInt16.self))
        : Int(unsafe base.load(fromByteOffset: 12, as: UInt32.self))
    }
    nonmutating set {
      if flags & Self.wide == 0 {
        unsafe base.storeBytes(of: UInt16(newValue), toByteOffset: 6, as: UInt16.self)
      } else {
        unsafe base.storeBytes(of: UInt32(newValue), toByteOffset: 12, as: UInt32.self)
      }
    }
  }

  private static func headerBytes(_ flags: UInt8) -> Int {
    8 + (flags & wide == 0 ? 0 : 8) + (flags & expires == 0 ? 0 : 8)
      + (flags & holdsWord == 0 ? 0 : 8)
  }

  private var expiryOffset: Int { flags & Self.wide == 0 ? 8 : 16 }

  private var wordOffset: Int { expiryOffset + (flags & Self.expires == 0 ? 0 : 8) }

  /// When the key expires, milliseconds since 1970; nil: never.
  var expiry: Int64? {
    @inline(__always) get {
      flags & Self.expires == 0 ? nil : unsafe base.load(fromByteOffset: expiryOffset, as: Int64.self)
    }
  }

  var hasExpiry: Bool {
    @inline(__always) get { flags & Self.expires != 0 }
  }

  /// Moves the expiry of an entry that has one.
  func setExpiry(_ milliseconds: Int64) {
    precondition(hasExpiry)
    unsafe base.storeBytes(of: milliseconds, toByteOffset: expiryOffset, as: Int64.self)
  }

  var key: Bytes {
    @inline(__always) get {
      unsafe Bytes(UnsafeRawBufferPointer(start: base + Self.headerBytes(flags), count: keyCount))
    }
  }

  /// Bytes allocated for the entry itself, in the allocator's size classes; the value's block not included.
  var allocatedBytes: Int { Memory.sizeClass(usedBytes) }

  private var usedBytes: Int {
    let embedded = flags & Self.holdsWord == 0 ? embeddedCount : 0
    return Self.headerBytes(flags) + keyCount + embedded
  }

  // MARK: String values

  /// The string this entry holds.
  /// - Precondition: `type` is `.string`.
  var string: StringValue {
    @inline(__always) get {
      let flags = self.flags
      if flags & Self.holdsInteger != 0 {
        return .integer(unsafe base.load(fromByteOffset: wordOffset, as: Int64.self))
      }
      if flags & Self.holdsBlock != 0 { return .bytes(block.bytes) }
      return .bytes(
        unsafe Bytes(
          UnsafeRawBufferPointer(start: base + Self.headerBytes(flags) + keyCount, count: embeddedCount)))
    }
  }

  var holdsBlock: Bool { flags & Self.holdsBlock != 0 }
  var holdsInteger: Bool { flags & Self.holdsInteger != 0 }

  /// The block the value is in.
  /// - Precondition: `holdsBlock`.
  var block: StringBlock {
    get {
      precondition(holdsBlock)
      return StringBlock(address: unsafe base.load(fromByteOffset: wordOffset, as: UInt.self))
    }
    nonmutating set {
      precondition(holdsBlock)
      unsafe base.storeBytes(of: newValue.address, toByteOffset: wordOffset, as: UInt.self)
    }
  }

  var holdsCollection: Bool { flags & Self.holdsCollection != 0 }

  /// The value of many parts that the entry holds.
  /// - Precondition: `type` is that of the collection.
  func collection<Value: CollectionValue>(as _: Value.Type) -> Value {
    precondition(holdsCollection)
    return Value(address: unsafe base.load(fromByteOffset: wordOffset, as: UInt.self), encoding: encoding)
  }

  /// Notes where the value is now, and how it is represented.
  func setCollection(_ value: some CollectionValue) {
    precondition(holdsCollection)
    unsafe base.storeBytes(of: value.address, toByteOffset: wordOffset, as: UInt.self)
    encoding = value.encoding
  }

  /// Puts another integer in the place of the one held.
  /// - Precondition: `holdsInteger`.
  @inline(__always)
  func setInteger(_ value: Int64) {
    precondition(holdsInteger)
    unsafe base.storeBytes(of: value, toByteOffset: wordOffset, as: Int64.self)
  }

  /// Overwrites the value in place, where it is held within the entry and the new one needs the same allocation.
  /// - Returns: whether it was done.
  @inline(__always)
  func overwriteEmbedded(_ value: Bytes) -> Bool {
    let flags = self.flags
    guard flags & Self.holdsWord == 0, value.count <= Self.embeddedLimit else { return false }
    let start = Self.headerBytes(flags) &+ keyCount
    guard Memory.sizeClass(start &+ value.count) == Memory.sizeClass(start &+ embeddedCount) else { return false }
    embeddedCount = value.count
    // The allocation has room for its whole size class.
    unsafe value.copy(to: base + start)
    return true
  }

  // MARK: Making and freeing

  /// The value a new entry gets.
  enum Content {
    case integer(Int64)
    /// Copied into the entry.
    case embedded(Bytes)
    /// The entry takes the block over.
    case block(StringBlock)
    /// The entry takes the value at this address over.
    case collection(UInt)
  }

  /// Allocates an entry.
  /// - Parameters:
  ///   - key: copied.
  ///   - access: see `access`.
  @inline(__always)
  static func make(
    key: Bytes, type: ValueType, encoding: Encoding, content: Content, expiry: Int64?, access: UInt32
  ) -> Entry {
    var flags: UInt8 = expiry == nil ? 0 : expires
    var embedded = Bytes()
    var word: UInt64 = 0
    switch content {
    case .integer(let value):
      flags |= holdsInteger
      word = UInt64(bitPattern: value)
    case .block(let block):
      flags |= holdsBlock
      word = UInt64(block.address)
    case .collection(let address):
      flags |= holdsCollection
      word = UInt64(address)
    case .embedded(let bytes): embedded = bytes
    }
    if key.count > 255 || embedded.count > 65535 { flags |= wide }
    let start = headerBytes(flags)
    // The whole size class is asked for, so that a value may grow in place up to its end.
    let base = unsafe Memory.allocate(Memory.sizeClass(start + key.count + embedded.count))
    unsafe base.storeBytes(of: type.rawValue | encoding.rawValue &<< 4, as: UInt8.self)
    unsafe base.storeBytes(of: flags, toByteOffset: 1, as: UInt8.self)
    if flags & wide == 0 {
      unsafe base.storeBytes(of: UInt8(key.count), toByteOffset: 5, as: UInt8.self)
      unsafe base.storeBytes(of: UInt16(embedded.count), toByteOffset: 6, as: UInt16.self)
    } else {
      unsafe base.storeBytes(of: UInt32(key.count), toByteOffset: 8, as: UInt32.self)
      unsafe base.storeBytes(of: UInt32(embedded.count), toByteOffset: 12, as: UInt32.self)
    }
    let entry = unsafe Entry(base: base)
    entry.access = access
    if let expiry { entry.setExpiry(expiry) }
    if flags & holdsWord != 0 {
      unsafe base.storeBytes(of: word, toByteOffset: entry.wordOffset, as: UInt64.self)
    }
    unsafe key.copy(to: base + start)
    unsafe embedded.copy(to: base + start + key.count)
    return entry
  }

  @unsafe
  private init(base: UnsafeMutableRawPointer) { unsafe self.base = base }

  /// Bytes of the entry and of the value it holds elsewhere.
  var totalBytes: Int {
    @inline(__always) get {
      if holdsCollection { return allocatedBytes + collectionBytes }
      return holdsBlock ? allocatedBytes + block.allocatedBytes : allocatedBytes
    }
  }

  /// The same entry in another shape: with or without an expiry.
  /// - Parameter exchange: puts the new entry in the old one's place, which is freed after it.
  func reshaped(expiry: Int64?, _ exchange: (_ old: Entry, _ new: Entry) -> Void) -> Entry {
    let entry = Entry.make(key: key, type: type, encoding: encoding, content: content, expiry: expiry, access: access)
    exchange(self, entry)
    freeShell()
    return entry
  }

  /// The same value, expiry and access bits under another key. This entry, which must be in no table any more, is freed.
  func renamed(to key: Bytes) -> Entry {
    let entry = Entry.make(key: key, type: type, encoding: encoding, content: content, expiry: expiry, access: access)
    freeShell()
    return entry
  }

  func copied() -> Entry { copied(to: key, access: access) }

  func free() { Database.free(self) }

  /// A copy of the value, and the expiry, under another key.
  func copied(to key: Bytes, access: UInt32) -> Entry {
    let copy: Content =
      holdsCollection ? .collection(copiedCollection) : holdsBlock ? .block(.make(block.bytes)) : content
    return Entry.make(key: key, type: type, encoding: encoding, content: copy, expiry: expiry, access: access)
  }

  /// The value, for an entry beside this one that does not own it.
  /// - Precondition: `holdsCollection`.
  var sharedContent: Content {
    precondition(holdsCollection)
    return content
  }

  /// The value as another entry can take it over.
  private var content: Content {
    if holdsBlock { return .block(block) }
    if holdsCollection { return .collection(unsafe base.load(fromByteOffset: wordOffset, as: UInt.self)) }
    switch string {
    case .integer(let value): return .integer(value)
    case .bytes(let bytes): return .embedded(bytes)
    }
  }

  /// Frees the entry's own allocation, not the value's block.
  func freeShell() { unsafe Memory.free(base) }
}
