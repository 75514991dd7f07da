/// A directive whose values follow rules of its own.
protocol SpecialForm: Sendable {
  /// What values look like, for the documentation.
  var shape: String { get }
  /// Whether CONFIG SET splits the value at spaces, and a file may give several arguments.
  var takesSeveralArguments: Bool { get }
  func set(
    _ arguments: [[UInt8]], in configuration: inout Configuration, _ state: inout SettingState
  ) throws(DirectiveError)
  /// The value as CONFIG GET shows it.
  func text(in configuration: Configuration) -> String
  /// The lines that stand for the value in a configuration file.
  func lines(named name: String, in configuration: Configuration) -> [FileLine]
}

/// A line of a configuration file as CONFIG REWRITE makes it.
struct FileLine: Equatable {
  var text: [UInt8]
  /// Whether the line is added when the file had none for its directive.
  var isNeeded: Bool

  init(_ text: String, isNeeded: Bool) { self.init(Array(text.utf8), isNeeded: isNeeded) }

  init(_ text: [UInt8], isNeeded: Bool) {
    self.text = text
    self.isNeeded = isNeeded
  }
}

extension SpecialForm {
  var takesSeveralArguments: Bool { true }
}

// MARK: Addresses and paths

struct BindForm: SpecialForm {
  let shape = "addresses"

  func set(
    _ arguments: [[UInt8]], in configuration: inout Configuration, _ state: inout SettingState
  ) throws(DirectiveError) {
    if arguments.count > 16 { throw DirectiveError("Too many bind addresses specified.") }
    configuration.bind = arguments == [[]] ? [] : arguments.map { decoded($0) }
  }

  func text(in configuration: Configuration) -> String { configuration.bind.joined(separator: " ") }

  /// Nothing at the default, so that an old `bind` line goes away.
  func lines(named name: String, in configuration: Configuration) -> [FileLine] {
    if configuration.bind == Configuration.atDefaults.bind { return [] }
    let addresses = configuration.bind.isEmpty ? "\"\"" : text(in: configuration)
    return [FileLine("\(name) \(addresses)", isNeeded: true)]
  }
}

struct DirectoryForm: SpecialForm {
  let shape = "path"
  let takesSeveralArguments = false

  func set(
    _ arguments: [[UInt8]], in configuration: inout Configuration, _ state: inout SettingState
  ) throws(DirectiveError) {
    guard arguments.count == 1 else { throw .wrongNumberOfArguments }
    configuration.dir = decoded(arguments[0])
  }

  func text(in configuration: Configuration) -> String { configuration.dir }

  func lines(named name: String, in configuration: Configuration) -> [FileLine] {
    if configuration.dir.isEmpty { return [] }
    return [FileLine(Array("\(name) ".utf8) + quotedArgument(Array(configuration.dir.utf8)), isNeeded: true)]
  }
}

struct ReplicationSourceForm: SpecialForm {
  let shape = "`<host> <port>` or `no one`"

  func set(
    _ arguments: [[UInt8]], in configuration: inout Configuration, _ state: inout SettingState
  ) throws(DirectiveError) {
    guard arguments.count == 2 else { throw .wrongNumberOfArguments }
    if lowercasedText(arguments[0]) == "no", lowercasedText(arguments[1]) == "one" {
      configuration.replicaof = nil
      return
    }
    guard let port = Int(decoded(arguments[1])), (0...65535).contains(port) else {
      throw DirectiveError("Invalid master port")
    }
    configuration.replicaof = ReplicationSource(host: decoded(arguments[0]), port: port)
  }

  func text(in configuration: Configuration) -> String {
    configuration.replicaof.map { "\($0.host) \($0.port)" } ?? ""
  }

  func lines(named name: String, in configuration: Configuration) -> [FileLine] {
    if configuration.replicaof == nil || configuration.clusterEnabled { return [] }
    return [FileLine("\(name) \(text(in: configuration))", isNeeded: true)]
  }
}

// MARK: Limits and scores

struct OutputBufferLimitsForm: SpecialForm {
  let shape = "`<class> <hard> <soft> <soft seconds>` groups"

