// Keys that a replica which takes writes of its own must expire by itself.
extension Engine {
  /// Keys looked at in one period.
  private static var keysAtOnce: Int { 64 }

  /// Notes those of the request's keys that expire now. What the primary writes is its own again.
  @inline(never)
  mutating func noteLocalExpiries(_ entry: Catalogue.Entry) {
    if !call.isFromPrimary { call.replication.hasOwnWrites = true }
    guard call.isFromPrimary ? call.replication.localExpiries.count > 0 : !call.configuration.replicaReadOnly,
      let keys = call.catalogue.keys(entry.identity, call.arguments)
    else {
      return
    }
    for key in keys {
      let name = call.arguments[key.index]
      if call.isFromPrimary {
        call.replication.localExpiries.forget(LocalExpiries.Key(database: call.database, name: name.array))
        continue
      }
      guard let found = call.keyspace[call.database].find(name, hash: call.keyspace.hash(name)), found.hasExpiry else {
        continue
      }
      call.replication.localExpiries.note(LocalExpiries.Key(database: call.database, name: name.array))
    }
  }

  /// Looks at some of them, and deletes what is over.
  mutating func expireLocalKeys() {
    guard call.replication.localExpiries.count > 0 else { return }
    guard call.isReplica else { return call.replication.localExpiries.removeAll() }
    guard call.mayChangeUnasked else { return }
    for _ in 0..<min(Self.keysAtOnce, call.replication.localExpiries.count) {
      guard let key = call.replication.localExpiries.take() else { return }
      let isOver = key.name.withBytes { expireLocal($0, in: key.database) }
      if !isOver { call.replication.localExpiries.note(key) }
    }
  }

  /// - Returns: whether the key need not be looked at again: it is gone, or does not expire any more.
  private mutating func expireLocal(_ name: Bytes, in database: Int) -> Bool {
    let hash = call.keyspace.hash(name)
    guard let entry = call.keyspace[database].find(name, hash: hash), entry.hasExpiry else { return true }
    guard call.isExpired(entry) else { return false }
    call.expire(entry, hash: hash, in: database)
    return true
  }
}
