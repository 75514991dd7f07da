import Testing

@testable import Engine

/// A disk in memory, with faults on demand. It knows what a crash would leave: bytes count as durable once they were
/// synced, names once their directory was.
final class MemoryFiles: FileSystem, @unchecked Sendable {
  final class Node {
    var bytes: [UInt8] = []
    var durableCount = 0
  }

  /// What can fail: `appended` is a write whose bytes are in the file all the same; `syncDirectory` comes behind the
  /// renaming of files that are replaced, `syncRenamed` behind that of one that is renamed.
  enum Operation { case write, appended, sync, syncDirectory, open, replace, rename, syncRenamed }

  private(set) var names: [String: Node] = [:]
  private var durableNames: [String: Node] = [:]
  /// What became of names since their directory was synced last: a power failure leaves any of it.
  private var unsyncedNames: [String: [Node?]] = [:]
  private var openFiles: [Int32: (node: Node, position: Int)] = [:]
  private var nextDescriptor: Int32 = 100
  /// What fails, and how.
  var failing: [Operation: FileFailure] = [:]
  /// What the names begin with that cannot be opened; nil: all can.
  var refusedPrefix: String?
  /// The file that cannot be replaced, for lack of room.
  var irreplaceable: String?
  /// Processes that there are.
  var running: Set<Int32> = []
  /// Bytes that can still be written; nil: any number.
  var room: Int?

  static let inputOutputError = FileFailure(code: 5, reason: "Input/output error")
  static let noSpace = FileFailure(code: 28, reason: "No space left on device")
  static let readOnly = FileFailure(code: 30, reason: "Read-only file system")

  init() {}

  subscript(_ path: String) -> [UInt8] {
    get { names[path]?.bytes ?? [] }
    set {
      let node = Node()
      node.bytes = newValue
      node.durableCount = newValue.count
      names[path] = node
      durableNames[path] = node
      unsyncedNames[path] = nil
    }
  }

  private func setName(_ path: String, _ node: Node?) {
    names[path] = node
    unsyncedNames[path, default: []].append(node)
  }

  // MARK: What is left

  /// The disk as the end of the process leaves it: nothing that was written is lost.
  func afterKill() -> MemoryFiles { copy(names) { $0.bytes.count } }

  /// The disk as a power failure may leave it: of bytes that were not synced any part from the front, and each name as it
  /// was when its directory was synced, or at any moment since.
  func afterPowerFailure(_ random: inout RandomGenerator) -> MemoryFiles {
    var left = durableNames
    for (name, states) in unsyncedNames.sorted(by: { $0.key < $1.key }) {
      let index = random.next(below: states.count + 1)
      if index > 0 { left[name] = states[index - 1] }
    }
    return copy(left) { $0.durableCount + random.next(below: $0.bytes.count - $0.durableCount + 1) }
  }

  private func copy(_ names: [String: Node], _ count: (Node) -> Int) -> MemoryFiles {
    let copy = MemoryFiles()
    for (name, node) in names.sorted(by: { $0.key < $1.key }) { copy[name] = Array(node.bytes.prefix(count(node))) }
    return copy
  }

  // MARK: The ring's part

  func write(_ file: OpenFile, _ bytes: [UInt8], isDurable: Bool) -> Result<Int, FileFailure> {
    guard let node = openFiles[file.descriptor]?.node else { return .failure(FileFailure(code: 9, reason: "closed")) }
    if let failure = failing[.write] { return .failure(failure) }
    let count = min(bytes.count, room ?? .max)
    guard count > 0 || bytes.isEmpty else { return .failure(MemoryFiles.noSpace) }
    room = room.map { $0 - count }
    node.bytes += bytes.prefix(count)
    if let failure = failing[.appended] { return .failure(failure) }
    if isDurable {
      if let failure = failing[.sync] { return .failure(failure) }
      node.durableCount = node.bytes.count
    }
    return .success(count)
  }

  /// - Parameter count: how many bytes there were when the sync began; nil: as many as there are.
  func sync(_ file: OpenFile, upTo count: Int? = nil) -> FileFailure? {
    guard let node = openFiles[file.descriptor]?.node else { return FileFailure(code: 9, reason: "closed") }
    if let failure = failing[.sync] { return failure }
    node.durableCount = max(node.durableCount, min(count ?? .max, node.bytes.count))
    return nil
  }

