internal import Engine
internal import Glibc

/// `--recover-to`: puts the data as of a moment of the past into a directory of their own. What they come from is read,
/// and never written to; a server may be at work on it.
enum Recovery {
  /// Why there is nothing in the new directory.
  private struct Failure: Error { let reason: String }

  /// - Returns: the status to exit with.
  static func run(_ request: RecoveryRequest, _ configuration: Configuration) -> Int32 {
    do throws(Failure) {
      say(try recover(request, configuration), to: STDOUT_FILENO)
      return 0
    } catch {
      say("Nothing was recovered. \(error.reason)", to: STDERR_FILENO)
      return 1
    }
  }

  private static func say(_ text: String, to descriptor: Int32) {
    Files.write(Array((text + "\n").utf8), to: descriptor)
  }

  private static func recover(_ request: RecoveryRequest, _ configuration: Configuration) throws(Failure) -> String {
    // Before the working directory changes.
    let newDirectory = Files.absolutePath(request.directory)
    try system("cannot be entered", configuration.dir) { () throws(Errno) in
      if !configuration.dir.isEmpty { try Files.changeDirectory(configuration.dir) }
    }
    let source = Files.absolutePath(configuration.appenddirname)
    if case .second(let second) = request.target, second > Clock.now().unixSeconds {
      throw Failure(reason: "\(request.target.description) lies in the future. Times are in seconds.")
    }
    let plan: RecoveryPlan
    do throws(RecoveryRefusal) {
      plan = try RecoveryPlan(
        to: request.target, directory: source, prefix: configuration.appendfilename, files: DiskFiles())
    } catch { throw Failure(reason: error.reason) }
    let isNew = try prepare(newDirectory)
    let target = "\(newDirectory)/\(configuration.appenddirname)"
    do throws(Failure) {
      try copy(plan, from: source, to: target)
      let keys = try loadOnTrial(configuration, newDirectory)
      return report(plan, request, configuration, from: source, into: newDirectory, keys)
    } catch {
      remove(plan, target)
      if isNew { Files.removeDirectory(newDirectory) }
      throw error
    }
  }

  private static func system(_ what: String, _ path: String, _ body: () throws(Errno) -> Void) throws(Failure) {
    do throws(Errno) { try body() } catch { throw Failure(reason: "\(path) \(what): \(error).") }
  }

  // MARK: The new directory

  /// Makes the directory where it is not there.
  /// - Returns: whether it did.
  private static func prepare(_ directory: String) throws(Failure) -> Bool {
    var isEmpty: Bool?
    try system("cannot be used", directory) { () throws(Errno) in isEmpty = try Files.isEmptyDirectory(directory) }
    guard isEmpty != false else {
      throw Failure(reason: "\(directory) is not empty: give a directory that is not there yet.")
    }
    try system("cannot be made", directory) { () throws(Errno) in try Files.makeDirectory(directory) }
    return isEmpty == nil
  }

  private static func copy(_ plan: RecoveryPlan, from source: String, to target: String) throws(Failure) {
    try system("cannot be made", target) { () throws(Errno) in try Files.makeDirectory(target) }
    for part in plan.parts {
      do throws(Errno) {
        try Files.copy("\(source)/\(part.name)", to: "\(target)/\(part.name)", byteCount: part.byteCount)
      } catch {
        throw Failure(
          reason:
            "\(part.name) could not be copied from \(source) to \(target): \(error). If a server works there, it may just have written its file anew: try again."
        )
      }
    }
    // The list last: without it there is nothing to load.
    for file in [plan.places, plan.list] {
      try system("cannot be written", "\(target)/\(file.name)") { () throws(Errno) in
        try Files.replace("\(target)/\(file.name)", with: file.bytes)
      }
    }
    try system("cannot be brought to the disk", target) { () throws(Errno) in
      try Files.syncDirectory(of: "\(target)/\(plan.list.name)")
      try Files.syncDirectory(of: target)
    }
  }

  private static func remove(_ plan: RecoveryPlan, _ target: String) {
    for name in plan.parts.map(\.name) + [plan.places.name, plan.list.name] { Files.remove("\(target)/\(name)") }
    Files.removeDirectory(target)
  }

  // MARK: The trial

