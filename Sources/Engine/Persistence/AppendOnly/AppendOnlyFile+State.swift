extension AppendOnlyFile {
  /// An increment that is being written, up to where the next one begins.
  struct Segment {
    let file: OpenFile
    let name: String
    /// The log's offset where it begins.
    var start: Int64 = 0
    /// The log's offset where it ends; nil: it is the last.
    var end: Int64?
    /// What goes to the file first, and is none of the log's: on a replica the database in force.
    var opening: [UInt8] = []
    /// Bytes in the file.
    var byteCount: Int
  }

  /// What stands in the way of writing.
  enum Trouble: Equatable {
    /// No room: writing is tried again.
    case write(FileFailure)
    /// A failure after which nobody knows what is on the disk: only another file helps.
    case final(FileFailure)

    var reason: String {
      switch self {
      case .write(let failure), .final(let failure): failure.reason
      }
    }
  }

  /// What becomes of what is recorded.
  ///
  ///     closed ──▶ recording ◀──▶ closing ──▶ closed         at the start; switched off, and on again before it was closed
  ///     closed ──▶ awaitingBase ──▶ recording                switched on while the server runs
  ///
  /// From each of them it is closed at once where the data set is replaced.
  enum State: Equatable {
    /// There is no file.
    case closed
    /// The files are not on the list and of no use until their first base is there.
    case awaitingBase
    /// What is recorded can be loaded again.
    case recording
    /// So it can, up to this offset of the log; as soon as all before it is on the disk the file is closed.
    case closing(at: Int64)
  }

  /// What is given back when the files are closed.
  struct Holdings {
    let files: [OpenFile]
    /// The place in the log.
    let cursor: LogCursor?
  }
}

/// What a change of the append-only file came to. Not to be passed over: what replies wait for, and whether writes are
/// taken, hangs on the file's state (`Call.follow`).
struct StateChange<Result> {
  let hasChanged: Bool
  let result: Result
}
