/// A command with the way its replies are compared.
struct Request: Sendable {
  let words: [[UInt8]]
  let comparison: Comparison

  init(_ words: [[UInt8]], _ comparison: Comparison = .exact) {
    (self.words, self.comparison) = (words, comparison)
  }

  init(_ words: String...) { self.init(words.map { Array($0.utf8) }) }

  var text: String { words.map { $0.quoted }.joined(separator: " ") }
}

/// What is done with both servers at once; the unit that shrinking leaves out or keeps.
enum Step {
  /// Commands that belong together, sent in a pipeline with those of other steps.
  case requests([Request])
  /// SPOP on ours; what it gave must be in Redis's set, and is removed there with SREM.
  case pop([[UInt8]])
  /// SCAN, HSCAN, SSCAN or ZSCAN from cursor 0 to its end: the same elements, whatever their order. The word at this
  /// index is the cursor.
  case scan([[UInt8]], cursor: Int)
  /// Data sets equal by DEBUG DIGEST; for each of the keys encoding, order in listpacks, and DUMP both ways.
  case check([[UInt8]])

  var text: String {
    switch self {
    case .requests(let requests): requests.map(\.text).joined(separator: " ; ")
    case .pop(let words): "(SREM on Redis what we gave) " + words.map { $0.quoted }.joined(separator: " ")
    case .scan(let words, _): "(to its end) " + words.map { $0.quoted }.joined(separator: " ")
    case .check(let keys):
      "(digests; encoding, order, DUMP and RESTORE of) " + keys.map { $0.quoted }.joined(separator: " ")
    }
  }

  var words: [[UInt8]] {
    switch self {
    case .requests(let requests): requests.flatMap(\.words)
    case .pop(let words), .scan(let words, _), .check(let words): words
    }
  }

  var count: Int { if case .requests(let requests) = self { requests.count } else { 1 } }
}