  /// Bytes of a file from a place on; what has no name any more can still be read.
  func read(_ file: OpenFile, at position: Int, _ count: Int) -> Result<[UInt8], FileFailure> {
    guard let node = openFiles[file.descriptor]?.node else { return .failure(FileFailure(code: 9, reason: "closed")) }
    return .success(Array(node.bytes[min(position, node.bytes.count)..<min(position + count, node.bytes.count)]))
  }

  /// Files that are open.
  var openCount: Int { openFiles.count }

  func isOpen(_ file: OpenFile) -> Bool { openFiles[file.descriptor] != nil }

  // MARK: FileSystem

  func size(of path: String) -> Int? { names[path]?.bytes.count }

  func size(of file: OpenFile) -> Int? { openFiles[file.descriptor]?.node.bytes.count }

  func contents(of path: String) throws(FileFailure) -> [UInt8] {
    guard let node = names[path] else { throw FileFailure(code: 2, reason: "No such file or directory") }
    return node.bytes
  }

  func replace(_ path: String, with bytes: [UInt8]) throws(FileFailure) { try replace([(path, bytes)]) }

  func replace(_ files: [(path: String, bytes: [UInt8])]) throws(FileFailure) {
    for file in files { try replaceName(file.path, with: file.bytes) }
    if let failure = failing[.syncDirectory] { throw failure }
    for file in files { syncDirectory(of: file.path) }
  }

  private func replaceName(_ path: String, with bytes: [UInt8]) throws(FileFailure) {
    if let failure = failing[.replace] { throw failure }
    if let room, room < bytes.count { throw MemoryFiles.noSpace }
    if path == irreplaceable { throw MemoryFiles.noSpace }
    let node = Node()
    node.bytes = bytes
    node.durableCount = bytes.count
    setName(path, node)
  }

  func rename(_ path: String, to newPath: String) throws(FileFailure) {
    if let failure = failing[.rename] { throw failure }
    guard let node = names[path] else { throw FileFailure(code: 2, reason: "No such file") }
    setName(path, nil)
    setName(newPath, node)
    if let failure = failing[.syncRenamed] { throw failure }
    syncDirectory(of: newPath)
  }

  private func syncDirectory(of path: String) {
    func directory(_ path: String) -> Substring { path.lastIndex(of: "/").map { path[..<$0] } ?? "" }
    for name in Set(names.keys).union(durableNames.keys) where directory(name) == directory(path) {
      durableNames[name] = names[name]
      unsyncedNames[name] = nil
    }
  }

  func remove(_ path: String) { if names[path] != nil { setName(path, nil) } }

  func sync(_ path: String) throws(FileFailure) {
    if let failure = failing[.sync] { throw failure }
    guard let node = names[path] else { throw FileFailure(code: 2, reason: "No such file or directory") }
    node.durableCount = node.bytes.count
  }

  func makeDirectory(_ path: String) throws(FileFailure) {}

  func open(_ path: String, for use: FileUse) throws(FileFailure) -> OpenFile {
    if use != .reading, let failure = failing[.open] { throw failure }
    if let prefix = refusedPrefix, path.hasPrefix(prefix) { throw MemoryFiles.readOnly }
    if use == .scratch {
      nextDescriptor += 1
      openFiles[nextDescriptor] = (Node(), 0)
      return OpenFile(descriptor: nextDescriptor)
    }
    if names[path] == nil {
      guard use != .reading else { throw FileFailure(code: 2, reason: "No such file or directory") }
      setName(path, Node())
    }
    let node = names[path]!
    if use == .writing {
      node.bytes = []
      node.durableCount = 0
    }
    nextDescriptor += 1
    openFiles[nextDescriptor] = (node, 0)
    return OpenFile(descriptor: nextDescriptor)
  }

  func close(_ file: OpenFile) { openFiles[file.descriptor] = nil }

  func read(_ file: OpenFile, atMost limit: Int, into buffer: inout ByteBuffer) throws(FileFailure) -> Int {
    guard let (node, position) = openFiles[file.descriptor] else { throw FileFailure(code: 9, reason: "closed") }
    let piece = node.bytes[position..<min(node.bytes.count, position + limit)]
    buffer.append(Array(piece))
    openFiles[file.descriptor]?.position += piece.count
    return piece.count
  }

  func truncate(_ path: String, to byteCount: Int) throws(FileFailure) {
    guard let node = names[path] else { throw FileFailure(code: 2, reason: "No such file or directory") }
    node.bytes = Array(node.bytes.prefix(byteCount))
    node.durableCount = min(node.durableCount, byteCount)
  }

