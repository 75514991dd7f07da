// Reading lists, and cutting them to a range.

/// Returns the elements of a range.
enum LRange: Command {
  static let spec = CommandSpec(
    "lrange", since: "1.0.0", group: .list, arity: .exactly(4), flags: [.readOnly],
    keys: [.one([.ro, .access])],
    complexity: "O(S+N) with S the distance of the range from the nearer end and N the number of elements in it",
    summary: "Returns the elements of a list from one index to another.", syntax: "key start stop")

  static func execute(_ call: inout Call) throws(CommandError) {
    let start = try call.integer(at: 2)
    let stop = try call.integer(at: 3)
    guard let entry = try call.find(1, as: .list, for: .read) else { return call.reply.array(0) }
    let list = entry.list
    let range = ListRange.elements(from: start, through: stop, of: list.count)
    call.reply.array(range.count)
    list.forEach(from: range.lowerBound, limit: range.count, awayFrom: .head) { element in
      call.reply.bulk(element)
      return true
    }
  }
}

/// Returns a list's length.
enum LLen: Command {
  static let spec = CommandSpec(
    "llen", since: "1.0.0", group: .list, arity: .exactly(2), flags: [.readOnly, .fast], keys: [.one([.ro])],
    summary: "Returns the length of a list.", syntax: "key")

  static func execute(_ call: inout Call) throws(CommandError) {
    call.reply.integer(try call.find(1, as: .list, for: .read)?.list.count ?? 0)
  }
}

/// Returns one element.
enum LIndex: Command {
  static let spec = CommandSpec(
    "lindex", since: "1.0.0", group: .list, arity: .exactly(3), flags: [.readOnly], keys: [.one([.ro, .access])],
    complexity: "O(N) with N the number of elements between the index and the nearer end",
    summary: "Returns the element of a list at an index.", syntax: "key index")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let entry = try call.find(1, as: .list, for: .read) else { return call.reply.null() }
    let list = entry.list
    guard let index = ListRange.index(try call.integer(at: 2), of: list.count) else { return call.reply.null() }
    list.forEach(from: index, limit: 1, awayFrom: .head) { element in
      call.reply.bulk(element)
      return false
    }
  }
}

/// Removes what is not in a range.
enum LTrim: Command {
  static let spec = CommandSpec(
    "ltrim", since: "1.0.0", group: .list, arity: .exactly(4), flags: [.write], keys: [.one([.rw, .delete])],
    complexity: "O(N) with N the number of elements removed",
    summary: "Removes the elements at both ends of a list that are not in a range.", syntax: "key start stop")

  static func execute(_ call: inout Call) throws(CommandError) {
    let start = try call.integer(at: 2)
    let stop = try call.integer(at: 3)
    guard let entry = try call.find(1, as: .list, for: .write) else { return call.reply.ok() }
    let limits = call.listLimits
    let length = entry.list.count
    let range = ListRange.elements(from: start, through: stop, of: length)
    let (cut, isDeleted) = call.update(entry, 1, as: ListValue.self) { list in
      let back = list.removeRange(from: range.upperBound, count: length - range.upperBound)
      let front = list.removeRange(from: 0, count: range.lowerBound)
      list.shrink(limits)
      return (front, back)
    }
    call.discard(cut.0)
    call.discard(cut.1)
    call.notify(.list, "ltrim", 1)
    if isDeleted { call.notify(.generic, "del", 1) }
    call.changed(1, count: length - range.count)
    call.reply.ok()
  }
}

/// Indices as clients give them: from the end where negative.
enum ListRange {
  /// The elements from `start` through `stop` of a list; an empty range at 0 where there are none.
  static func elements(from start: Int64, through stop: Int64, of count: Int) -> Range<Int> {
    let first = max(start < 0 ? start + Int64(count) : start, 0)
    let last = min(stop < 0 ? stop + Int64(count) : stop, Int64(count) - 1)
    guard first <= last else { return 0..<0 }
    return Int(first)..<Int(last) + 1
  }

  /// The index of an element of a list, or nil where there is none.
  static func index(_ index: Int64, of count: Int) -> Int? {
    let position = index < 0 ? index + Int64(count) : index
    return position >= 0 && position < Int64(count) ? Int(position) : nil
  }
}
