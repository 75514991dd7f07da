/// The list of files that make up the append-only file, as Redis 7 keeps it beside them.
///
///     file appendonly.aof.2.base.rdb seq 2 type b
///     file appendonly.aof.2.incr.aof seq 2 type i
///     file appendonly.aof.1.incr.aof seq 1 type h      no longer needed, to be deleted
///
/// At most one base, then the increments in the order they were written.
struct AppendOnlyManifest: Equatable {
  enum Kind: UInt8 {
    case base = 98  // b
    case history = 104  // h
    case increment = 105  // i
  }

  struct File: Equatable {
    var name: String
    var sequence: Int64
    var kind: Kind
    /// Where its bytes lie in the replication log; nil: nobody knows. Not on the list, but in a file beside it.
    var place: Place?

    /// Whether it is an increment, or was one before it became history.
    var isIncrement: Bool { kind == .increment || kind == .history && name.hasSuffix(".incr.aof") }
  }

  /// What Redis says of a manifest that it cannot read.
  struct Failure: Error, Equatable {
    let reason: String
    /// The line, where one is to blame, from 1.
    var line: Int?
    var text = ""
  }

  var base: File?
  var increments: [File] = []
  var history: [File] = []
  /// A base whose list may have come to the disk, although bringing it there failed: its number is not given out again, for
  /// the list on the disk may name it.
  var doubtfulBase: File?
  /// Where the log's history got other names. Not on the list, but beside it.
  var turns: [HistoryTurn] = []

  init() {}

  /// All that are listed, in the list's order.
  var files: [File] { (base.map { [$0] } ?? []) + history + increments }
  var isEmpty: Bool { base == nil && increments.isEmpty }

  /// The largest sequence numbers given out so far.
  var baseSequence: Int64 { base?.sequence ?? (history.map(\.sequence).max() ?? 0) }
  var incrementSequence: Int64 {
    // Increments that are history are still there under their names.
    let old = history.filter { $0.isIncrement }.map(\.sequence).max() ?? 0
    return max(increments.last?.sequence ?? 0, old)
  }

  // MARK: Names

  static func manifestName(_ prefix: String) -> String { "\(prefix).manifest" }

  /// The base that follows the present one.
  func nextBase(_ prefix: String, isSnapshot: Bool) -> File {
    let sequence = max(baseSequence, doubtfulBase?.sequence ?? 0) + 1
    return File(
      name: "\(prefix).\(sequence).base.\(isSnapshot ? "rdb" : "aof")", sequence: sequence, kind: .base)
  }

  /// The increment that follows the last one.
  func nextIncrement(_ prefix: String) -> File {
    let sequence = incrementSequence + 1
    return File(name: "\(prefix).\(sequence).incr.aof", sequence: sequence, kind: .increment)
  }

  // MARK: Changes

  /// Puts a new base, and the increments from `first` on, in the place of what there was.
  mutating func replaceBase(by file: File, keepingIncrementsFrom first: Int64) {
    // The newest first, as Redis lists them.
    for var file in (base.map { [$0] } ?? []) + increments.filter({ $0.sequence < first }) {
      file.kind = .history
      history.insert(file, at: 0)
    }
    base = file
    doubtfulBase = nil
    increments.removeAll { $0.sequence < first }
  }

  /// Keeps of the histories recorded earlier what led to the present one: the files from before are of other data, whatever
  /// names they bear.
  mutating func beginHistory(_ identifier: [UInt8]) {
    turns = turns.leading(to: identifier)
    for index in history.indices { history[index].place?.history = [] }
  }

  // MARK: Text

  /// The manifest as it is written.
  var bytes: [UInt8] {
    var text = ByteBuffer()
    if let base { Self.append(base, to: &text) }
    for file in history { Self.append(file, to: &text) }
    for file in increments { Self.append(file, to: &text) }
    return text.bytes.array
  }

  private static func append(_ file: File, to text: inout ByteBuffer) {
    append(name: file.name, to: &text)
    text.append(" seq ")
    text.append(decimal: file.sequence)
    text.append(" type ")
    text.append(file.kind.rawValue)
    text.append("\n")
  }

  /// Begins a line.
  static func append(name: String, to text: inout ByteBuffer) {
    text.append("file ")
    let name = Array(name.utf8)
    // A name that a reader would split or misread stands in quotes.
    let isPlain = name.allSatisfy { $0 > 32 && $0 < 127 && !"\"'\\".utf8.contains($0) }
    if isPlain { text.append(name) } else { name.withBytes { text.append(quoted: $0) } }
  }

  /// Reads a manifest.
  init(_ bytes: [UInt8]) throws(Failure) {
    guard !bytes.isEmpty else { throw Failure(reason: "Found an empty AOF manifest") }
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Array.init)
    guard lines.last?.isEmpty == true else {
      throw Failure(reason: "The AOF manifest file contains too long line", line: lines.count)
    }
    lines.removeLast()
    for (index, line) in lines.enumerated() {
      let number = index + 1
      let text = String(decoding: line, as: UTF8.self)
      guard line.count <= 1024 else {
        throw Failure(reason: "The AOF manifest file contains too long line", line: number)
      }
      // Comments, as in a configuration file.
      if line.first == UInt8(ascii: "#") { continue }
      do throws(Failure) { try add(try Self.file(line)) } catch {
        throw Failure(reason: error.reason, line: number, text: text)
      }
    }
    guard !isEmpty || !history.isEmpty else { throw Failure(reason: "Found an empty AOF manifest") }
  }

  /// Reads `file NAME seq NUMBER type LETTER`; pairs with other names are passed over.
  private static func file(_ line: [UInt8]) throws(Failure) -> File {
    let failure = Failure(reason: "Invalid AOF manifest file format")
    guard let words = line.withBytes({ WordSplitter.words(of: $0) }), words.count >= 6, words.count % 2 == 0 else {
      throw failure
    }
    var name: String?
    var sequence: Int64?
    var kind: Kind?
    for index in stride(from: 0, to: words.count, by: 2) {
      let value = words[index + 1]
      switch String(decoding: words[index], as: UTF8.self).lowercased() {
      case "file":
        let text = String(decoding: value, as: UTF8.self)
        guard !text.isEmpty, !text.contains("/") else { throw Failure(reason: "File can't be a path, just a filename") }
        name = text
      case "seq": sequence = value.withBytes { $0.parseInt64() }
      case "type":
        kind = value.count == 1 ? Kind(rawValue: value[0]) : nil
        if kind == nil { throw Failure(reason: "Unknown AOF file type") }
      default: continue
      }
    }
    // There must be one after it.
    guard let name, let sequence, sequence > 0, sequence <= 1 << 62, let kind else { throw failure }
    return File(name: name, sequence: sequence, kind: kind)
  }

  private mutating func add(_ file: File) throws(Failure) {
    switch file.kind {
    case .base:
      guard base == nil else { throw Failure(reason: "Found duplicate base file information") }
      base = file
    case .history: history.append(file)
    case .increment:
      guard file.sequence > increments.last?.sequence ?? 0 else {
        throw Failure(reason: "Found a non-monotonic sequence number")
      }
      increments.append(file)
    }
  }
}
