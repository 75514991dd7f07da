// Changing lists within.

/// Puts another element in the place of one.
enum LSet: Command {
  static let spec = CommandSpec(
    "lset", since: "1.0.0", group: .list, arity: .exactly(4), flags: [.write, .denyOutOfMemory],
    keys: [.one([.rw, .update])],
    complexity: "O(N) with N the number of elements between the index and the nearer end",
    summary: "Sets the element of a list at an index.", syntax: "key index element")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let entry = try call.find(1, as: .list, for: .write) else { throw .noSuchKey }
    let number = try call.integer(at: 2)
    let element = call.arguments[3]
    let limits = call.listLimits
    let isSet = call.keyspace[call.database].update(entry, as: ListValue.self) { list in
      list.prepare(bytes: element.count, count: 1, limits)
      guard let index = ListRange.index(number, of: list.count) else { return false }
      list.replace(at: index, with: element, limits)
      list.shrink(limits)
      return true
    }
    guard isSet else { throw .outOfRange }
    call.reply.ok()
    call.changed(1)
    call.notify(.list, "lset", 1)
  }
}

/// Adds an element beside another.
enum LInsert: Command {
  static let spec = CommandSpec(
    "linsert", since: "2.2.0", group: .list, arity: .exactly(5), flags: [.write, .denyOutOfMemory],
    keys: [.one([.rw, .insert])],
    complexity: "O(N) with N the number of elements from the head up to the pivot",
    summary: "Adds an element before or behind the first that equals the pivot.",
    syntax: "key <BEFORE | AFTER> pivot element")

  static func execute(_ call: inout Call) throws(CommandError) {
    let side: ListEnd
    if call.arguments[2].equalsIgnoringCase("after") {
      side = .tail
    } else if call.arguments[2].equalsIgnoringCase("before") {
      side = .head
    } else {
      throw .syntax
    }
    guard let entry = try call.find(1, as: .list, for: .write) else { return call.reply.integer(0) }
    let pivot = ListpackNeedle(call.arguments[3])
    let element = call.arguments[4]
    let limits = call.listLimits
    let length = call.keyspace[call.database].update(entry, as: ListValue.self) { list in
      // As in Redis, even where there turns out to be no pivot.
      list.prepare(bytes: element.count, count: 1, limits)
      guard let index = list.firstIndex(of: pivot) else { return -1 }
      list.insert(element, side, of: index, limits)
      return list.count
    }
    call.reply.integer(length)
    guard length > 0 else { return }
    call.changed(1)
    call.notify(.list, "linsert", 1)
  }
}

/// Removes elements by what they are.
enum LRem: Command {
  static let spec = CommandSpec(
    "lrem", since: "1.0.0", group: .list, arity: .exactly(4), flags: [.write], keys: [.one([.rw, .delete])],
    complexity: "O(N+M) with N the length of the list and M the number of elements removed",
    summary: "Removes elements that equal a value, from the head or (a negative count) from the tail.",
    syntax: "key count element")

  static func execute(_ call: inout Call) throws(CommandError) {
    let count = try call.symmetricInteger(at: 2)
    guard let entry = try call.find(1, as: .list, for: .write) else { return call.reply.integer(0) }
    let element = call.arguments[3]
    let limits = call.listLimits
    let (removed, isDeleted) = call.update(entry, 1, as: ListValue.self) { list in
      let removed = list.removeMatches(
        element, limit: count == 0 ? .max : Int(count.magnitude), from: count < 0 ? .tail : .head)
      if removed > 0 { list.shrink(limits) }
      return removed
    }
    if removed > 0 {
      call.notify(.list, "lrem", 1)
      if isDeleted { call.notify(.generic, "del", 1) }
      call.changed(1, count: removed)
    }
    call.reply.integer(removed)
  }
}

extension Call {
  /// Argument `index` as an integer whose opposite is one too.
  /// - Throws: `notInteger`, or with the range that was left.
  func symmetricInteger(at index: Int) throws(CommandError) -> Int64 {
    let value = try integer(at: index)
    guard value > .min else {
      throw .text("ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")
    }
    return value
  }
}

extension ListValue {
  /// The index of the first element that equals `wanted`.
  fileprivate func firstIndex(of wanted: ListpackNeedle) -> Int? {
    var index = 0
    var found: Int?
    forEach(from: 0, limit: .max, awayFrom: .head) { element in
      if wanted.matches(element) { found = index }
      index += 1
      return found == nil
    }
    return found
  }
}
