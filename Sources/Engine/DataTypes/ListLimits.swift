/// One of a list's two ends.
enum ListEnd: BitwiseCopyable {
  case head, tail

  var opposite: ListEnd { self == .head ? .tail : .head }
}

/// How lists are kept: where the single listpack ends, and how large the nodes behind it are.
struct ListLimits: BitwiseCopyable {
  /// `list-max-listpack-size`: elements of a node, or -1 to -5 for 4 to 64 KiB.
  var nodeSize: Int
  /// `list-compress-depth`: nodes at each end that stay uncompressed; 0 compresses none.
  var compressDepth: Int
  /// Bytes from which on an element has a node to itself.
  var plainBytes = defaultPlainBytes

  static var defaultPlainBytes: Int { 1 << 30 }
}

/// What a node may hold at most.
struct ListNodeLimit: BitwiseCopyable {
  /// As `ListLimits.nodeSize`, brought to the ends that Redis knows.
  let nodeSize: Int

  /// A node that is counted in elements may yet not take more bytes than this.
  private static var safetyBytes: Int { 8192 }

  init(nodeSize: Int) { self.nodeSize = min(max(nodeSize, -5), 32767) }

  /// Bytes of a listpack; nil where elements are counted.
  var bytes: Int? { nodeSize < 0 ? 2048 << -nodeSize : nil }

  /// Elements; nil where bytes are counted.
  var count: Int? { nodeSize < 0 ? nil : max(nodeSize, 1) }

  /// Whether a listpack of so many bytes and elements is too large.
  @inline(__always)
  func isExceeded(bytes: Int, count: Int) -> Bool {
    if nodeSize < 0 { return bytes > 2048 << -nodeSize }
    return bytes > Self.safetyBytes || count > max(nodeSize, 1)
  }

  /// Whether a list of one node is small enough to be a listpack again.
  /// - Parameter hasShrunk: then only half of what a node may hold is, so that a list does not turn to and fro.
  func admitsListpack(bytes: Int, count: Int, hasShrunk: Bool) -> Bool {
    let divisor = hasShrunk ? 2 : 1
    if let limit = self.bytes { return bytes <= limit / divisor }
    return count <= (self.count ?? 0) / divisor
  }
}
