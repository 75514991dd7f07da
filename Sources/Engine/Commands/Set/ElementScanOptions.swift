/// What SSCAN takes besides the key and the cursor.
struct ElementScanOptions {
  /// Nil: everything matches.
  private var pattern: Bytes?
  /// How many elements to visit, about.
  private(set) var count: Int64 = 10

  /// - Throws: `syntax`, or `notInteger` for a count that is no number.
  init(_ arguments: Arguments, from start: Int) throws(CommandError) {
    var index = start
    while index < arguments.count {
      guard index + 1 < arguments.count else { throw .syntax }
      let value = arguments[index + 1]
      if arguments[index].equalsIgnoringCase("count") {
        guard let count = value.parseInt64() else { throw .notInteger }
        guard count >= 1 else { throw .syntax }
        self.count = count
      } else if arguments[index].equalsIgnoringCase("match") {
        pattern = value == Bytes("*") ? nil : value
      } else {
        throw .syntax
      }
      index += 2
    }
  }

  /// How many buckets to visit at most, where most are empty.
  var mostTurns: Int64 { count.multipliedReportingOverflow(by: 10).overflow ? .max : count * 10 }

  func matches(_ element: Bytes) -> Bool { pattern.map { Glob.matches(element, pattern: $0) } ?? true }
}
