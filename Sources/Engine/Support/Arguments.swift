/// The arguments of one request, the command's name first. A view, good while the command runs.
@safe
public struct Arguments: BitwiseCopyable {
  // Readable for `count` elements while the command runs: the batch's list, or a queued transaction's.
  private let base: UnsafePointer<Bytes>
  public let count: Int

  @inline(__always) @unsafe
  init(base: UnsafePointer<Bytes>, count: Int) {
    unsafe self.base = base
    self.count = count
  }

  /// No arguments at all.
  public init() {
    // Never read, since `count` is 0.
    unsafe base = UnsafePointer(bitPattern: MemoryLayout<Bytes>.alignment).unsafelyUnwrapped
    count = 0
  }

  @inline(__always)
  public subscript(_ index: Int) -> Bytes {
    precondition(index >= 0 && index < count)
    return unsafe base[index]
  }

  /// The arguments `range` of a list, which must stay as it is while the view is used.
  @inline(__always)
  init(_ list: borrowing Slab<Bytes>, _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= list.count)
    unsafe self.init(base: list.base + range.lowerBound, count: range.count)
  }

  /// The arguments from `start` on.
  public func dropFirst(_ start: Int) -> Arguments {
    precondition(start >= 0 && start <= count)
    return unsafe Arguments(base: base + start, count: count - start)
  }
}
