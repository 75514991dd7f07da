// Reading a hash whole. Fields that have expired are passed over.

/// Returns all fields and values.
enum HGetAll: Command {
  static let spec = CommandSpec(
    "hgetall", since: "2.0.0", group: .hash, arity: .exactly(2), flags: [.readOnly], keys: [.one([.ro, .access])],
    complexity: "O(N) with N the number of fields", summary: "Returns all fields and values of a hash.",
    syntax: "key", tips: ["nondeterministic_output_order"])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let hash = try call.find(1, as: .hash, for: .read)?.hash else { return call.reply.map(0) }
    let moment = call.fieldMoment
    call.reply.map(hash.count(notBefore: moment))
    hash.forEach { field, value, expiry in
      if let expiry, expiry < moment { return }
      call.reply.bulk(field)
      call.reply.bulk(value)
    }
  }
}

/// Returns all fields.
enum HKeys: Command {
  static let spec = CommandSpec(
    "hkeys", since: "2.0.0", group: .hash, arity: .exactly(2), flags: [.readOnly], keys: [.one([.ro, .access])],
    complexity: "O(N) with N the number of fields", summary: "Returns all fields of a hash.", syntax: "key",
    tips: ["nondeterministic_output_order"])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let hash = try call.find(1, as: .hash, for: .read)?.hash else { return call.reply.array(0) }
    let moment = call.fieldMoment
    call.reply.array(hash.count(notBefore: moment))
    hash.forEach { field, _, expiry in
      if let expiry, expiry < moment { return }
      call.reply.bulk(field)
    }
  }
}

/// Returns all values.
enum HVals: Command {
  static let spec = CommandSpec(
    "hvals", since: "2.0.0", group: .hash, arity: .exactly(2), flags: [.readOnly], keys: [.one([.ro, .access])],
    complexity: "O(N) with N the number of fields", summary: "Returns all values of a hash.", syntax: "key",
    tips: ["nondeterministic_output_order"])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let hash = try call.find(1, as: .hash, for: .read)?.hash else { return call.reply.array(0) }
    let moment = call.fieldMoment
    call.reply.array(hash.count(notBefore: moment))
    hash.forEach { _, value, expiry in
      if let expiry, expiry < moment { return }
      call.reply.bulk(value)
    }
  }
}

/// Returns fields a few at a time.
///
/// What is in the hash from the first call to the last is returned, at least once. A listpack is returned whole.
enum HScan: Command {
  static let spec = CommandSpec(
    "hscan", since: "2.8.0", group: .hash, arity: .atLeast(3), flags: [.readOnly], keys: [.one([.ro, .access])],
    complexity: "O(1) for a call, O(N) for all until the cursor is 0 again",
    summary: "Returns a hash's fields and values a few at a time.",
    syntax: "key cursor [MATCH pattern] [COUNT count] [NOVALUES]", tips: ["nondeterministic_output"])

  private struct Options {
    var pattern: Bytes?
    var count: Int64 = 10
    var hasValues = true
  }

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let cursor = call.arguments[2].parseUInt64() else { throw .invalidCursor }
    guard let hash = try call.find(1, as: .hash, for: .read)?.hash else {
      return call.reply.raw("*2\r\n$1\r\n0\r\n*0\r\n")
    }
    let options = try options(call.arguments)
    var (next, left) = (cursor, options.count.multipliedReportingOverflow(by: 10))
    if left.overflow { left.partialValue = .max }
    // The cursor goes ahead of what it is found by: the fields wait aside.
    var found = Slab<HashFieldText>(capacity: 16)
    var text = ByteBuffer()
    var met: Int64 = 0
    repeat {
      next = hash.scan(cursor: next) { field, value, expiry in
        met += 1
        if let expiry, expiry < call.fieldMoment { return }
        field.withBytes { field in
          if let pattern = options.pattern, !Glob.matches(field, pattern: pattern) { return }
          text.append(field)
          if options.hasValues { value.withBytes { text.append($0) } }
          found.append(HashFieldText(field: field.count, value: options.hasValues ? value.count : -1))
        }
      }
      left.partialValue -= 1
    } while next != 0 && left.partialValue >= 0 && met < options.count
    reply(&call, next, text.bytes, found, hasValues: options.hasValues)
  }

  private static func reply(
    _ call: inout Call, _ next: UInt64, _ text: Bytes, _ found: borrowing Slab<HashFieldText>, hasValues: Bool
  ) {
    call.reply.array(2)
    NumberText(next).withBytes { call.reply.bulk($0) }
    call.reply.array(found.count * (hasValues ? 2 : 1))
    var offset = 0
    for index in 0..<found.count {
      call.reply.bulk(text[offset..<offset + found[index].field])
      offset += found[index].field
      guard hasValues else { continue }
      call.reply.bulk(text[offset..<offset + found[index].value])
      offset += found[index].value
    }
  }

  private static func options(_ arguments: Arguments) throws(CommandError) -> Options {
    var options = Options()
    var index = 3
    while index < arguments.count {
      let word = arguments[index]
      let hasNext = index + 1 < arguments.count
      if hasNext, word.equalsIgnoringCase("count") {
        guard let count = arguments[index + 1].parseInt64() else { throw .notInteger }
        if count < 1 { throw .syntax }
        options.count = count
        index += 2
      } else if hasNext, word.equalsIgnoringCase("match") {
        options.pattern = arguments[index + 1] == Bytes("*") ? nil : arguments[index + 1]
        index += 2
      } else if word.equalsIgnoringCase("novalues") {
        options.hasValues = false
        index += 1
      } else {
        throw .syntax
      }
    }
    return options
  }
}

/// How long a field's name and value are, among others set down one behind the other.
struct HashFieldText: BitwiseCopyable {
  var field: Int
  var value: Int
}
