/// Returns fields chosen by chance.
///
/// With a positive count each field at most once; with a negative one as many as asked, each by itself.
enum HRandField: Command {
  static let spec = CommandSpec(
    "hrandfield", since: "6.2.0", group: .hash, arity: .atLeast(2), flags: [.readOnly],
    keys: [.one([.ro, .access])], complexity: "O(N) with N the number of fields returned",
    summary: "Returns fields of a hash chosen at random.", syntax: "key [count [WITHVALUES]]",
    tips: ["nondeterministic_output"])

  /// Fields of an expiring hash that one request takes out before it chooses, roughly.
  private static var expiryLimit: Int { 4096 }
  /// Fields that one request may ask for with repetitions. Redis sets no limit and runs until memory is used up.
  private static var repetitionLimit: Int64 { 1 << 24 }

  static func execute(_ call: inout Call) throws(CommandError) {
    let arguments = call.arguments
    guard arguments.count > 2 else {
      guard let hash = try find(&call) else { return call.reply.null() }
      return forEachOf(hash, &call, count: 1) { call, field, _ in call.reply.bulk(field) }
    }
    guard let count = arguments[2].parseInt64() else { throw .notInteger }
    guard count >= -Int64.max else {
      throw .text("ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")
    }
    guard arguments.count == 3 || arguments.count == 4 && arguments[3].equalsIgnoringCase("withvalues") else {
      throw .syntax
    }
    let hasValues = arguments.count == 4
    if hasValues, count < -Int64.max / 2 || count > Int64.max / 2 { throw .text("ERR value is out of range") }
    guard let hash = try find(&call), count != 0 else { return call.reply.array(0) }
    if count < -repetitionLimit { throw .text("ERR value is out of range") }
    let moment = call.fieldMoment
    let wanted = count < 0 ? Int(-count) : Int(min(count, Int64(hash.count(notBefore: moment))))
    call.reply.array(hasValues && call.reply.version == 2 ? wanted * 2 : wanted)
    if count < 0 {
      forEachOf(hash, &call, count: wanted) { call, field, value in write(&call, field, hasValues ? value : nil) }
    } else {
      forEachDifferent(hash, &call, count: wanted) { call, field, value in
        write(&call, field, hasValues ? value : nil)
      }
    }
  }

  /// The hash at argument 1 without fields that have expired, as far as they can be taken out here and now.
  private static func find(_ call: inout Call) throws(CommandError) -> HashValue? {
    guard let entry = try call.find(1, as: .hash, for: .read) else { return nil }
    let moment = call.fieldMoment
    guard entry.hash.earliestExpiry < moment else { return entry.hash }
    if call.mayExpire {
      let outcome = call.expireFields(of: entry, hash: call.hash(1), in: call.database, limit: expiryLimit)
      if outcome.isDeleted { return nil }
    }
    return entry.hash.count(notBefore: moment) > 0 ? entry.hash : nil
  }

  private static func write(_ call: inout Call, _ field: StringValue, _ value: StringValue?) {
    guard let value else { return call.reply.bulk(field) }
    if call.reply.version == 3 { call.reply.array(2) }
    call.reply.bulk(field)
    call.reply.bulk(value)
  }

  /// Chooses `count` times, each time among all fields that are not hidden, of which there is one at least.
  private static func forEachOf(
    _ hash: HashValue, _ call: inout Call, count: Int, _ body: (inout Call, StringValue, StringValue) -> Void
  ) {
    let moment = call.fieldMoment
    for _ in 0..<count {
      var isChosen = false
      while !isChosen {
        var random = call.random
        let next = { random.next() }
        hash.withRandomField(next) { field, value, expiry in
          if let expiry, expiry < moment { return }
          isChosen = true
          body(&call, field, value)
        }
        call.random = random
      }
    }
  }

  /// Chooses `count` different fields among those that are not hidden, of which there are as many at least.
  private static func forEachDifferent(
    _ hash: HashValue, _ call: inout Call, count: Int, _ body: (inout Call, StringValue, StringValue) -> Void
  ) {
    let moment = call.fieldMoment
    var left = hash.count(notBefore: moment)
    var wanted = count
    guard hash.encoding == .hashTable, count * 3 <= left else {
      // One walk: each field with the chance that as many are wanted of so many left.
      return hash.forEach { field, value, expiry in
        if let expiry, expiry < moment { return }
        if wanted > 0, call.random.next(below: left) < wanted {
          wanted -= 1
          body(&call, field, value)
        }
        left -= 1
      }
    }
    // Few of many: chosen one by one, those that come again left out.
    var chosen = Set<UInt>()
    while chosen.count < count {
      var random = call.random
      if let field = hash.randomField({ random.next() }), field.expiry.map({ $0 >= moment }) ?? true,
        chosen.insert(field.address).inserted
      {
        body(&call, .bytes(field.key), .bytes(field.value))
      }
      call.random = random
    }
  }
}
