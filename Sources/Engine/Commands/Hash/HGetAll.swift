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

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let cursor = call.arguments[2].parseUInt64() else { throw .invalidCursor }
    guard let hash = try call.find(1, as: .hash, for: .read)?.hash else { return call.reply.scanned(0) }
    let options = try ScanOptions(call.arguments, from: 3, allowing: .noValues)
    let moment = call.fieldMoment
    // The cursor comes ahead of what is found on the way to it.
    var found = ByteBuffer()
    var matches = 0
    let next = options.walk(from: cursor) { position in
      var met = 0
      let next = hash.scan(cursor: position) { field, value, expiry in
        met += 1
        if let expiry, expiry < moment { return }
        field.withBytes { field in
          guard options.matches(field) else { return }
          matches += 1
          found.append(bulk: field)
          if options.hasValues { value.withBytes { found.append(bulk: $0) } }
        }
      }
      return (next, met)
    }
    call.reply.scanned(next, count: matches * (options.hasValues ? 2 : 1), found.bytes)
  }
}
