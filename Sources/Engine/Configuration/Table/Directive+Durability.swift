extension Directive {
  /// What acknowledgements wait for: Ringdove's own.
  static let durability: [Directive] = [
    .flag(
      "write-barrier-file", \.writeBarrierFile,
      "Whether the reply to a write waits until the append-only file has it, as far as the kernel: the end of the process then loses nothing that was acknowledged."
    ),
    .flag(
      "write-barrier-fsync", \.writeBarrierFsync,
      "Whether the reply to a write waits until it is on the disk, whatever `appendfsync` says."),
    .integer(
      "write-barrier-replicas", \.writeBarrierReplicas, 0...Limit.int32,
      "Replicas that must have a write before it is answered; 0 waits for none."),
    .flag(
      "durable-reads", \.durableReads,
      "Whether, under `appendfsync always`, a reply with what was read of a key is held until its last change is on the disk. What is no reply to a read goes ahead: messages of `PUBLISH` and keyspace events, `MONITOR`, invalidations of tracked keys, `INFO`, `DEBUG`."
    ),
  ]
}
