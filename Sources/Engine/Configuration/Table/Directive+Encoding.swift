extension Directive {
  /// Encodings: where compact forms of values end.
  static let encoding: [Directive] = [
    .integer(
      "hash-max-listpack-entries", alias: "hash-max-ziplist-entries", \.hashMaxListpackEntries, 0...Limit.int64,
      "Fields up to which a hash stays a listpack."),
    .memory(
      "hash-max-listpack-value", alias: "hash-max-ziplist-value", \.hashMaxListpackValue, 0...Limit.int64,
      "Longest field or value in such a hash."),
    .integer(
      "list-max-listpack-size", alias: "list-max-ziplist-size", \.listMaxListpackSize, Limit.leastInt32...Limit.int32,
      "Size of a list's nodes: entries, or -1 to -5 for 4 to 64 kilobytes."),
    .integer(
      "list-compress-depth", \.listCompressDepth, 0...Limit.int32,
      "Nodes at each end of a list that stay uncompressed; 0 compresses none."),
    .integer(
      "set-max-intset-entries", \.setMaxIntsetEntries, 0...Limit.int64,
      "Members up to which a set of integers stays an intset."),
    .integer(
      "set-max-listpack-entries", \.setMaxListpackEntries, 0...Limit.int64,
      "Members up to which a set stays a listpack."),
    .integer(
      "set-max-listpack-value", \.setMaxListpackValue, 0...Limit.int64,
      "Longest member of such a set."),
    .integer(
      "zset-max-listpack-entries", alias: "zset-max-ziplist-entries", \.zsetMaxListpackEntries, 0...Limit.int64,
      "Members up to which a sorted set stays a listpack."),
    .memory(
      "zset-max-listpack-value", alias: "zset-max-ziplist-value", \.zsetMaxListpackValue, 0...Limit.int64,
      "Longest member of such a sorted set."),
    .memory(
      "hll-sparse-max-bytes", \.hllSparseMaxBytes, 0...Limit.int64, "Size up to which a HyperLogLog stays sparse."),
    .memory(
      "stream-node-max-bytes", \.streamNodeMaxBytes, 0...Limit.int64,
      "Size of a stream's nodes; 0 is no limit."),
    .integer(
      "stream-node-max-entries", \.streamNodeMaxEntries, 0...Limit.int64,
      "Entries of a stream's nodes; 0 is no limit."),
  ]
}
