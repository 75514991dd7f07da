// SORT, from the key to the reply.

extension Call {
  mutating func sort(_ given: SortOptions) throws(CommandError) {
    var options = given
    let entry = find(1, for: .read)
    if let entry {
      switch entry.type {
      case .list, .sortedSet: break
      case .set: if options.keepsOrder, options.storeIndex != nil { options.sortForStorage() }
      default: throw .wrongType
      }
    }
    var order = SortOrder()
    let range = collect(entry, options, &order)
    if !options.keepsOrder {
      let areNumbers = weigh(&order, options)
      guard areNumbers else { throw .text("ERR One or more scores can't be converted into double") }
      if options.isAlphabetic {
        order.sortByText(usesNoted: options.by != nil, descending: options.isDescending)
      } else {
        order.sortByScore(descending: options.isDescending)
      }
    }
    if let storeIndex = options.storeIndex {
      storeSorted(order, range, options, at: storeIndex)
    } else {
      replySorted(order, range, options)
    }
  }

  // MARK: In

  /// Collects the elements to be sorted; where their own order stays, only those wanted, in that order or its reverse.
  /// - Returns: where those wanted will be among the elements collected.
  private func collect(_ entry: Entry?, _ options: SortOptions, _ order: inout SortOrder) -> Range<Int> {
    guard let entry else { return 0..<0 }
    switch entry.type {
    case .list:
      let list = entry.list
      let range = options.keepsOrder ? options.range(of: list.count) : 0..<list.count
      let isReversed = options.keepsOrder && options.isDescending
      let start = isReversed ? list.count - 1 - range.lowerBound : range.lowerBound
      if !range.isEmpty {
        list.forEach(from: start, limit: range.count, awayFrom: isReversed ? .tail : .head) {
          order.append($0)
          return true
        }
      }
    case .sortedSet:
      let set = entry.sortedSet
      let range = options.keepsOrder ? options.range(of: set.count) : 0..<set.count
      let isReversed = options.keepsOrder && options.isDescending
      let ranks = isReversed ? set.count - range.upperBound..<set.count - range.lowerBound : range
      set.forEach(in: ranks, isReversed: isReversed) { member, _ in order.append(member) }
    default:
      entry.set.forEach {
        order.append($0)
        return true
      }
      return options.range(of: order.count)
    }
    return options.keepsOrder ? 0..<order.count : options.range(of: order.count)
  }

  /// Notes of each element what it is compared by.
  /// - Returns: whether all that must be numbers are.
  private mutating func weigh(_ order: inout SortOrder, _ options: SortOptions) -> Bool {
    guard let by = options.by else {
      guard !options.isAlphabetic else { return true }
      for index in 0..<order.count {
        guard let score = order[index].sortScore else { return false }
        order.setScore(score, at: index)
      }
      return true
    }
    var buffer = ByteBuffer()
    var areNumbers = true
    for index in 0..<order.count {
      guard let value = value(of: by, for: order[index], &buffer) else { continue }
      if options.isAlphabetic {
        order.setText(value, at: index)
      } else if let score = value.withBytes({ $0.sortScore }) {
        order.setScore(score, at: index)
      } else {
        areNumbers = false
      }
    }
    return areNumbers
  }

  // MARK: Out

  private mutating func replySorted(_ order: borrowing SortOrder, _ range: Range<Int>, _ options: SortOptions) {
    var buffer = ByteBuffer()
    reply.array(range.count * max(options.get.count, 1))
    for index in range {
      if options.get.isEmpty { reply.bulk(order[index]) }
      for pattern in options.get {
        if let value = value(of: pattern, for: order[index], &buffer) { reply.bulk(value) } else { reply.null() }
      }
    }
  }

  private mutating func storeSorted(
    _ order: borrowing SortOrder, _ range: Range<Int>, _ options: SortOptions, at target: Int
  ) {
    let limits = listLimits
    var list = ListValue.makeForNodes(limits)
    var buffer = ByteBuffer()
    for index in range {
      if options.get.isEmpty { list.push(order[index], at: .tail, limits) }
      for pattern in options.get {
        let value = value(of: pattern, for: order[index], &buffer) ?? .bytes(Bytes())
        value.withBytes { list.push($0, at: .tail, limits) }
      }
    }
    list.shrink(limits, hasLost: false)
    let count = list.count
    let existing = find(target, for: .write)
    if count > 0 {
      keyspace[database].setCollection(
        arguments[target], hash: hash(target), type: .list, to: list, existing: existing, access: freshAccess)
      changed(target, count: count)
      if existing == nil { created(target) }
      notify(.list, "sortstore", target)
    } else {
      list.free()
      if let existing {
        keyspace.remove(existing, hash: hash(target), in: database, lazily: false)
        changed(target)
        notify(.generic, "del", target)
      }
    }
    reply.integer(count)
  }
}
