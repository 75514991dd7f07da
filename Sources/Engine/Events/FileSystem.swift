/// Why a file operation failed, in the system's words.
public struct FileFailure: Error, Equatable, Sendable {
  /// The system's number of the failure.
  public var code: Int32
  /// Its text, such as "No space left on device".
  public var reason: String

  public init(code: Int32, reason: String) {
    self.code = code
    self.reason = reason
  }

  /// Whether there is no file of that name.
  public var isOfMissingFile: Bool { code == 2 }  // ENOENT
}

/// A file that is open: a label the host gave, and the engine hands back.
public struct OpenFile: Sendable, BitwiseCopyable, Equatable {
  public let descriptor: Int32

  public init(descriptor: Int32) { self.descriptor = descriptor }
}

/// The disk, as the engine sees it: rare and small things, done at once. Data does not travel this way but through
/// the ring (`FileStream`). A test gives a file system of its own, with faults.
public protocol FileSystem: Sendable {
  /// Bytes of a file; nil where there is none.
  func size(of path: String) -> Int?
  /// Bytes of a file that is open; nil where it does not say.
  func size(of file: OpenFile) -> Int?
  /// All bytes of a small file.
  func contents(of path: String) throws(FileFailure) -> [UInt8]
  /// Puts `bytes` in the place of a file so that after a crash either the old or the new are there, whole: written
  /// beside it, brought to the disk, renamed over it, and the directory brought to the disk.
  func replace(_ path: String, with bytes: [UInt8]) throws(FileFailure)
  /// The same with several files of one directory, in this order; what a crash leaves of them is some from the front. The
  /// directory is brought to the disk once.
  func replace(_ files: [(path: String, bytes: [UInt8])]) throws(FileFailure)
  /// Renames a file over another, and brings the directory of the new name to the disk.
  func rename(_ path: String, to newPath: String) throws(FileFailure)
  func remove(_ path: String)
  /// Brings a file's bytes to the disk, whoever wrote them.
  func sync(_ path: String) throws(FileFailure)
  /// Makes a directory, and brings its name to the disk; one that is there already is as good.
  func makeDirectory(_ path: String) throws(FileFailure)
  func open(_ path: String, for use: FileUse) throws(FileFailure) -> OpenFile
  func close(_ file: OpenFile)
  /// Reads on from where the last read ended.
  /// - Returns: how many bytes were appended to `buffer`; 0 at the end.
  func read(_ file: OpenFile, atMost limit: Int, into buffer: inout ByteBuffer) throws(FileFailure) -> Int
  /// Cuts a file off.
  func truncate(_ path: String, to byteCount: Int) throws(FileFailure)
  /// The names in a directory, in order; none where it cannot be read.
  func names(in directory: String) -> [String]
  /// Whether there is a process of that number.
  func isRunning(process: Int32) -> Bool
}

/// What a file is opened for.
public enum FileUse: Sendable {
  case reading
  /// To write behind what is there; made where it is missing.
  case appending
  /// To write from the beginning; emptied where it is there.
  case writing
  /// To write and to read, in a file without a name in the directory that the path names: it is gone when it is closed.
  case scratch
}

/// A file that the engine writes through its host, piece by piece, at most one write and one sync under way.
public enum FileStream: UInt32, Sendable, CaseIterable {
  case appendOnly = 0
  case snapshot = 1
  /// The primary's snapshot, on its way in.
  case received = 2
  /// The log, for replicas that join.
  case spill = 3
}

/// A write that the engine wants done; its bytes are `Engine.forEachWritePiece`.
public struct FileWrite: Sendable, BitwiseCopyable {
  public let file: OpenFile
  /// Whether the bytes must be on the disk when the write completes.
  public let isDurable: Bool

  public init(file: OpenFile, isDurable: Bool) {
    self.file = file
    self.isDurable = isDurable
  }
}
