// What commands on lists share, those that wait for elements included.

extension Call {
  /// How lists are kept, by the configuration now.
  var listLimits: ListLimits {
    ListLimits(
      nodeSize: configuration.listMaxListpackSize, compressDepth: configuration.listCompressDepth,
      plainBytes: debugging.listPlainBytes)
  }

  /// Argument `index` as one of a list's ends: `LEFT` or `RIGHT`.
  /// - Throws: `syntax`.
  func listEnd(at index: Int) throws(CommandError) -> ListEnd { try ListEnd(arguments[index]) }

  /// Argument `index` as a count that is `least` or more.
  /// - Throws: the text given, whatever is wrong with it.
  func count(at index: Int, atLeast least: Int64, orElse text: StaticString) throws(CommandError) -> Int {
    guard let value = arguments[index].parseInt64(), value >= least else { throw .text(text) }
    return Int(value)
  }

  // MARK: Adding

  /// Adds elements at an end of the list at argument `index`, which is made where it is missing.
  /// - Parameters:
  ///   - entry: what `find` gave for the key.
  ///   - count: how many elements there are, each given by `element`.
  /// - Returns: how long the list is now.
  @inline(__always)
  mutating func push(
    to entry: Entry?, _ index: Int, at end: ListEnd, count: Int, _ element: (Int) -> Bytes
  ) -> Int {
    let limits = listLimits
    var bytes = 0
    for number in 0..<count { bytes += element(number).count }
    func add(_ list: inout ListValue) -> Int {
      list.prepare(bytes: bytes, count: count, limits)
      for number in 0..<count { list.push(element(number), at: end, limits) }
      return list.count
    }
    if let entry { return keyspace[database].update(entry, as: ListValue.self) { add(&$0) } }
    var list = ListValue.make()
    let length = add(&list)
    keyspace[database].setCollection(
      arguments[index], hash: hash(index), type: .list, to: list, existing: nil, access: freshAccess)
    created(index)
    return length
  }

  /// Tells of elements added to the list at argument `index`.
  @inline(__always)
  mutating func notifyPush(_ index: Int, at end: ListEnd) {
    notify(.list, end == .head ? "lpush" : "rpush", index)
  }

  // MARK: Taking

  /// Takes one element off an end of the list at argument `index` and answers with it.
  ///
  /// Tells of the change, and deletes the key with the last element. What is propagated is the caller's to say, where
  /// it is not the request as it came.
  /// - Parameter entry: what `find` gave for the key; it must not be used again.
  mutating func popElement(of entry: Entry, _ index: Int, from end: ListEnd) {
    entry.list.withElement(at: end) { reply.bulk($0) }
    remove(from: entry, index, end: end, count: 1)
  }

  /// Takes up to `count` elements off an end of the list at argument `index`, and answers with an array of them.
  ///
  /// As `popElement` otherwise.
  /// - Returns: how many.
  @discardableResult
  mutating func popElements(of entry: Entry, _ index: Int, from end: ListEnd, count: Int) -> Int {
    let list = entry.list
    let length = list.count
    let popped = min(count, length)
    reply.array(popped)
    list.forEach(from: end == .head ? 0 : length - 1, limit: popped, awayFrom: end) { element in
      reply.bulk(element)
      return true
    }
    remove(from: entry, index, end: end, count: popped)
    return popped
  }

  /// Takes elements off the first of several lists that has some, and answers with its key and an array of them.
  ///
  /// The effect is declared: `LPOP key count` or `RPOP key count`.
  /// - Parameters:
  ///   - keys: arguments.
  ///   - count: 1 or more.
  /// - Returns: whether there was one. If not, nothing has been written.
  /// - Throws: `wrongType` where a key that is come to holds something else.
  mutating func popElements(ofFirst keys: Range<Int>, from end: ListEnd, count: Int) throws(CommandError) -> Bool {
    for index in keys {
      guard let entry = try find(index, as: .list, for: .write) else { continue }
      reply.array(2)
      reply.bulk(arguments[index])
      let popped = popElements(of: entry, index, from: end, count: count)
      NumberText(Int64(popped)).withBytes { text in
        replicate(end == .head ? "LPOP" : "RPOP", arguments[index], text)
      }
      return true
    }
    return false
  }

  /// Takes one element off an end of the list at argument `source`, adds it to an end of that at argument
  /// `destination`, and answers with it.
  /// - Returns: whether there was one. If not, nothing has been written.
  /// - Throws: `wrongType`.
  mutating func moveElement(
    from source: Int, _ sourceEnd: ListEnd, to destination: Int, _ destinationEnd: ListEnd
  ) throws(CommandError) -> Bool {
    guard let entry = try find(source, as: .list, for: .write) else { return false }
    let target = try find(destination, as: .list, for: .write)
    guard entry.address != target?.address else {
      rotate(entry, source, sourceEnd, destinationEnd)
      return true
    }
    // The element stays where it is until it is in the other list.
    entry.list.withElement(at: sourceEnd) { element in
      reply.bulk(element)
      element.withBytes { bytes in
        _ = push(to: target, destination, at: destinationEnd, count: 1) { _ in bytes }
      }
    }
    changed(destination, count: 0)
    notifyPush(destination, at: destinationEnd)
    remove(from: entry, source, end: sourceEnd, count: 1)
    return true
  }

  /// Moves an element within one list.
  private mutating func rotate(_ entry: Entry, _ index: Int, _ from: ListEnd, _ to: ListEnd) {
    let limits = listLimits
    var element = ByteBuffer()
    entry.list.withElement(at: from) { value in value.withBytes { element.append($0) } }
    reply.bulk(element.bytes)
    keyspace[database].update(entry, as: ListValue.self) { list in
      list.removeLast(at: from)
      list.prepare(bytes: element.count, count: 1, limits)
      list.push(element.bytes, at: to, limits)
      list.shrink(limits)
    }
    notifyPush(index, at: to)
    notify(.list, from == .head ? "lpop" : "rpop", index)
    changed(index)
  }

  /// Frees what was cut off a list, in slices if that takes long.
  mutating func discard(_ cut: ListValue?) {
    if let cut { keyspace[database].discard(cut, type: .list) }
  }

  /// Takes elements off an end of a list, tells of it, and deletes the key with the last of them.
  private mutating func remove(from entry: Entry, _ index: Int, end: ListEnd, count: Int) {
    let limits = listLimits
    let (cut, isDeleted) = update(entry, index, as: ListValue.self) { list in
      var cut: ListValue?
      if count == 1 {
        list.removeLast(at: end)
      } else {
        cut = list.removeRange(from: end == .head ? 0 : list.count - count, count: count)
      }
      list.shrink(limits)
      return cut
    }
    discard(cut)
    notify(.list, end == .head ? "lpop" : "rpop", index)
    if isDeleted { notify(.generic, "del", index) }
    changed(index, count: count)
  }
}

extension ListEnd {
  /// The end that LEFT or RIGHT names.
  /// - Throws: `syntax`.
  init(_ word: Bytes) throws(CommandError) {
    if word.equalsIgnoringCase("left") {
      self = .head
    } else if word.equalsIgnoringCase("right") {
      self = .tail
    } else {
      throw .syntax
    }
  }
}
