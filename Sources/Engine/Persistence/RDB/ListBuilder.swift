/// Builds a list: of elements, of one ziplist, or of nodes, each a ziplist, a listpack or one large element.
struct ListBuilder: CollectionBuilder {
  private let type: RDBType
  private let limits: ListLimits
  private var list: ListValue
  /// Elements or nodes still to come; nil before their count.
  private var left: UInt64?

  init(_ type: RDBType, _ policy: LoadPolicy) {
    self.type = type
    limits = policy.limits.list
    list = .makeForNodes(limits)
  }

  var value: LoadedValue { .list(list) }

  mutating func readPart(_ cursor: inout RDBCursor, _ scratch: inout RDBScratch) throws(RDBCursor.Stop) -> Bool {
    guard let left else {
      let count = type == .listZiplist ? 1 : try cursor.length()
      self.left = count
      return count == 0
    }
    switch type {
    case .list: list.push(try cursor.string(into: &scratch.first), at: .tail, limits)
    case .listQuicklist2: try readNode(&cursor, &scratch)
    default: try readZiplist(&cursor, &scratch)
    }
    self.left = left - 1
    guard left == 1 else { return false }
    list.shrink(limits, hasLost: false)
    return true
  }

  private func readNode(_ cursor: inout RDBCursor, _ scratch: inout RDBScratch) throws(RDBCursor.Stop) {
    let number = try cursor.length()
    let contents = try cursor.string(into: &scratch.first)
    guard let narrow = UInt8(exactly: number), let container = QuicklistNode.Container(rawValue: narrow),
      !contents.isEmpty, container == .plain || Listpack.isValid(contents, isDeep: true)
    else { throw .corrupt(.badValue(type, .unsound)) }
    list.append(container, contents)
  }

  private mutating func readZiplist(_ cursor: inout RDBCursor, _ scratch: inout RDBScratch) throws(RDBCursor.Stop) {
    let packed = try cursor.string(into: &scratch.first)
    var node = Listpack.make()
    defer { node.free() }
    let isSound = Ziplist.forEach(in: packed) { element in
      node.append(element)
      return true
    }
    guard isSound else { throw .corrupt(.badValue(type, .unsound)) }
    list.append(.packed, node.bytes)
  }
}
