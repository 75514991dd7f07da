/// What became of the data set's files, as INFO persistence tells it.
struct PersistenceRecord {
  /// Keys that the last load from a snapshot brought, and those it left out as expired.
  var loadedKeys = 0
  var expiredKeysAtLoad = 0
}
