import Foundation
import Testing

@testable import Engine

/// What the table costs, printed and not judged. Only where asked for, and only optimised builds mean anything:
///
///     RINGDOVE_MEASURE=1 swift test -c release -Xswiftc -enable-testing --filter HashTableMeasurement
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["RINGDOVE_MEASURE"] != nil))
struct HashTableMeasurement {
  @Test(arguments: [10_000, 100_000, 800_000, 1_000_000, 1_600_000])
  func keysOfSixteenBytes(count: Int) {
    var random = RandomGenerator(seed: 1)
    let hash = KeyHash(secret: random.next(), random.next())
    var database = Database(hash: hash)
    let keys = (0..<count).map { Array(String($0 + 1_000_000_000_000_000).utf8) }
    report("insert", count) {
      for key in keys {
        key.withUnsafeBytes { buffer in
          let bytes = Bytes(buffer)
          database.setString(bytes, hash: hash(bytes), to: bytes, existing: nil, expiry: .remove, access: 0)
        }
      }
    }
    let order = (0..<1_000_000).map { _ in random.next(below: count) }
    var found = 0
    report("find, one by one", order.count) {
      for index in order {
        keys[index].withUnsafeBytes { buffer in
          let bytes = Bytes(buffer)
          if let entry = database.find(bytes, hash: hash(bytes)) { found += entry.keyCount }
        }
      }
    }
    #expect(found == order.count * 16)
    let furtherBuckets = database.table.checkInvariants()
    let table = Double(database.table.allocatedBytes) / Double(count)
    let entries = Double(database.valueBytes) / Double(count)
    print(
      "\(count) keys: table \(table) bytes a key, entries \(entries), further buckets \(furtherBuckets) of",
      database.table.bucketCount)
    report("sweep, nothing marked", database.table.bucketCount) {
      var position = 0
      repeat { position = database.table.sweep(from: position, limit: 16) { _ in true } } while position != 0
    }
    report("free", count) { while database.table.drain(limit: 64, { Database.free($0) }) {} }
  }

  private func report(_ what: String, _ count: Int, _ body: () -> Void) {
    let duration = ContinuousClock().measure(body)
    let nanoseconds = Double(duration.components.attoseconds) / 1e9 + Double(duration.components.seconds) * 1e9
    print("\(what): \((nanoseconds / Double(count)).rounded()) ns each")
  }
}
