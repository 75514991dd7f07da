// Keys that hold collections, as commands look them up and change them.

extension Call {
  /// The key of a given type at argument `index`, or nil where there is none or it has expired.
  /// - Throws: `wrongType` where the key holds something else.
  @inline(__always)
  mutating func find(_ index: Int, as type: ValueType, for lookup: Lookup) throws(CommandError) -> Entry? {
    guard let entry = find(index, for: lookup) else { return nil }
    guard entry.type == type else { throw .wrongType }
    return entry
  }

  /// Changes the collection of the key at argument `index`, and deletes the key where nothing is left in it.
  ///
  /// Tells nobody: the caller notes the change (`changed`) and its event, and after them `del` where this returns true.
  /// - Returns: what `body` returned, and whether the key was deleted; then `entry` must not be used again.
  @inline(__always)
  mutating func update<Value: CollectionValue, Result, Failure: Error>(
    _ entry: Entry, _ index: Int, as type: Value.Type, _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> (result: Result, isDeleted: Bool) {
    let result = try keyspace[database].update(entry, as: type, body)
    guard entry.collection(as: type).count == 0 else { return (result, false) }
    keyspace.remove(entry, hash: hash(index), in: database, lazily: false)
    return (result, true)
  }
}