  /// Loads what was put together, as a server would at its start, without changing it.
  /// - Returns: how many keys there are, and how many of them have expired by now.
  private static func loadOnTrial(
    _ configuration: Configuration, _ directory: String
  ) throws(Failure) -> (count: Int, expired: Int) {
    try system("cannot be entered", directory) { () throws(Errno) in try Files.changeDirectory(directory) }
    var engine = Engine(
      configuration: configuration.forLoadingOnTrial, seed: 0, host: .onThisMachine(ReadOnlyFiles()), now: Clock.now())
    engine.start(now: Clock.now())
    while engine.isLoading { _ = engine.runBackgroundSlice() }
    var warnings: [String] = []
    for effect in engine.takeEffects() {
      switch effect {
      case .log(.warning, let text): warnings.append(text)
      case .shutDown:
        throw Failure(reason: "What was put together cannot be loaded: \(warnings.joined(separator: " "))")
      default: continue
      }
    }
    return (engine.keyCount, engine.expiredKeyCount)
  }

  // MARK: What is said

  private static func report(
    _ plan: RecoveryPlan, _ request: RecoveryRequest, _ configuration: Configuration, from source: String,
    into directory: String, _ keys: (count: Int, expired: Int)
  ) -> String {
    let files = plan.parts.map { $0.isWhole ? $0.name : "\($0.name) up to byte \($0.byteCount)" }
    var lines = plan.notices
    lines.append("Recovered the data as of \(request.target.description): \(keys.count) keys\(place(of: plan)).")
    if keys.expired > 0 {
      lines.append("  \(keys.expired) of these keys have expired since then: a server that loads them deletes them.")
    }
    lines.append("  from  \(source): \(files.isEmpty ? "nothing" : files.joined(separator: ", "))")
    lines.append("  into  \(directory)")
    lines.append("Serve them with: ringdove \(options(configuration, directory).joined(separator: " "))")
    return lines.joined(separator: "\n")
  }

  /// What a server needs to be told to serve the new directory, as words for a shell.
  private static func options(_ configuration: Configuration, _ directory: String) -> [String] {
    var words = ["--dir", quoted(directory), "--appendonly", "yes"]
    let defaults = Configuration()
    for (option, value, standard) in [
      ("--appendfilename", configuration.appendfilename, defaults.appendfilename),
      ("--appenddirname", configuration.appenddirname, defaults.appenddirname),
    ] where value != standard {
      words += [option, quoted(value)]
    }
    return words
  }

  /// A word that a shell takes as it is; in quotes where it would not.
  private static func quoted(_ word: String) -> String {
    let isPlain = word.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
      case UInt8(ascii: "0")...UInt8(ascii: "9"): true
      default: "/._-+:,@%".utf8.contains(byte)
      }
    }
    if isPlain, !word.isEmpty { return word }
    return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }

  private static func place(of plan: RecoveryPlan) -> String {
    plan.offset.map { ", which is offset:\($0)" } ?? ""
  }
}

/// The disk for one who only reads it: what he writes goes nowhere.
private struct ReadOnlyFiles: FileSystem {
  private let disk = DiskFiles()

  func size(of path: String) -> Int? { disk.size(of: path) }
  func size(of file: OpenFile) -> Int? { disk.size(of: file) }
  func contents(of path: String) throws(FileFailure) -> [UInt8] { try disk.contents(of: path) }
  func replace(_ path: String, with bytes: [UInt8]) throws(FileFailure) {}
  func replace(_ files: [(path: String, bytes: [UInt8])]) throws(FileFailure) {}
  func rename(_ path: String, to newPath: String) throws(FileFailure) {}
  func remove(_ path: String) {}
  func sync(_ path: String) throws(FileFailure) {}
  func makeDirectory(_ path: String) throws(FileFailure) {}
  func open(_ path: String, for use: FileUse) throws(FileFailure) -> OpenFile {
    try disk.open(use == .reading ? path : "/dev/null", for: .reading)
  }
  func close(_ file: OpenFile) { disk.close(file) }
  func read(_ file: OpenFile, atMost limit: Int, into buffer: inout ByteBuffer) throws(FileFailure) -> Int {
    try disk.read(file, atMost: limit, into: &buffer)
  }
  func truncate(_ path: String, to byteCount: Int) throws(FileFailure) {}
  // Nothing is cleared away here.
  func names(in directory: String) -> [String] { [] }
  func isRunning(process: Int32) -> Bool { true }
}
