// `FIELDS numfields field [field ...]`, and the times that fields are given.

extension Call {
  /// The fields that `FIELDS` at `index` is followed by, up to the last argument.
  /// - Parameter refusal: what is said of a number that is none, or not positive.
  /// - Returns: the index of the first field.
  func fields(at index: Int, refusal: StaticString) throws(CommandError) -> Int {
    guard index < arguments.count, arguments[index].equalsIgnoringCase("fields") else {
      throw .text("ERR Mandatory argument FIELDS is missing or not at the right position")
    }
    guard index + 1 < arguments.count, let count = arguments[index + 1].parseInt64(), count > 0 else {
      throw .text(refusal)
    }
    guard count == Int64(arguments.count - index - 2) else {
      throw .text("ERR The `numfields` parameter must match the number of arguments")
    }
    return index + 2
  }

  /// The moment that argument `index` means as a field's expiry, milliseconds since 1970. Unlike a key's, it may be
  /// now, and must lie within 2⁴⁶ ms (the year 4199).
  func fieldExpiryMoment(_ unit: StringOptions.Unit, at index: Int) throws(CommandError) -> Int64 {
    let latest = Int64(1) << 46 - 1
    let amount = try integer(at: index)
    guard amount >= 0 else { throw .text("ERR invalid expire time, must be >= 0") }
    let isSeconds = unit == .seconds || unit == .unixSeconds
    let start = unit == .seconds || unit == .milliseconds ? now.unixMilliseconds : 0
    guard amount <= (isSeconds ? latest / 1000 : latest), amount * (isSeconds ? 1000 : 1) <= latest - start else {
      throw .invalidExpiry(catalogue.specs[identity].name.description)
    }
    return amount * (isSeconds ? 1000 : 1) + start
  }

  /// Sets the expiry of a field that is there.
  mutating func setFieldExpiry(_ name: Bytes, of entry: Entry, to expiry: Int64?) {
    keyspace[database].update(entry, as: HashValue.self) { $0.setExpiry(of: name, to: expiry) }
  }

  /// Deletes a field that was given an expiry in the past, and declares that.
  mutating func deleteField(_ name: Bytes, of entry: Entry) {
    declareFieldDeleted(name)
    _ = keyspace[database].update(entry, as: HashValue.self) { $0.remove(name) }
    statistics.expiredFields += 1
  }

  /// Declares, instead of the request, a command on some of the fields that were its arguments.
  /// - Parameters:
  ///   - moment: an argument ahead of the fields, where there is one.
  ///   - indices: of the fields among the arguments.
  mutating func replicateFields(_ name: StaticString, moment: Int64?, _ indices: borrowing Slab<Int>) {
    pendingEffects.isDeclared = true
    guard writesLog, !indices.isEmpty else { return }
    pendingEffects.begin(database: database, count: (moment == nil ? 4 : 5) + indices.count)
    pendingEffects.append(Bytes(name))
    pendingEffects.append(arguments[1])
    if let moment { NumberText(moment).withBytes { pendingEffects.append($0) } }
    pendingEffects.append(Bytes("FIELDS"))
    NumberText(Int64(indices.count)).withBytes { pendingEffects.append($0) }
    for place in 0..<indices.count { pendingEffects.append(arguments[indices[place]]) }
  }
}
