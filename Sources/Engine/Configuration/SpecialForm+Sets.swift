// Directives that hold a set or a list: save points, percentiles, event classes, shutdown options.

struct SaveForm: SpecialForm {
  let shape = "`<seconds> <changes>` pairs, or empty"

  func set(
    _ arguments: [[UInt8]], in configuration: inout Configuration, _ state: inout SettingState
  ) throws(DirectiveError) {
    let arguments = arguments == [[]] ? [] : arguments
    if arguments.isEmpty { configuration.save = [] }
    guard arguments.count.isMultiple(of: 2) else { throw DirectiveError("Invalid save parameters") }
    var points: [SavePoint] = []
    for start in stride(from: 0, to: arguments.count, by: 2) {
      guard let seconds = Int(decoded(arguments[start])), seconds >= 1,
        let changes = Int(decoded(arguments[start + 1])), changes >= 0
      else { throw DirectiveError("Invalid save parameters") }
      points.append(SavePoint(seconds: seconds, changes: changes))
    }
    if !state.isStarting || !state.hasReadSave { configuration.save = [] }
    state.hasReadSave = true
    configuration.save += points
  }

  func text(in configuration: Configuration) -> String {
    configuration.save.map { "\($0.seconds) \($0.changes)" }.joined(separator: " ")
  }

  func lines(named name: String, in configuration: Configuration) -> [FileLine] {
    if configuration.save.isEmpty { return [FileLine("\(name) \"\"", isNeeded: true)] }
    return configuration.save.map { FileLine("\(name) \($0.seconds) \($0.changes)", isNeeded: true) }
  }
}

struct LatencyPercentilesForm: SpecialForm {
  let shape = "numbers from 0 to 100, or empty"

  func set(
    _ arguments: [[UInt8]], in configuration: inout Configuration, _ state: inout SettingState
  ) throws(DirectiveError) {
    var percentiles: [Double] = []
    for argument in arguments == [[]] ? [] : arguments {
      guard let percentile = Double(decoded(argument)), !percentile.isNaN else {
        throw DirectiveError("Invalid latency-tracking-info-percentiles parameters")
      }
      guard (0...100).contains(percentile) else {
        throw DirectiveError("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]")
      }
      percentiles.append(percentile)
    }
    configuration.latencyTrackingInfoPercentiles = percentiles
  }

  func text(in configuration: Configuration) -> String {
    configuration.latencyTrackingInfoPercentiles.map(percentileText).joined(separator: " ")
  }

  func lines(named name: String, in configuration: Configuration) -> [FileLine] {
    let value = text(in: configuration)
    return [FileLine("\(name) \(value.isEmpty ? "\"\"" : value)", isNeeded: true)]
  }
}

/// A percentile with at most six decimals, without zeros at the end.
private func percentileText(_ percentile: Double) -> String {
  let millionths = Int((percentile * 1_000_000).rounded())
  let (whole, part) = millionths.quotientAndRemainder(dividingBy: 1_000_000)
  if part == 0 { return String(whole) }
  let digits = String(part)
  var decimals = Substring(String(repeating: "0", count: 6 - digits.utf8.count) + digits)
  while decimals.last == "0" { decimals.removeLast() }
  return "\(whole).\(decimals)"
}

struct KeyspaceEventsForm: SpecialForm {
  let shape = "letters of `Ag$lshzxeKEtmdn`, or empty"
  let takesSeveralArguments = false

