/// The options that follow the value in SET and the key in GETEX: parsed in one place, by Redis's rule of what may
/// stand beside what.
struct StringOptions {
  /// What becomes of the key's expiry.
  enum Lifetime {
    /// No word of it.
    case unsaid
    case keep
    case persist
    /// Seconds or milliseconds from now (EX, PX) or since 1970 (EXAT, PXAT): the argument at `index`.
    case expiry(unit: Unit, index: Int)
  }

  enum Unit { case seconds, milliseconds, unixSeconds, unixMilliseconds }

  /// On what it depends whether SET sets. Those that compare name the argument they compare with.
  enum Condition: Equatable {
    case none, absent, present
    case equal(Int)
    case different(Int)
    case digestEqual(Int)
    case digestDifferent(Int)
  }

  /// Which command the options belong to.
  enum Owner { case set, getEx, setSeveral }

  var lifetime = Lifetime.unsaid
  var condition = Condition.none
  var returnsOld = false

  /// - Parameter start: index of the first option.
  /// - Throws: `syntax`.
  init(_ arguments: Arguments, from start: Int, of owner: Owner) throws(CommandError) {
    var index = start
    while index < arguments.count {
      let word = arguments[index]
      let hasNext = index + 1 < arguments.count
      if owner != .getEx, condition == .none || condition == .absent, word.equalsIgnoringCase("nx") {
        condition = .absent
      } else if owner != .getEx, condition == .none || condition == .present, word.equalsIgnoringCase("xx") {
        condition = .present
      } else if owner == .set, condition == .none, hasNext, let comparison = Condition(word, valueAt: index + 1) {
        condition = comparison
        index += 1
      } else if owner == .set, word.equalsIgnoringCase("get") {
        returnsOld = true
      } else if owner != .getEx, allows(.keep), word.equalsIgnoringCase("keepttl") {
        lifetime = .keep
      } else if owner == .getEx, allows(.persist), word.equalsIgnoringCase("persist") {
        lifetime = .persist
      } else if hasNext, let unit = Self.unit(word), allows(.expiry(unit: unit, index: index + 1)) {
        lifetime = .expiry(unit: unit, index: index + 1)
        index += 1
      } else {
        throw .syntax
      }
      index += 1
    }
  }

  private static func unit(_ word: Bytes) -> Unit? {
    if word.equalsIgnoringCase("ex") { return .seconds }
    if word.equalsIgnoringCase("px") { return .milliseconds }
    if word.equalsIgnoringCase("exat") { return .unixSeconds }
    if word.equalsIgnoringCase("pxat") { return .unixMilliseconds }
    return nil
  }

  /// Whether `new` may follow what was said of the lifetime: the same word may come again, another may not.
  private func allows(_ new: Lifetime) -> Bool {
    switch (lifetime, new) {
    case (.unsaid, _), (.keep, .keep), (.persist, .persist): true
    case (.expiry(let old, _), .expiry(let unit, _)): old == unit
    default: false
    }
  }
}

extension Call {
  /// The moment that argument `index` means as an expiry, milliseconds since 1970.
  /// - Throws: `notInteger`, or `invalidExpiry` where it is not positive or out of range.
  func expiryMoment(_ unit: StringOptions.Unit, at index: Int) throws(CommandError) -> Int64 {
    guard let amount = arguments[index].parseInt64() else { throw .notInteger }
    let isSeconds = unit == .seconds || unit == .unixSeconds
    let isRelative = unit == .seconds || unit == .milliseconds
    let (milliseconds, isTooLarge) = amount.multipliedReportingOverflow(by: isSeconds ? 1000 : 1)
    let (moment, isTooLate) = milliseconds.addingReportingOverflow(isRelative ? now.unixMilliseconds : 0)
    guard amount > 0, !isTooLarge, !isTooLate else {
      throw .invalidExpiry(catalogue.specs[identity].name.description)
    }
    return moment
  }

  /// Sets the key at argument 1 to a string, as SET and its kin do, and counts the change.
  @inline(__always)
  mutating func setString(_ value: Bytes, existing: Entry?, expiry: Database.ExpiryChange, event: StaticString = "set")
  {
    keyspace[database].setString(
      arguments[1], hash: hash(1), to: value, existing: existing, expiry: expiry, access: freshAccess)
    changed(1)
    if !configuration.notifyKeyspaceEvents.isEmpty {
      if existing == nil { created(1) }
      notify(.string, event, 1)
    }
  }

  /// Sets the key at argument 1 to a string that expires, and declares that with the moment it expires at.
  mutating func setString(_ value: Bytes, expiringAt moment: Int64) {
    setString(value, existing: find(1, for: .write), expiry: .at(moment))
    notify(.generic, "expire", 1)
    NumberText(moment).withBytes { replicate("SET", arguments[1], value, Bytes("PXAT"), $0) }
  }

  /// Whether a string of so many bytes would be longer than clients may send one. The primary's word is taken.
  /// - Throws: `stringTooLong`.
  func checkStringLength(_ count: Int, adding more: Int) throws(CommandError) {
    if isFromPrimary { return }
    let (total, isTooLarge) = count.addingReportingOverflow(more)
    guard !isTooLarge, total <= configuration.protoMaxBulkLen else { throw .stringTooLong }
  }
}
