/// A value of many parts: a handle of one word and the encoding that says what the word is.
///
/// A handle copies freely and owns nothing by itself: whoever holds it *for the keyspace* (the key's entry, the
/// reclaimer) owns the value and frees it once. A change may move the value and may convert it to another encoding, so
/// what changed it must be stored back where it came from (`Database.update` does).
///
/// `allocatedBytes` is in the allocator's size classes (`Memory.sizeClass`), and known without a walk.
protocol CollectionValue: BitwiseCopyable {
  /// Address of the value's first allocation.
  var address: UInt { get }
  var encoding: Encoding { get }
  /// A handle on what `address` and `encoding` named before.
  init(address: UInt, encoding: Encoding)

  /// Elements: of a list, members of a set, fields of a hash, entries of a stream.
  var count: Int { get }
  /// Bytes of all that the value holds.
  var allocatedBytes: Int { get }
  /// How many allocations, roughly, freeing the value gives back: what decides whether it is worth doing in slices.
  var freeEffort: Int { get }
  /// Whether any part has an expiry of its own: fields of hashes may. O(1).
  var hasExpiringFields: Bool { get }

  /// An independent value of the same contents and encoding.
  func copy() -> Self
  /// Gives all memory back at once. The handle must not be used again.
  func free()
  /// Gives memory back, up to `limit` allocations of it. Nothing but `allocatedBytes`, which falls accordingly, may be
  /// asked of the value after the first call.
  /// - Returns: whether there is more; when there is not, the handle must not be used again.
  mutating func drain(limit: Int) -> Bool
}

extension CollectionValue {
  var hasExpiringFields: Bool { false }
}
