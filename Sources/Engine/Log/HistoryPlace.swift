/// A place in a history of the replication log: what a replica must name to go on from there.
struct HistoryPlace: Equatable {
  /// The history, 40 hexadecimal digits.
  var identifier: [UInt8]
  /// Bytes of the stream since the history began.
  var offset: Int64
  /// The database that the stream has selected there.
  var database: Int

  /// Offsets that are taken for such, wherever they come from: others would end beyond 64 bits.
  static let offsets: ClosedRange<Int64> = 0...(1 << 62)
}
