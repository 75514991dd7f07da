// Counting and finding bits in a string or a part of it.

/// Counts the bits that are set.
enum BitCount: Command {
  static let spec = CommandSpec(
    "bitcount", since: "2.6.0", group: .bitmap, arity: .atLeast(2), flags: [.readOnly],
    keys: [.one([.ro, .access])], complexity: "O(N) with N the bytes that are looked at",
    summary: "Counts the set bits of the string at a key, or of a part of it.",
    syntax: "key [start end [BYTE | BIT]]", history: [("7.0.0", "Added the `BYTE|BIT` option.")])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let string = try call.findString(1, for: .read)?.string else { return call.reply.integer(0) }
    switch call.arguments.count {
    case 2: call.reply.integer(string.withBytes { $0.countSetBits() })
    case 4, 5:
      let start = try call.integer(at: 2)
      let end = try call.integer(at: 3)
      if start < 0, end < 0, start > end { return call.reply.integer(0) }
      let unit = try call.arguments.count == 5 ? BitUnit(call.arguments[4]) : .byte
      let range = unit.range(start, end, in: string.count)
      call.reply.integer(string.withBytes { $0.countSetBits(in: range) })
    default: throw .syntax
    }
  }
}

/// Finds the first bit of a value.
enum BitPos: Command {
  static let spec = CommandSpec(
    "bitpos", since: "2.8.7", group: .bitmap, arity: .atLeast(3), flags: [.readOnly],
    keys: [.one([.ro, .access])], complexity: "O(N) with N the bytes that are looked at",
    summary: "Finds the first set or clear bit of the string at a key, or of a part of it.",
    syntax: "key bit [start [end [BYTE | BIT]]]", history: [("7.0.0", "Added the `BYTE|BIT` option.")])

  static func execute(_ call: inout Call) throws(CommandError) {
    let count = call.arguments.count
    let bit = try call.integer(at: 2)
    guard bit == 0 || bit == 1 else { throw .text("ERR The bit argument must be 1 or 0.") }
    guard let string = try call.findString(1, for: .read)?.string else { return call.reply.integer(bit == 1 ? -1 : 0) }
    guard count <= 6 else { throw .syntax }
    let start = count > 3 ? try call.integer(at: 3) : 0
    let unit = try count == 6 ? BitUnit(call.arguments[5]) : .byte
    let end = count > 4 ? try call.integer(at: 4) : -1
    let range = unit.range(start, end, in: string.count)
    guard !range.isEmpty else { return call.reply.integer(-1) }
    let position = string.withBytes { $0.firstBit(bit == 1, in: range) }
    // Where no end was named, what lies behind the string is zeros.
    call.reply.integer(position ?? (bit == 0 && count < 5 ? range.upperBound : -1))
  }
}

/// What the ends of a range count.
private enum BitUnit {
  case byte, bit

  init(_ word: Bytes) throws(CommandError) {
    if word.equalsIgnoringCase("bit") {
      self = .bit
    } else if word.equalsIgnoringCase("byte") {
      self = .byte
    } else {
      throw .syntax
    }
  }

  /// The bits from `start` to `end`, both included, of a string of `byteCount` bytes; negative ones count from the end.
  func range(_ start: Int64, _ end: Int64, in byteCount: Int) -> Range<Int> {
    let length = Int64(self == .bit ? byteCount * 8 : byteCount)
    let first = max(start < 0 ? start + length : start, 0)
    let last = min(max(end < 0 ? end + length : end, 0), length - 1)
    guard first <= last else { return 0..<0 }
    return self == .bit ? Int(first)..<Int(last) + 1 : Int(first) * 8..<(Int(last) + 1) * 8
  }
}
