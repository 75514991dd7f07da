/// Strings one behind the other in one buffer, by index: for what a command collects while it may not write its reply.
struct BytesList: ~Copyable {
  private var contents = ByteBuffer()
  private var ends = Slab<Int>(capacity: 16)

  init() {}

  var count: Int { ends.count }

  mutating func append(_ bytes: Bytes) {
    contents.append(bytes)
    ends.append(contents.count)
  }

  /// Good until the next change.
  subscript(_ index: Int) -> Bytes { contents.bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]] }

  /// All strings together. Good until the next change.
  var bytes: Bytes { contents.bytes }
}
