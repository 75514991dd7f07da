/// A field of a hash with its value: one allocation, named by its address.
///
///      0       1       2…3
///     +-------+-------+---------+
///     | flags | field | value   |                   lengths, where they fit
///     +-------+-------+---------+-------------+
///     | field length, 32 b | value length, 32 b |   flag `wide`: here instead
///     +--------------------+--------------------+
///     | expiry, milliseconds since 1970, 64 bits|   flag `expires`
///     +-----------------------------------------+
///     | address of the value's bytes, 64 bits   |   flag `apart`
///     +-----------------------------------------+
///     | field bytes …      | value bytes …      |   value bytes: not with `apart`
///     +-----------------------------------------+
///
/// Four bytes of header keep a field and a value of 16 bytes each in 48. Words are read without alignment.
@safe
struct HashField: HashTableElement {
  // Allocated by `make`, freed by `free`; the table it is in owns it from the one to the other.
  private let base: UnsafeMutableRawPointer

  /// Longest value kept beside its field, bytes.
  static let embeddedLimit = 960

  private static let expires: UInt8 = 1
  private static let wide: UInt8 = 2
  private static let apart: UInt8 = 4

  var address: UInt { unsafe UInt(bitPattern: base) }

  init(address: UInt) {
    // An address that `make` returned, come back from a table.
    unsafe base = UnsafeMutableRawPointer(bitPattern: address).unsafelyUnwrapped
  }

  // MARK: Layout

  private var flags: UInt8 {
    @inline(__always) get { unsafe base.load(as: UInt8.self) }
  }

  private static func headerBytes(_ flags: UInt8) -> Int {
    4 + (flags & wide == 0 ? 0 : 8) + (flags & expires == 0 ? 0 : 8) + (flags & apart == 0 ? 0 : 8)
  }

  private var expiryOffset: Int { flags & Self.wide == 0 ? 4 : 12 }

  private var addressOffset: Int { expiryOffset + (flags & Self.expires == 0 ? 0 : 8) }

  private var keyCount: Int {
    @inline(__always) get {
      flags & Self.wide == 0
        ? Int(unsafe base.load(fromByteOffset: 1, as: UInt8.self))
        : Int(unsafe base.load(fromByteOffset: 4, as: UInt32.self))
    }
  }

  private var valueCount: Int {
    @inline(__always) get {
      flags & Self.wide == 0
        ? Int(unsafe base.load(fromByteOffset: 2, as: UInt16.self))
        : Int(unsafe base.load(fromByteOffset: 8, as: UInt32.self))
    }
    nonmutating set {
      if flags & Self.wide == 0 {
        unsafe base.storeBytes(of: UInt16(newValue), toByteOffset: 2, as: UInt16.self)
      } else {
        unsafe base.storeBytes(of: UInt32(newValue), toByteOffset: 8, as: UInt32.self)
      }
    }
  }

  // MARK: What it holds

  /// The field's name.
  var key: Bytes {
    @inline(__always) get {
      unsafe Bytes(UnsafeRawBufferPointer(start: base + Self.headerBytes(flags), count: keyCount))
    }
  }

  /// Good until the value is set.
  var value: Bytes {
    @inline(__always) get {
      let flags = self.flags
      guard flags & Self.apart != 0 else {
        return unsafe Bytes(
          UnsafeRawBufferPointer(start: base + Self.headerBytes(flags) + keyCount, count: valueCount))
      }
      return unsafe Bytes(UnsafeRawBufferPointer(start: valueBlock, count: valueCount))
    }
  }

  /// Where a value that is kept apart lies.
  @unsafe
  private var valueBlock: UnsafeMutableRawPointer {
    // `make` stored the address of an allocation there.
    unsafe UnsafeMutableRawPointer(bitPattern: base.loadUnaligned(fromByteOffset: addressOffset, as: UInt.self))
      .unsafelyUnwrapped
  }

  /// When the field expires, milliseconds since 1970; nil: never.
  var expiry: Int64? {
    @inline(__always) get {
      flags & Self.expires == 0 ? nil : unsafe base.loadUnaligned(fromByteOffset: expiryOffset, as: Int64.self)
    }
  }

  /// Moves the expiry of a field that has one.
  func setExpiry(_ milliseconds: Int64) {
    precondition(flags & Self.expires != 0)
    unsafe base.storeBytes(of: milliseconds, toByteOffset: expiryOffset, as: Int64.self)
  }

  /// Overwrites the value in place, where old and new are kept beside the field and need the same allocation.
  /// - Returns: whether it was done.
  func overwrite(_ value: Bytes) -> Bool {
    let flags = self.flags
    guard flags & Self.apart == 0, value.count <= Self.embeddedLimit else { return false }
    let start = Self.headerBytes(flags) + keyCount
    guard Memory.sizeClass(start + value.count) == Memory.sizeClass(start + valueCount) else { return false }
    valueCount = value.count
    // The allocation has room for its whole size class.
    unsafe value.copy(to: base + start)
    return true
  }

  /// Bytes allocated for field and value, in the allocator's size classes.
  var allocatedBytes: Int {
    let flags = self.flags
    let start = Self.headerBytes(flags) + keyCount
    return flags & Self.apart == 0
      ? Memory.sizeClass(start + valueCount) : Memory.sizeClass(start) + Memory.sizeClass(valueCount)
  }

  // MARK: Making and freeing

  /// Allocates a field.
  /// - Parameters:
  ///   - field: copied.
  ///   - value: copied.
  static func make(_ field: Bytes, _ value: Bytes, expiry: Int64?) -> HashField {
    var flags: UInt8 = expiry == nil ? 0 : expires
    if field.count > 255 || value.count > 65535 { flags |= wide }
    let isApart = value.count > embeddedLimit
    if isApart { flags |= apart }
    let start = headerBytes(flags)
    let base = unsafe Memory.allocate(Memory.sizeClass(start + field.count + (isApart ? 0 : value.count)))
    unsafe base.storeBytes(of: flags, as: UInt8.self)
    if flags & wide == 0 {
      unsafe base.storeBytes(of: UInt8(field.count), toByteOffset: 1, as: UInt8.self)
    } else {
      unsafe base.storeBytes(of: UInt32(field.count), toByteOffset: 4, as: UInt32.self)
    }
    let made = HashField(address: UInt(bitPattern: base))
    made.valueCount = value.count
    if let expiry { made.setExpiry(expiry) }
    unsafe field.copy(to: base + start)
    if isApart {
      let block = unsafe Memory.allocate(Memory.sizeClass(value.count))
      unsafe value.copy(to: block)
      unsafe base.storeBytes(of: UInt(bitPattern: block), toByteOffset: made.addressOffset, as: UInt.self)
    } else {
      unsafe value.copy(to: base + start + field.count)
    }
    return made
  }

  func copied() -> HashField { .make(key, value, expiry: expiry) }

  func free() {
    if flags & Self.apart != 0 { unsafe Memory.free(valueBlock) }
    unsafe Memory.free(base)
  }
}
