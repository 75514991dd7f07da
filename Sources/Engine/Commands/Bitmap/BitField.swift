// Numbers of any width within a string.

/// Reads and changes numbers of any width.
enum BitField: Command {
  static let spec = CommandSpec(
    "bitfield", since: "3.2.0", group: .bitmap, arity: .atLeast(2), flags: [.write, .denyOutOfMemory],
    keys: [.one([.rw, .access, .update, .variableFlags])], complexity: "O(1) for each operation",
    summary: "Reads, sets and adds to integers of any width within the string at a key.",
    syntax:
      "key [GET encoding offset | [OVERFLOW <WRAP | SAT | FAIL>] <SET encoding offset value | INCRBY encoding offset increment> [GET encoding offset | [OVERFLOW <WRAP | SAT | FAIL>] <SET encoding offset value | INCRBY encoding offset increment> ...]]"
  )

  static func execute(_ call: inout Call) throws(CommandError) {
    let operations = try call.bitFieldOperations()
    guard operations.contains(where: \.isWrite) else { return try call.replyBitFields(operations) }
    try call.changeBitFields(operations)
  }
}

/// Reads numbers of any width.
enum BitFieldReadOnly: Command {
  static let spec = CommandSpec(
    "bitfield_ro", since: "6.0.0", group: .bitmap, arity: .atLeast(2), flags: [.readOnly, .fast],
    keys: [.one([.ro, .access])], complexity: "O(1) for each operation",
    summary: "Reads integers of any width within the string at a key.",
    syntax: "key [GET encoding offset [GET encoding offset ...]]")

  static func execute(_ call: inout Call) throws(CommandError) {
    let operations = try call.bitFieldOperations()
    guard !operations.contains(where: \.isWrite) else {
      throw .text("ERR BITFIELD_RO only supports the GET subcommand")
    }
    try call.replyBitFields(operations)
  }
}

/// One operation of BITFIELD.
private struct BitFieldOperation {
  enum Action {
    case get
    case set(Int64)
    case add(Int64)
  }

  /// What becomes of a number that does not fit.
  enum Overflow { case wrap, saturate, fail }

  var action: Action
  var overflow: Overflow
  var format: BitFieldFormat
  /// Of its first bit.
  var offset: Int

  var isWrite: Bool { if case .get = action { false } else { true } }

  /// What the field holds after the operation, or nil where it stays as it is.
  func outcome(of old: Int64) -> Int64? {
    switch action {
    case .get: return old
    case .set(let value): return fitted(value, adding: 0)
    case .add(let increment): return fitted(old, adding: increment)
    }
  }

  private func fitted(_ value: Int64, adding increment: Int64) -> Int64? {
    let limit: Int64
    switch format.excess(of: value, adding: increment) {
    case .none: return value &+ increment
    case .above: limit = format.maximum
    case .below: limit = format.minimum
    }
    switch overflow {
    case .wrap: return format.truncate(UInt64(bitPattern: value &+ increment))
    case .saturate: return limit
    case .fail: return nil
    }
  }
}

/// How a field is read: `u8`, `i16`.
private struct BitFieldFormat {
  var isSigned: Bool
  /// 1 to 64 bits, unsigned to 63.
  var width: Int

  init(_ word: Bytes) throws(CommandError) {
    let first = word.isEmpty ? 0 : word[0]
    isSigned = first == UInt8(ascii: "i")
    guard isSigned || first == UInt8(ascii: "u"), let width = word.dropFirst(1).parseInt64(), width >= 1,
      width <= (isSigned ? 64 : 63)
    else {
      throw .text(
        "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.")
    }
    self.width = Int(width)
  }

  var maximum: Int64 { Int64(bitPattern: UInt64.max >> UInt64(64 - width + (isSigned ? 1 : 0))) }
  var minimum: Int64 { isSigned ? -maximum - 1 : 0 }

  /// The number that the low bits stand for.
  func truncate(_ bits: UInt64) -> Int64 {
    let up = UInt64(64 - width)
    return isSigned ? Int64(bitPattern: bits &<< up) &>> Int64(up) : Int64(bitPattern: (bits &<< up) &>> up)
  }

  enum Excess { case none, above, below }

