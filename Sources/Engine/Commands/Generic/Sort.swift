/// Sorts the elements of a list, a set or a sorted set, and returns or stores them.
enum Sort: Command {
  static let spec = CommandSpec(
    "sort", since: "1.0.0", group: .generic, arity: .atLeast(2), flags: [.write, .denyOutOfMemory, .followsPatterns],
    keys: [
      .one([.ro, .access]),
      // Of BY and GET: their names come from what is sorted.
      KeySpec([.ro, .access], begin: .unknown, find: .unknown),
      // Of STORE, which may stand anywhere.
      KeySpec([.ow, .update], begin: .unknown, find: .unknown),
    ], categories: [.set, .sortedSet, .list, .dangerous],
    complexity: "O(N+M*log(M)) with N the number of elements and M of those returned; O(N) unsorted",
    summary: "Sorts the elements of a list, a set or a sorted set, and returns or stores them.",
    syntax: """
      key [BY by-pattern] [LIMIT offset count] [GET get-pattern [GET get-pattern ...]] [ASC | DESC] [ALPHA] \
      [STORE destination]
      """)

  static func execute(_ call: inout Call) throws(CommandError) {
    let options = try SortOptions(call.arguments, mayStore: true)
    try call.sort(options)
  }

  /// The key, and the last one that STORE names; what follows BY, GET and LIMIT is no keyword.
  static func keyIndices(_ arguments: Arguments) -> [Int]? {
    var target: Int?
    var index = 2
    while index < arguments.count {
      let word = arguments[index]
      if word.equalsIgnoringCase("limit") {
        index += 2
      } else if word.equalsIgnoringCase("by") || word.equalsIgnoringCase("get") {
        index += 1
      } else if word.equalsIgnoringCase("store"), index + 1 < arguments.count {
        target = index + 1
      }
      index += 1
    }
    return [1] + (target.map { [$0] } ?? [])
  }
}

/// As SORT, but stores nothing.
enum SortReadOnly: Command {
  static let spec = CommandSpec(
    "sort_ro", since: "7.0.0", group: .generic, arity: .atLeast(2), flags: [.readOnly, .followsPatterns],
    keys: [.one([.ro, .access]), KeySpec([.ro, .access], begin: .unknown, find: .unknown)],
    categories: [.set, .sortedSet, .list, .dangerous],
    complexity: "O(N+M*log(M)) with N the number of elements and M of those returned; O(N) unsorted",
    summary: "Sorts the elements of a list, a set or a sorted set, and returns them.",
    syntax: "key [BY by-pattern] [LIMIT offset count] [GET get-pattern [GET get-pattern ...]] [ASC | DESC] [ALPHA]")

  static func execute(_ call: inout Call) throws(CommandError) {
    let options = try SortOptions(call.arguments, mayStore: false)
    try call.sort(options)
  }

  static func keyIndices(_ arguments: Arguments) -> [Int]? { [1] }
}

/// What SORT takes besides the key.
struct SortOptions {
  private(set) var isDescending = false
  /// Whether elements are compared as text, not as numbers.
  private(set) var isAlphabetic = false
  private(set) var offset: Int64 = 0
  /// Negative: no limit.
  private(set) var limit: Int64 = -1
  /// Nil: elements are compared by themselves.
  private(set) var by: SortPattern?
  /// Whether elements stay in the order they have: BY has a pattern without a place for them.
  private(set) var keepsOrder = false
  /// Empty: the elements themselves are wanted.
  private(set) var get: [SortPattern] = []
  /// The argument that says where the outcome is to be stored.
  private(set) var storeIndex: Int?

  init(_ arguments: Arguments, mayStore: Bool) throws(CommandError) {
    var index = 2
    while index < arguments.count {
      let word = arguments[index]
      let rest = arguments.count - index - 1
      if word.equalsIgnoringCase("asc") {
        isDescending = false
      } else if word.equalsIgnoringCase("desc") {
        isDescending = true
      } else if word.equalsIgnoringCase("alpha") {
        isAlphabetic = true
      } else if word.equalsIgnoringCase("limit"), rest >= 2 {
        guard let offset = arguments[index + 1].parseInt64(), let limit = arguments[index + 2].parseInt64() else {
          throw .notInteger
        }
        (self.offset, self.limit) = (offset, limit)
        index += 2
      } else if mayStore, word.equalsIgnoringCase("store"), rest >= 1 {
        storeIndex = index + 1
        index += 1
      } else if word.equalsIgnoringCase("by"), rest >= 1 {
        by = SortPattern(arguments[index + 1])
        keepsOrder = keepsOrder || by?.isConstant == true
        index += 1
      } else if word.equalsIgnoringCase("get"), rest >= 1 {
        get.append(SortPattern(arguments[index + 1]))
        index += 1
      } else {
        throw .syntax
      }
      index += 1
    }
  }

  /// Which of `count` elements are wanted.
  func range(of count: Int) -> Range<Int> {
    let start = Int(min(max(offset, 0), Int64(count)))
    guard limit >= 0 else { return start..<count }
    return start..<(start + Int(min(limit, Int64(count - start))))
  }

  /// Has a set sorted as text whose order would else be left to chance: what is stored must be the same everywhere.
  mutating func sortForStorage() {
    keepsOrder = false
    isAlphabetic = true
    by = nil
  }
}