  func set(
    _ arguments: [[UInt8]], in configuration: inout Configuration, _ state: inout SettingState
  ) throws(DirectiveError) {
    guard arguments.count.isMultiple(of: 4) else {
      throw DirectiveError("Wrong number of arguments in buffer limit configuration.")
    }
    var limits = configuration.clientOutputBufferLimit
    for start in stride(from: 0, to: arguments.count, by: 4) {
      guard let field = Self.fields[lowercasedText(arguments[start])] else {
        throw DirectiveError("Invalid client class specified in buffer limit configuration.")
      }
      guard let hard = memoryValue(arguments[start + 1]), let soft = memoryValue(arguments[start + 2]),
        let seconds = Int(decoded(arguments[start + 3])), hard >= 0, soft >= 0, seconds >= 0
      else {
        throw DirectiveError("Error in hard, soft or soft_seconds setting in buffer limit configuration.")
      }
      limits[keyPath: field] = OutputBufferLimit(hardBytes: hard, softBytes: soft, softSeconds: seconds)
    }
    configuration.clientOutputBufferLimit = limits
  }

  /// Replicas are shown under their old name, which is what clients of Redis expect.
  func text(in configuration: Configuration) -> String {
    let limits = configuration.clientOutputBufferLimit
    return [("normal", limits.normal), ("slave", limits.replica), ("pubsub", limits.pubsub)]
      .map { "\($0) \($1.hardBytes) \($1.softBytes) \($1.softSeconds)" }
      .joined(separator: " ")
  }

  func lines(named name: String, in configuration: Configuration) -> [FileLine] {
    let limits = configuration.clientOutputBufferLimit
    let defaults = OutputBufferLimits()
    return [
      ("normal", limits.normal, defaults.normal), ("replica", limits.replica, defaults.replica),
      ("pubsub", limits.pubsub, defaults.pubsub),
    ].map { word, limit, standard in
      FileLine(
        "\(name) \(word) \(memoryText(limit.hardBytes)) \(memoryText(limit.softBytes)) \(limit.softSeconds)",
        isNeeded: limit != standard)
    }
  }

  private static let fields: [String: any WritableKeyPath<OutputBufferLimits, OutputBufferLimit> & Sendable] = [
    "normal": \.normal, "slave": \.replica, "replica": \.replica, "pubsub": \.pubsub,
  ]
}

struct OutOfMemoryScoresForm: SpecialForm {
  let shape = "three integers from -2000 to 2000"

  func set(
    _ arguments: [[UInt8]], in configuration: inout Configuration, _ state: inout SettingState
  ) throws(DirectiveError) {
    guard arguments.count == 3 else { throw .wrongNumberOfArguments }
    var scores: [Int] = []
    for argument in arguments {
      guard let score = Int(decoded(argument)), (-2000...2000).contains(score) else {
        throw DirectiveError("Invalid oom-score-adj-values, elements must be between -2000 and 2000.")
      }
      scores.append(score)
    }
    configuration.oomScoreAdjValues = scores
  }

  func text(in configuration: Configuration) -> String {
    configuration.oomScoreAdjValues.map(String.init).joined(separator: " ")
  }

  func lines(named name: String, in configuration: Configuration) -> [FileLine] {
    let isNeeded = configuration.oomScoreAdjValues != Configuration.atDefaults.oomScoreAdjValues
    return [FileLine("\(name) \(text(in: configuration))", isNeeded: isNeeded)]
  }
}

/// Bytes in the largest unit that holds them whole, as CONFIG REWRITE spells them.
func memoryText(_ bytes: Int) -> String {
  if bytes == 0 { return "0" }
  if bytes.isMultiple(of: 1 << 30) { return "\(bytes >> 30)gb" }
  if bytes.isMultiple(of: 1 << 20) { return "\(bytes >> 20)mb" }
  if bytes.isMultiple(of: 1 << 10) { return "\(bytes >> 10)kb" }
  return String(bytes)
}

extension SpecialForm where Self == BindForm {
  static var listen: BindForm { BindForm() }
}

extension SpecialForm where Self == DirectoryForm {
  static var directory: DirectoryForm { DirectoryForm() }
}

extension SpecialForm where Self == ReplicationSourceForm {
  static var replicaof: ReplicationSourceForm { ReplicationSourceForm() }
}

extension SpecialForm where Self == OutputBufferLimitsForm {
  static var outputBufferLimits: OutputBufferLimitsForm { OutputBufferLimitsForm() }
}

extension SpecialForm where Self == OutOfMemoryScoresForm {
  static var outOfMemoryScores: OutOfMemoryScoresForm { OutOfMemoryScoresForm() }
}
