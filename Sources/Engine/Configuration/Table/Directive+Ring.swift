extension Directive {
  /// Ring: Ringdove's own.
  static let ring: [Directive] = [
    .integer(
      "ring-entries", \.ringEntries, 64...32768, traits: [.immutable],
      "Submission queue entries of the ring, rounded up to a power of two."),
    .integer(
      "ring-buffers", \.ringBuffers, 16...32768, traits: [.immutable],
      "Receive buffers shared by all connections, rounded up to a power of two."),
    .memory("ring-buffer-size", \.ringBufferSize, 512...(1 << 20), traits: [.immutable], "Size of one receive buffer."),
    .integer(
      "spin-microseconds", \.spinMicroseconds, 0...1_000_000,
      "Microseconds to look for work before sleeping while few clients are active; 0 never spins."),
    .integer(
      "batch-wait-microseconds", \.batchWaitMicroseconds, 0...1_000_000,
      "Longest wait for more work to arrive together while many clients are active; 0 never waits."),
  ]

  /// Whether Redis knows no such directive.
  var isRingdovesOwn: Bool { (Directive.ring + Directive.durability).contains { $0.name == name } }
}