  func names(in directory: String) -> [String] {
    let prefix = directory == "." ? "" : directory + "/"
    return names.keys.filter { $0.hasPrefix(prefix) && !$0.dropFirst(prefix.count).contains("/") }
      .map { String($0.dropFirst(prefix.count)) }.sorted()
  }

  func isRunning(process: Int32) -> Bool { running.contains(process) }
}

/// A write that the engine wanted, on its way.
struct PendingWrite {
  let stream: FileStream
  let file: OpenFile
  let bytes: [UInt8]
  let isDurable: Bool
}

extension TestEngine {
  /// An engine that has loaded what is on a disk.
  init(loading files: MemoryFiles, _ directives: (name: String, value: String)...) throws {
    try self.init(loading: files, directives)
  }

  init(loading files: MemoryFiles, _ directives: [(name: String, value: String)]) throws {
    var configuration = Configuration()
    for (name, value) in directives { configuration = try configuration.setting(name, to: value) }
    self.init(configuration, files: files)
    startUp()
  }

  /// Starts the engine and lets it load what is on its disk.
  mutating func startUp() {
    engine.start(now: now)
    for _ in 0..<10_000 where engine.isLoading { _ = engine.runBackgroundSlice() }
    settle()
  }

  /// Whether the engine loaded its files and serves.
  var isReady: Bool { effects.contains { if case .ready = $0 { true } else { false } } }

  /// The fingerprint of all data.
  var digest: String { DatasetDigest(engine.call.keyspace).text }

  /// Submits the write that the engine wants now.
  mutating func beginWrite(_ stream: FileStream = .appendOnly, pieces: Int = 1024) -> PendingWrite? {
    engine.call.now = now
    guard let write = engine.nextWrite(stream) else { return nil }
    var bytes: [UInt8] = []
    engine.forEachWritePiece(stream, limit: pieces) { bytes += $0.array }
    engine.submitted(stream, bytes.count, isDurable: write.isDurable)
    return PendingWrite(stream: stream, file: write.file, bytes: bytes, isDurable: write.isDurable)
  }

  mutating func wantedWrite() throws -> PendingWrite {
    guard let write = beginWrite() else { throw FileFailure(code: 0, reason: "the engine wants nothing written") }
    return write
  }

  mutating func wantedSync() throws -> OpenFile {
    engine.call.now = now
    guard let file = engine.nextSync(.appendOnly) else {
      throw FileFailure(code: 0, reason: "the engine wants nothing synced")
    }
    return file
  }

  mutating func finish(_ write: PendingWrite, _ files: MemoryFiles) {
    engine.written(write.stream, files.write(write.file, write.bytes, isDurable: write.isDurable), now: now)
    settle()
  }

  mutating func finishSync(_ stream: FileStream, _ file: OpenFile, _ files: MemoryFiles) {
    engine.synced(stream, files.sync(file), now: now)
    settle()
  }

  /// Writes and syncs all that the engine wants, as a server does between turns.
  mutating func drive(_ files: MemoryFiles) {
    for _ in 0..<10_000 {
      engine.call.now = now
      var isIdle = !engine.runBackgroundSlice()
      for stream in FileStream.allCases {
        if let write = beginWrite(stream) {
          finish(write, files)
          isIdle = false
        }
        if let file = engine.nextSync(stream) {
          finishSync(stream, file, files)
          isIdle = false
        }
      }
      let asked = effects.count
      settle()
      if isIdle, effects.count == asked { break }
    }
  }

  /// Reads what the engine wants to read for replicas, once for each.
  mutating func driveReads(_ files: MemoryFiles) {
    var wanted: [FileRead] = []
    while let read = engine.nextRead() { wanted.append(read) }
    for read in wanted {
      switch files.read(read.file, at: Int(read.position), read.byteCount) {
      case .success(let bytes): bytes.withBytes { engine.readEnded(read.session, .success($0), now: now) }
      case .failure(let failure): engine.readEnded(read.session, .failure(failure), now: now)
      }
    }
    settle()
  }

  /// The periodic work, some time later.
  mutating func cron(afterMilliseconds milliseconds: Int64 = 1100) {
    advance(milliseconds: milliseconds)
    apply(.cron(HostSample()))
  }
}

/// `#expect` for what must not be copied into it: changes of an engine.
func expect(_ found: String, _ expected: String, sourceLocation: SourceLocation = #_sourceLocation) {
  #expect(found == expected, sourceLocation: sourceLocation)
}

func expect(_ isTrue: Bool, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation) {
  #expect(isTrue, comment, sourceLocation: sourceLocation)
}