  /// Whether a sum fits, judged by Redis's rules: to the letter also where a SET's value is so far below that
  /// they call it too large.
  func excess(of value: Int64, adding increment: Int64) -> Excess {
    isSigned ? signedExcess(value, increment) : unsignedExcess(UInt64(bitPattern: value), increment)
  }

  private func unsignedExcess(_ value: UInt64, _ increment: Int64) -> Excess {
    if value > UInt64(maximum) || increment > 0 && increment > maximum - Int64(value) { return .above }
    return increment < 0 && increment < -Int64(value) ? .below : .none
  }

  private func signedExcess(_ value: Int64, _ increment: Int64) -> Excess {
    let up = maximum &- value
    let down = minimum &- value
    if value > maximum || width != 64 && increment > up || value >= 0 && increment > 0 && increment > up {
      return .above
    }
    if value < minimum || width != 64 && increment < down || value < 0 && increment < 0 && increment < down {
      return .below
    }
    return .none
  }
}

extension Bytes {
  fileprivate func field(_ operation: BitFieldOperation) -> Int64 {
    operation.format.truncate(bitField(at: operation.offset, width: operation.format.width))
  }
}

extension Call {
  /// The operations among the arguments, each with the overflow rule in force.
  fileprivate func bitFieldOperations() throws(CommandError) -> [BitFieldOperation] {
    var operations: [BitFieldOperation] = []
    var overflow = BitFieldOperation.Overflow.wrap
    var index = 2
    while index < arguments.count {
      let word = arguments[index]
      let remaining = arguments.count - index - 1
      if word.equalsIgnoringCase("overflow"), remaining >= 1 {
        overflow = try bitFieldOverflow(arguments[index + 1])
        index += 2
        continue
      }
      let isGet = word.equalsIgnoringCase("get") && remaining >= 2
      let isSet = word.equalsIgnoringCase("set") && remaining >= 3
      guard isGet || isSet || word.equalsIgnoringCase("incrby") && remaining >= 3 else { throw .syntax }
      let format = try BitFieldFormat(arguments[index + 1])
      let offset = try bitOffset(at: index + 2, fieldWidth: format.width)
      var action = BitFieldOperation.Action.get
      if !isGet {
        let number = try integer(at: index + 3)
        action = isSet ? .set(number) : .add(number)
      }
      operations.append(BitFieldOperation(action: action, overflow: overflow, format: format, offset: offset))
      index += isGet ? 3 : 4
    }
    return operations
  }

  private func bitFieldOverflow(_ word: Bytes) throws(CommandError) -> BitFieldOperation.Overflow {
    if word.equalsIgnoringCase("wrap") { return .wrap }
    if word.equalsIgnoringCase("sat") { return .saturate }
    if word.equalsIgnoringCase("fail") { return .fail }
    throw .text("ERR Invalid OVERFLOW type specified")
  }

  /// Answers operations that only read.
  fileprivate mutating func replyBitFields(_ operations: [BitFieldOperation]) throws(CommandError) {
    let string = try findString(1, for: .read)?.string ?? .bytes(Bytes())
    reply.array(operations.count)
    string.withBytes { bytes in
      for operation in operations { reply.integer(bytes.field(operation)) }
    }
  }

  /// Does and answers operations some of which write. The string first grows up to the last bit they reach.
  fileprivate mutating func changeBitFields(_ operations: [BitFieldOperation]) throws(CommandError) {
    let lastBit = operations.reduce(0) { $1.isWrite ? max($0, $1.offset &+ $1.format.width &- 1) : $0 }
    let existing = try findString(1, for: .write)
    let isGrown = (existing?.string.count ?? 0) <= lastBit >> 3
    let block = openString(existing, minimumCount: lastBit >> 3 + 1).block
    if existing == nil { created(1) }
    var changes = 0
    reply.array(operations.count)
    for operation in operations {
      let old = block.bytes.field(operation)
      guard operation.isWrite else {
        reply.integer(old)
        continue
      }
      guard let new = operation.outcome(of: old) else {
        reply.null()
        continue
      }
      block.setBitField(at: operation.offset, width: operation.format.width, to: UInt64(bitPattern: new))
      if case .set = operation.action { reply.integer(old) } else { reply.integer(new) }
      if isGrown || old != new { changes += 1 }
    }
    guard changes > 0 else { return }
    changed(1, count: changes)
    notify(.string, "setbit", 1)
  }
}
