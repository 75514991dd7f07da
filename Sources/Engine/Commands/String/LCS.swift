/// Returns the longest common subsequence of two strings: itself, its length, or where it is in both.
enum LCS: Command {
  static let spec = CommandSpec(
    "lcs", since: "7.0.0", group: .string, arity: .atLeast(3), flags: [.readOnly],
    keys: [.range([.ro, .access], last: 1)],
    complexity: "O(N*M) time and memory with N and M the lengths of the strings",
    summary: "Finds the longest common subsequence of two strings.",
    syntax: "key1 key2 [LEN] [IDX] [MINMATCHLEN min-match-len] [WITHMATCHLEN]")

  static func execute(_ call: inout Call) throws(CommandError) {
    let first = call.find(1, for: .read)
    let second = call.find(2, for: .read)
    guard first?.type ?? .string == .string, second?.type ?? .string == .string else {
      throw .text("ERR The specified keys must contain string values")
    }
    let options = try Options(call.arguments)
    let left = text(first)
    let right = text(second)
    try checkLengths(left.count, right.count, limit: call.configuration.protoMaxBulkLen)
    let table = CommonSubsequences(left.bytes, right.bytes)
    if options.wantsIndexes {
      reply(table, left.bytes, right.bytes, options, &call)
    } else if options.wantsLength {
      call.reply.integer(table.total)
    } else {
      call.reply.bulk(table.subsequence(left.bytes, right.bytes))
    }
  }

  private struct Options {
    var wantsLength = false
    var wantsIndexes = false
    var wantsMatchLengths = false
    var leastMatch: Int64 = 0

    init(_ arguments: Arguments) throws(CommandError) {
      var index = 3
      while index < arguments.count {
        let word = arguments[index]
        if word.equalsIgnoringCase("idx") {
          wantsIndexes = true
        } else if word.equalsIgnoringCase("len") {
          wantsLength = true
        } else if word.equalsIgnoringCase("withmatchlen") {
          wantsMatchLengths = true
        } else if word.equalsIgnoringCase("minmatchlen"), index + 1 < arguments.count {
          guard let least = arguments[index + 1].parseInt64() else { throw .notInteger }
          leastMatch = max(least, 0)
          index += 1
        } else {
          throw .syntax
        }
        index += 1
      }
      guard !wantsLength || !wantsIndexes else {
        throw .text("ERR If you want both the length and indexes, please just use IDX.")
      }
    }
  }

  private static func text(_ entry: Entry?) -> ByteBuffer {
    var text = ByteBuffer()
    entry?.string.withBytes { text.append($0) }
    return text
  }

  private static func checkLengths(_ left: Int, _ right: Int, limit: Int) throws(CommandError) {
    guard left < Int(UInt32.max) - 1, right < Int(UInt32.max) - 1 else { throw .text("ERR String too long for LCS") }
    let (bytes, isTooLarge) = ((left + 1) * (right + 1)).multipliedReportingOverflow(by: 4)
    guard !isTooLarge, bytes <= limit else {
      throw .text("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len")
    }
  }

  /// Answers where the subsequence is, its last piece first.
  private static func reply(
    _ table: CommonSubsequences, _ left: Bytes, _ right: Bytes, _ options: Options, _ call: inout Call
  ) {
    call.reply.map(2)
    call.reply.bulk("matches")
    let mark = call.reply.openAggregate()
    var pieces = 0
    table.forEachPiece(left, right) { leftStart, rightStart, length in
      guard length >= options.leastMatch else { return }
      pieces += 1
      call.reply.array(options.wantsMatchLengths ? 3 : 2)
      for start in [leftStart, rightStart] {
        call.reply.array(2)
        call.reply.integer(start)
        call.reply.integer(start + length - 1)
      }
      if options.wantsMatchLengths { call.reply.integer(length) }
    }
    call.reply.close(mark, array: pieces)
    call.reply.bulk("len")
    call.reply.integer(table.total)
  }
}

/// Lengths of the longest common subsequences of all beginnings of two strings: the table of the textbook algorithm.
private struct CommonSubsequences {
  private var lengths: [UInt32]
  private let width: Int
  private let height: Int

  init(_ left: Bytes, _ right: Bytes) {
    width = right.count + 1
    height = left.count + 1
    lengths = [UInt32](repeating: 0, count: width * height)
    for row in 1..<max(height, 1) {
      let byte = left[row - 1]
      let base = row * width
      for column in 1..<max(width, 1) {
        lengths[base + column] =
          byte == right[column - 1]
          ? lengths[base - width + column - 1] + 1
          : max(lengths[base - width + column], lengths[base + column - 1])
      }
    }
  }

  /// The length of the longest subsequence of both strings whole.
  var total: Int { Int(lengths[lengths.count - 1]) }

  private func length(_ row: Int, _ column: Int) -> UInt32 { lengths[row * width + column] }

  /// Walks back from the ends along one longest subsequence.
  /// - Parameter body: gets the positions of each byte of it, last first.
  private func forEachMatch(_ left: Bytes, _ right: Bytes, _ body: (_ left: Int, _ right: Int) -> Void) {
    var (row, column) = (height - 1, width - 1)
    while row > 0, column > 0 {
      if left[row - 1] == right[column - 1] {
        row -= 1
        column -= 1
        body(row, column)
      } else if length(row - 1, column) > length(row, column - 1) {
        row -= 1
      } else {
        column -= 1
      }
    }
  }

  func subsequence(_ left: Bytes, _ right: Bytes) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: total)
    var position = total
    forEachMatch(left, right) { index, _ in
      position -= 1
      result[position] = left[index]
    }
    return result
  }

  /// Calls `body` with each run of bytes that stand side by side in both strings, the last first.
  func forEachPiece(_ left: Bytes, _ right: Bytes, _ body: (_ left: Int, _ right: Int, _ length: Int) -> Void) {
    var piece: (left: Int, right: Int, length: Int)?
    forEachMatch(left, right) { leftIndex, rightIndex in
      if let open = piece, open.left == leftIndex + 1, open.right == rightIndex + 1 {
        piece = (leftIndex, rightIndex, open.length + 1)
      } else {
        if let open = piece { body(open.left, open.right, open.length) }
        piece = (leftIndex, rightIndex, 1)
      }
    }
    if let open = piece { body(open.left, open.right, open.length) }
  }
}