  func set(
    _ arguments: [[UInt8]], in configuration: inout Configuration, _ state: inout SettingState
  ) throws(DirectiveError) {
    guard arguments.count == 1 else { throw .wrongNumberOfArguments }
    var classes: KeyspaceEventClasses = []
    for letter in arguments[0] {
      if letter == UInt8(ascii: "A") {
        classes.formUnion(.all)
      } else if let found = Self.letters.first(where: { $0.letter == letter }) {
        classes.formUnion(found.value)
      } else {
        throw DirectiveError("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
      }
    }
    configuration.notifyKeyspaceEvents = classes
  }

  func text(in configuration: Configuration) -> String {
    let classes = configuration.notifyKeyspaceEvents
    let isAll = classes.isSuperset(of: .all)
    var letters: [UInt8] = isAll ? [UInt8(ascii: "A")] : []
    for (letter, value, isHiddenByAll) in Self.letters where classes.contains(value) {
      if !isAll || !isHiddenByAll { letters.append(letter) }
    }
    return decoded(letters)
  }

  func lines(named name: String, in configuration: Configuration) -> [FileLine] {
    let value = quotedArgument(Array(text(in: configuration).utf8))
    return [FileLine(Array("\(name) ".utf8) + value, isNeeded: !configuration.notifyKeyspaceEvents.isEmpty)]
  }

  /// In the order CONFIG GET shows them. Those hidden behind `A` when all are on are marked; `n` is too, as in Redis.
  private static let letters: [(letter: UInt8, value: KeyspaceEventClasses, isHiddenByAll: Bool)] = [
    (UInt8(ascii: "g"), .generic, true), (UInt8(ascii: "$"), .string, true), (UInt8(ascii: "l"), .list, true),
    (UInt8(ascii: "s"), .set, true), (UInt8(ascii: "h"), .hash, true), (UInt8(ascii: "z"), .sortedSet, true),
    (UInt8(ascii: "x"), .expired, true), (UInt8(ascii: "e"), .evicted, true), (UInt8(ascii: "t"), .stream, true),
    (UInt8(ascii: "d"), .module, true), (UInt8(ascii: "n"), .new, true), (UInt8(ascii: "K"), .keyspace, false),
    (UInt8(ascii: "E"), .keyevent, false), (UInt8(ascii: "m"), .keyMiss, false),
  ]
}

struct ShutdownOptionsForm: SpecialForm {
  let field: DirectiveField<ShutdownOptions>
  let shape = "`default`, or any of `save nosave now force`"

  func set(
    _ arguments: [[UInt8]], in configuration: inout Configuration, _ state: inout SettingState
  ) throws(DirectiveError) {
    var options: ShutdownOptions = []
    let words = ["default"] + Self.options.map(\.word)
    if arguments.isEmpty { throw .notAmong(words) }
    for argument in arguments.map({ lowercasedText($0) }) where argument != "default" {
      guard let found = Self.options.first(where: { $0.word == argument }) else { throw .notAmong(words) }
      options.formUnion(found.option)
    }
    if options.isSuperset(of: [.save, .nosave]) {
      throw DirectiveError("shutdown options SAVE and NOSAVE can't be used simultaneously")
    }
    configuration[keyPath: field] = options
  }

  func text(in configuration: Configuration) -> String {
    let options = configuration[keyPath: field]
    if options.isEmpty { return "default" }
    return Self.options.filter { options.contains($0.option) }.map(\.word).joined(separator: " ")
  }

  func lines(named name: String, in configuration: Configuration) -> [FileLine] {
    [FileLine("\(name) \(text(in: configuration))", isNeeded: !configuration[keyPath: field].isEmpty)]
  }

  private static let options: [(word: String, option: ShutdownOptions)] = [
    ("save", .save), ("nosave", .nosave), ("now", .now), ("force", .force),
  ]
}

extension SpecialForm where Self == SaveForm {
  static var save: SaveForm { SaveForm() }
}

extension SpecialForm where Self == LatencyPercentilesForm {
  static var latencyPercentiles: LatencyPercentilesForm { LatencyPercentilesForm() }
}

extension SpecialForm where Self == KeyspaceEventsForm {
  static var keyspaceEvents: KeyspaceEventsForm { KeyspaceEventsForm() }
}

extension SpecialForm where Self == ShutdownOptionsForm {
  static func shutdownOptions(_ field: DirectiveField<ShutdownOptions>) -> ShutdownOptionsForm {
    ShutdownOptionsForm(field: field)
  }
}
