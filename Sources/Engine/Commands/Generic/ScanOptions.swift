/// What SCAN, SSCAN, HSCAN and ZSCAN take besides key and cursor, and how far one call of them goes.
struct ScanOptions {
  /// The options that only some of them know.
  struct Extras: OptionSet {
    let rawValue: UInt8
    static let type = Extras(rawValue: 1)
    static let noValues = Extras(rawValue: 2)
  }

  /// Nil: everything matches.
  private var pattern: Bytes?
  /// How many elements to visit, about.
  private var count: Int64 = 10
  /// The name of the only type that is wanted.
  private(set) var type: Bytes?
  private(set) var hasValues = true

  /// - Throws: `syntax`, or `notInteger` for a count that is no number.
  init(_ arguments: Arguments, from start: Int, allowing extras: Extras = []) throws(CommandError) {
    var index = start
    while index < arguments.count {
      let word = arguments[index]
      if extras.contains(.noValues), word.equalsIgnoringCase("novalues") {
        hasValues = false
        index += 1
        continue
      }
      guard index + 1 < arguments.count else { throw .syntax }
      let value = arguments[index + 1]
      if word.equalsIgnoringCase("count") {
        guard let count = value.parseInt64() else { throw .notInteger }
        guard count >= 1 else { throw .syntax }
        self.count = count
      } else if word.equalsIgnoringCase("match") {
        pattern = value == Bytes("*") ? nil : value
      } else if extras.contains(.type), word.equalsIgnoringCase("type") {
        type = value
      } else {
        throw .syntax
      }
      index += 2
    }
  }

  func matches(_ element: Bytes) -> Bool { pattern.map { Glob.matches(element, pattern: $0) } ?? true }

  /// Goes on from a cursor until as many elements as wanted were met, the end is reached, or most of what was visited is
  /// empty: ten buckets, and one, for each element wanted, as in Redis.
  /// - Parameter step: visits one position, and says where to go on and how many elements were met.
  /// - Returns: the cursor to go on from.
  func walk(from start: UInt64, _ step: (UInt64) -> (next: UInt64, met: Int)) -> UInt64 {
    var cursor = start
    var turns = count.multipliedReportingOverflow(by: 10).overflow ? Int64.max : count * 10
    var met: Int64 = 0
    repeat {
      let visited = step(cursor)
      cursor = visited.next
      met += Int64(visited.met)
      turns -= 1
    } while cursor != 0 && turns >= 0 && met < count
    return cursor
  }
}

extension ReplyWriter {
  /// The answer of the scans: the cursor, then `count` elements that are bulk strings already.
  mutating func scanned(_ next: UInt64, count: Int = 0, _ elements: Bytes = Bytes()) {
    array(2)
    NumberText(next).withBytes { bulk($0) }
    array(count)
    raw(elements)
  }
}
