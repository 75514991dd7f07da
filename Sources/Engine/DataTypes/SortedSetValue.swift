/// A sorted set: members, each once, in the order of their scores, and of their bytes where scores are equal.
///
/// Small ones are a listpack of members and scores in turn, as in Redis; larger ones a skip list. Both are walked by
/// `Position`, which holds until the set changes.
@safe
struct SortedSetValue: CollectionValue {
  /// `.listpack`: the listpack's; `.skipList`: that of a `SkipList` in memory of its own.
  private(set) var address: UInt
  private(set) var encoding: Encoding

  init(address: UInt, encoding: Encoding) {
    self.address = address
    self.encoding = encoding
  }

  /// A member's place: its offset in the listpack, or its node.
  struct Position: Equatable {
    let value: UInt
    init(_ offset: Int) { value = UInt(offset) }
    init(_ node: SkipListNode) { value = node.address }
    var offset: Int { Int(value) }
    var node: SkipListNode { SkipListNode(address: value) }
  }

  // MARK: Making

  /// An empty set.
  /// - Parameters:
  ///   - count: how many members it is going to have, as far as is known.
  ///   - memberBytes: how long they may be, as far as is known.
  static func make(
    for count: Int = 0, memberBytes: Int = 0, limits: SortedSetLimits, hash: KeyHash
  ) -> SortedSetValue {
    if limits.allow(count: count, memberBytes: memberBytes) { return SortedSetValue(.make()) }
    return SortedSetValue(SkipList(hash: hash))
  }

  /// A set of those members and scores, in turn and in order, copied.
  /// - Precondition: `isValid(listpack:)`.
  static func make(listpack: Bytes) -> SortedSetValue { SortedSetValue(.make(listpack)) }

  /// What a builder has come to: a listpack where all of it may be in one.
  static func make(_ builder: inout SkipListBuilder, limits: SortedSetLimits) -> SortedSetValue {
    var set = SortedSetValue(builder.finish())
    set.convertToListpack(limits: limits)
    return set
  }

  private init(_ listpack: Listpack) { self.init(address: listpack.address, encoding: .listpack) }

  private init(_ list: consuming SkipList) {
    let pointer = UnsafeMutablePointer<SkipList>.allocate(capacity: 1)
    unsafe pointer.initialize(to: list)
    self.init(address: UInt(bitPattern: pointer), encoding: .skipList)
  }

  // MARK: What it is made of

  @inline(__always)
  var isListpack: Bool { encoding == .listpack }

  /// - Precondition: `encoding` is `.listpack`.
  var listpack: Listpack {
    get {
      precondition(isListpack)
      return Listpack(address: address)
    }
    set { address = newValue.address }
  }

  /// - Precondition: `encoding` is `.skipList`.
  var list: SkipList {
    @inline(__always) _read { yield unsafe pointer.pointee }
    @inline(__always) nonmutating _modify { yield unsafe &pointer.pointee }
  }

  @inline(__always) @unsafe
  private var pointer: UnsafeMutablePointer<SkipList> {
    precondition(encoding == .skipList)
    // What `init` allocated, come back from its owner.
    return unsafe UnsafeMutablePointer(bitPattern: address).unsafelyUnwrapped
  }

  // MARK: As a whole

  var count: Int { isListpack ? listpack.count / 2 : list.count }

  var allocatedBytes: Int {
    isListpack ? listpack.allocatedBytes : Memory.sizeClass(MemoryLayout<SkipList>.size) + list.allocatedBytes
  }

  var freeEffort: Int { isListpack ? 1 : list.count }

  func copy() -> SortedSetValue { isListpack ? SortedSetValue(listpack.copy()) : SortedSetValue(list.copy()) }

  /// A skip list of the members of all other ranks.
  /// - Precondition: `encoding` is `.skipList`.
  func copy(without ranks: Range<Int>) -> SortedSetValue { SortedSetValue(list.copy(without: ranks)) }

  func free() {
    if isListpack { return listpack.free() }
    unsafe pointer.deinitialize(count: 1)
    unsafe pointer.deallocate()
  }

  mutating func drain(limit: Int) -> Bool {
    if !isListpack, list.drain(limit: limit) { return true }
    free()
    return false
  }

  /// Stops where something is not as it must be.
  func checkInvariants() {
    guard isListpack else { return list.checkInvariants() }
    precondition(Self.isValid(listpack: listpack.bytes, isDeep: true))
  }

  // MARK: Changing the encoding

  /// Makes a listpack a skip list.
  mutating func convertToSkipList(hash: KeyHash, _ random: inout RandomGenerator) {
    guard isListpack else { return }
    let converted = SortedSetValue(SkipList(hash: hash))
    forEach { member, score in
      member.withBytes { member in
        // A listpack from elsewhere may hold a member twice: a look-up met the first.
        guard converted.list.find(member).isNone else { return }
        converted.list.insert(member, hash: hash(member), score: score, &random)
      }
    }
    free()
    self = converted
  }

  /// Makes a skip list a listpack, where all that is in it may be in one.
  mutating func convertToListpack(limits: SortedSetLimits) {
    guard !isListpack, list.count <= limits.listpackEntries else { return }
    var bytes = 0
    var longest = 0
    forEach { member, _ in
      bytes += member.count
      longest = max(longest, member.count)
    }
    guard limits.allow(count: list.count, memberBytes: longest), bytes <= SortedSetLimits.listpackBytes else { return }
    var converted = Listpack.make()
    forEach { member, score in
      converted.append(member)
      converted.append(score: score)
    }
    free()
    self = SortedSetValue(converted)
  }
}

/// Up to where a sorted set is a listpack (`zset-max-listpack-entries`, `zset-max-listpack-value`).
struct SortedSetLimits {
  var listpackEntries: Int
  var listpackValueBytes: Int

  /// Bytes that no listpack may exceed, whatever the configuration says, as in Redis.
  static var listpackBytes: Int { 1 << 30 }

  func allow(count: Int, memberBytes: Int) -> Bool { count <= listpackEntries && memberBytes <= listpackValueBytes }
}
