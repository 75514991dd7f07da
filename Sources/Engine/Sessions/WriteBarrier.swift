/// What a write's reply waits for before it may leave.
struct WriteBarrier: BitwiseCopyable, Equatable {
  /// The write is on the disk.
  var syncs = false
  /// So many replicas have it.
  var replicas = 0

  /// Asks for what the other asks for as well.
  mutating func add(_ other: WriteBarrier) {
    syncs = syncs || other.syncs
    replicas = max(replicas, other.replicas)
  }
}
