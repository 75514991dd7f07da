// Values of fields as numbers. A field that expires goes on doing so.

/// Adds an integer to a field.
enum HIncrBy: Command {
  static let spec = CommandSpec(
    "hincrby", since: "2.0.0", group: .hash, arity: .exactly(4), flags: [.write, .denyOutOfMemory, .fast],
    keys: [.one([.rw, .access, .update])],
    summary: "Adds an integer to the one in a hash's field; a missing field counts as 0.",
    syntax: "key field increment")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let increment = call.arguments[3].parseInt64() else { throw .notInteger }
    let (entry, found) = call.fieldToChange(call.arguments[2], of: try call.hashToChange())
    guard let old = found.map({ $0.value.integer }) ?? 0 else { throw .text("ERR hash value is not an integer") }
    let (sum, overflows) = old.addingReportingOverflow(increment)
    guard !overflows else { throw .overflow }
    let limits = call.hashLimits
    NumberText(sum).withBytes { _ = call.setField(entry, call.arguments[2], to: $0, expiry: .keep, limits) }
    call.changed(1)
    call.notify(.hash, "hincrby", 1)
    call.reply.integer(sum)
  }
}

/// Adds a floating-point number to a field.
enum HIncrByFloat: Command {
  static let spec = CommandSpec(
    "hincrbyfloat", since: "2.6.0", group: .hash, arity: .exactly(4), flags: [.write, .denyOutOfMemory, .fast],
    keys: [.one([.rw, .access, .update])],
    summary: "Adds a floating-point number to the one in a hash's field; a missing field counts as 0.",
    syntax: "key field increment")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let increment = call.arguments[3].parseLongDouble() else { throw .notFloat }
    guard increment.isFinite else { throw .text("ERR value is NaN or Infinity") }
    let (entry, found) = call.fieldToChange(call.arguments[2], of: try call.hashToChange())
    guard let old = found.map({ $0.value.withBytes { $0.parseLongDouble() } }) ?? 0 else {
      throw .text("ERR hash value is not a float")
    }
    let sum = old + increment
    guard sum.isFinite else { throw .nanOrInfinity }
    let expires = found?.expiry != nil
    var text = ByteBuffer()
    text.append(human: sum)
    _ = call.setField(entry, call.arguments[2], to: text.bytes, expiry: .keep, call.hashLimits)
    call.changed(1)
    call.notify(.hash, "hincrbyfloat", 1)
    // The result, not the operation: another machine's arithmetic may differ in the last digit.
    if expires {
      call.replicate(
        "HSETEX", call.arguments[1], Bytes("KEEPTTL"), Bytes("FIELDS"), Bytes("1"), call.arguments[2], text.bytes)
    } else {
      call.replicate("HSET", call.arguments[1], call.arguments[2], text.bytes)
    }
    call.reply.bulk(text.bytes)
  }
}
