// For tests.
extension Database {
  /// Walks all of the database and stops where something is not as it must be.
  func checkInvariants() {
    table.checkInvariants()
    var (bytes, expiring, withExpiringFields) = (0, 0, 0)
    for bucket in 0..<table.bucketCount {
      var (entries, marked) = (0, 0)
      var isToBeSwept = false
      table.visit(bucket, onlyMarked: true) { _ in marked += 1 }
      table.visit(bucket, onlyMarked: false) { entry in
        entries += 1
        bytes += entry.totalBytes
        if entry.hasExpiry { expiring += 1 }
        if entry.holdsExpiringFields { withExpiringFields += 1 }
        if entry.hasExpiry || entry.holdsExpiringFields { isToBeSwept = true }
      }
      precondition(!isToBeSwept || marked == entries, "the sweep would not come here")
    }
    precondition(bytes == valueBytes, "a wrong account of memory")
    precondition(expiring == expiringCount, "a wrong count of expiring keys")
    precondition(withExpiringFields == hashesWithExpiringFields, "a wrong count of hashes with expiring fields")
  }
}
