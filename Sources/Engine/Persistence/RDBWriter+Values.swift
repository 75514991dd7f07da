// Values as snapshots and DUMP payloads hold them.

extension RDBType {
  /// How the value of `entry` is written.
  init(of entry: Entry) {
    switch entry.type {
    case .string: self = .string
    case .list: self = .listQuicklist2
    case .set, .sortedSet, .hash, .stream, .module: preconditionFailure("a type that is never made")
    }
  }

  /// The oldest version that knows values written so.
  var version: Int {
    switch self {
    case .hashMetadata, .hashListpackExpiry: RDBVersion.writtenWithFieldExpiry
    default: RDBVersion.written
    }
  }
}

extension RDBWriter {
  /// Writes what `entry` holds, without type and key.
  mutating func value(of entry: Entry) {
    switch entry.type {
    case .string: entry.string.withBytes { string($0) }
    case .list:
      length(UInt64(entry.list.nodeCount))
      entry.list.forEachNode { container, contents in
        length(UInt64(container.rawValue))
        string(contents)
      }
    case .set, .sortedSet, .hash, .stream, .module: preconditionFailure("a type that is never made")
    }
  }

  /// What DUMP gives of `entry`.
  static func dump(_ entry: Entry, compresses: Bool) -> ByteBuffer {
    let type = RDBType(of: entry)
    var writer = RDBWriter(compresses: compresses, checksums: false)
    writer.rawByte(type.rawValue)
    writer.value(of: entry)
    var payload = writer.finish()
    DumpPayload.appendFooter(to: &payload, version: type.version)
    return payload
  }
}
