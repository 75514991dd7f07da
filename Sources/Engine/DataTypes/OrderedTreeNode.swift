/// A node of an `OrderedTree`.
///
///     +-----------+---------------+-----------+------+----------+-----------+----------------------+
///     | count, 16 | capacity, 16b | leaf, 32b | next | previous | elements… | children… (if inner) |
///     +-----------+---------------+-----------+------+----------+-----------+----------------------+
///
/// An inner node's elements are copies of its children's first ones.
@safe
struct OrderedTreeNode<Element: OrderedTreeElement>: BitwiseCopyable, Equatable {
  // Allocated by `make` for `capacity` elements, freed by `free`; the tree owns it in between.
  private let base: UnsafeMutableRawPointer

  static var leastCapacity: Int { 4 }
  static var mostCapacity: Int { 64 }
  private static var headerBytes: Int { 24 }
  private static var stride: Int { MemoryLayout<Element>.stride }

  static func make(capacity: Int, isLeaf: Bool) -> Self {
    let base = unsafe Memory.allocate(byteCount(capacity, isLeaf))
    unsafe base.storeBytes(of: 0, as: UInt16.self)
    unsafe base.storeBytes(of: UInt16(capacity), toByteOffset: 2, as: UInt16.self)
    unsafe base.storeBytes(of: isLeaf ? 1 : 0, toByteOffset: 4, as: UInt32.self)
    unsafe base.storeBytes(of: 0, toByteOffset: 8, as: UInt.self)
    unsafe base.storeBytes(of: 0, toByteOffset: 16, as: UInt.self)
    return unsafe Self(base: base)
  }

  @unsafe private init(base: UnsafeMutableRawPointer) { unsafe self.base = base }

  private static func byteCount(_ capacity: Int, _ isLeaf: Bool) -> Int {
    headerBytes + capacity * (stride + (isLeaf ? 0 : MemoryLayout<UInt>.size))
  }

  func free() { unsafe Memory.free(base) }

  static func == (left: Self, right: Self) -> Bool { unsafe left.base == right.base }

  var allocatedBytes: Int { Memory.sizeClass(Self.byteCount(capacity, isLeaf)) }

  private(set) var count: Int {
    @inline(__always) get { Int(unsafe base.load(as: UInt16.self)) }
    @inline(__always) nonmutating set { unsafe base.storeBytes(of: UInt16(newValue), as: UInt16.self) }
  }
  var capacity: Int { Int(unsafe base.load(fromByteOffset: 2, as: UInt16.self)) }
  var isLeaf: Bool {
    @inline(__always) get { unsafe base.load(fromByteOffset: 4, as: UInt32.self) != 0 }
  }

  /// The leaf behind this one.
  var next: Self? {
    get { link(at: 8) }
    nonmutating set { setLink(newValue, at: 8) }
  }
  /// The leaf before this one.
  var previous: Self? {
    get { link(at: 16) }
    nonmutating set { setLink(newValue, at: 16) }
  }

  private func link(at offset: Int) -> Self? {
    // Zero, or the address of a node of the same tree.
    guard let other = unsafe UnsafeMutableRawPointer(bitPattern: base.load(fromByteOffset: offset, as: UInt.self))
    else { return nil }
    return unsafe Self(base: other)
  }

  private func setLink(_ node: Self?, at offset: Int) {
    let address = node.map { unsafe UInt(bitPattern: $0.base) } ?? 0
    unsafe base.storeBytes(of: address, toByteOffset: offset, as: UInt.self)
  }

  // MARK: Elements

  @unsafe private var elements: UnsafeMutablePointer<Element> {
    // The memory holds nothing but elements there, all of them plain values.
    @inline(__always) get { unsafe (base + Self.headerBytes).assumingMemoryBound(to: Element.self) }
  }

  @unsafe private var children: UnsafeMutablePointer<Self> {
    unsafe (base + Self.headerBytes + capacity * Self.stride).assumingMemoryBound(to: Self.self)
  }

  subscript(_ index: Int) -> Element {
    @inline(__always) get {
      precondition(index >= 0 && index < count)
      return unsafe elements[index]
    }
    @inline(__always) nonmutating set {
      precondition(index >= 0 && index < count)
      unsafe elements[index] = newValue
    }
  }

  func child(_ index: Int) -> Self {
    precondition(index >= 0 && index < count && !isLeaf)
    return unsafe children[index]
  }

  /// The index of the first element that does not stand before `key`; `count` where all do.
  @inline(__always)
  func lowerBound(_ key: Element.Key) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle].order(against: key) < 0 { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The child that `key` is in, if it is in any: the last whose first element does not stand behind it.
  @inline(__always)
  func childIndex(for key: Element.Key) -> Int {
    let index = lowerBound(key)
    if index < count, self[index].order(against: key) == 0 { return index }
    return max(index - 1, 0)
  }

  // MARK: Changing

  /// - Precondition: there is room.
  func insert(_ element: Element, at index: Int) {
    precondition(index >= 0 && index <= count && count < capacity)
    unsafe (elements + index + 1).update(from: elements + index, count: count - index)
    unsafe elements[index] = element
    count += 1
  }

  /// - Precondition: there is room.
  func insert(child: Self, at index: Int) {
    precondition(!isLeaf && count < capacity)
    unsafe (children + index + 1).update(from: children + index, count: count - index)
    unsafe children[index] = child
    insert(child[0], at: index)
  }

  /// Puts a child in a place, or the same child with another first element.
  func replace(child: Self, at index: Int) {
    self[index] = child[0]
    unsafe children[index] = child
  }

  func remove(at index: Int) {
    precondition(index >= 0 && index < count)
    unsafe (elements + index).update(from: elements + index + 1, count: count - index - 1)
    if !isLeaf { unsafe (children + index).update(from: children + index + 1, count: count - index - 1) }
    count -= 1
  }

  func removeLast(_ amount: Int) {
    precondition(amount <= count)
    count -= amount
  }

  /// Appends what another node holds in `range`, elements or children. That node stays as it is.
  func take(from other: Self, _ range: Range<Int>) {
    precondition(range.upperBound <= other.count && count + range.count <= capacity && isLeaf == other.isLeaf)
    unsafe (elements + count).update(from: other.elements + range.lowerBound, count: range.count)
    if !isLeaf { unsafe (children + count).update(from: other.children + range.lowerBound, count: range.count) }
    count += range.count
  }
}
