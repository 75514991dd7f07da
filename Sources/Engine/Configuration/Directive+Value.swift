/// What is known while directives are set, beyond the value at hand.
struct SettingState {
  /// Whether the values come from start-up (file, standard input, command line), not from CONFIG SET.
  let isStarting: Bool
  /// Start-up only: whether a `save` line was read. The first one replaces the default, the others add to it.
  var hasReadSave = false
}

extension Directive {
  /// Sets the directive's field from its arguments.
  ///
  /// - Parameters:
  ///   - arguments: one argument, unless `takesSeveralArguments`.
  /// - Throws: the reason, in Redis's words; `configuration` may then be half changed and must be thrown away.
  func set(
    _ arguments: [[UInt8]], in configuration: inout Configuration, _ state: inout SettingState
  ) throws(DirectiveError) {
    try assign(arguments, in: &configuration, &state)
    if let refusal = refusal(of: arguments, in: configuration) { throw DirectiveError(refusal) }
  }

  /// As `set`, but takes any value that is well-formed, also one that asks for what is not built: see `refusal`.
  func assign(
    _ arguments: [[UInt8]], in configuration: inout Configuration, _ state: inout SettingState
  ) throws(DirectiveError) {
    switch form {
    case .flag(let field):
      configuration[keyPath: field] = try flagValue(arguments)
    case .integer(let field, let range, let unit):
      let value = try integerValue(arguments.first ?? [], unit)
      try checkBounds(value, range, unit)
      configuration[keyPath: field] = value
    case .text(let field, _, let check):
      let value = decoded(arguments.first ?? [])
      if let refusal = check(value) { throw DirectiveError(refusal) }
      configuration[keyPath: field] = value
    case .secret(let field):
      configuration[keyPath: field] = arguments.first ?? []
    case .choice(let form):
      guard form.set(decoded(arguments.first ?? []), in: &configuration) else {
        throw .notAmong(form.words)
      }
    case .special(let form):
      try form.set(arguments, in: &configuration, &state)
    }
  }

  /// Why the value that stands cannot be had here; nil where it can.
  ///
  /// - Parameter arguments: the words it was given with, which the reason repeats.
  func refusal(of arguments: [[UInt8]], in configuration: Configuration) -> String? {
    guard case .inertOnly(let others) = support, !isAtDefault(in: configuration) else { return nil }
    if others.contains(decoded(value(in: configuration))) { return nil }
    let given = arguments.map { decoded($0) }.joined(separator: " ")
    return "'\(name) \(given)' is not supported by Ringdove yet"
  }

  /// The value as CONFIG GET shows it.
  func value(in configuration: Configuration) -> [UInt8] {
    switch form {
    case .flag(let field): Array((configuration[keyPath: field] ? "yes" : "no").utf8)
    case .integer(let field, _, .octal): Array(String(configuration[keyPath: field], radix: 8).utf8)
    case .integer(let field, _, .memoryOrPercent) where configuration[keyPath: field] < 0:
      Array("\(-configuration[keyPath: field])%".utf8)
    case .integer(let field, _, _): Array(String(configuration[keyPath: field]).utf8)
    case .text(let field, _, _): Array(configuration[keyPath: field].utf8)
    case .secret(let field): configuration[keyPath: field]
    case .choice(let form): Array(form.word(in: configuration).utf8)
    case .special(let form): Array(form.text(in: configuration).utf8)
    }
  }

  /// The default, as CONFIG GET shows it.
  var defaultValue: [UInt8] { value(in: Configuration.atDefaults) }

  func isAtDefault(in configuration: Configuration) -> Bool { value(in: configuration) == defaultValue }
}

extension DirectiveError {
  static func notAmong(_ words: [String]) -> DirectiveError {
    DirectiveError("argument(s) must be one of the following: " + words.joined(separator: ", "))
  }

  static var wrongNumberOfArguments: DirectiveError { DirectiveError("wrong number of arguments") }
}

extension Configuration {
  /// Every directive at its default, made once.
  static let atDefaults = Configuration()
}

// MARK: Reading values

private func flagValue(_ arguments: [[UInt8]]) throws(DirectiveError) -> Bool {
  switch lowercasedText(arguments.first ?? []) {
  case "yes": return true
  case "no": return false
  default: throw DirectiveError("argument must be 'yes' or 'no'")
  }
}

private func integerValue(_ bytes: [UInt8], _ unit: Directive.IntegerUnit) throws(DirectiveError) -> Int {
  switch unit {
  case .plain:
    if let value = canonicalInteger(bytes) { return value }
    throw DirectiveError("argument couldn't be parsed into an integer")
  case .memory:
    if let value = memoryValue(bytes) { return value }
    throw DirectiveError("argument must be a memory value")
  case .memoryOrPercent:
    if let value = memoryValue(bytes) { return value }
    if bytes.last == UInt8(ascii: "%"), let percent = canonicalInteger(bytes.dropLast()), percent >= 0 {
      return -percent
    }
    throw DirectiveError("argument must be a memory or percent value")
  case .octal:
    if let value = Int(decoded(bytes), radix: 8) { return value }
    throw DirectiveError("argument couldn't be parsed as an octal number")
  }
}

/// Bytes from `<digits>[b|k|kb|m|mb|g|gb]`; no digits are zero, as in Redis. A number past 64 bits wraps and then fails
/// the bounds.
func memoryValue(_ bytes: [UInt8]) -> Int? {
  let digits = bytes.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  let multiplier: UInt64
  switch lowercasedText(bytes.dropFirst(digits.count)) {
  case "", "b": multiplier = 1
  case "k": multiplier = 1000
  case "kb": multiplier = 1 << 10
  case "m": multiplier = 1_000_000
  case "mb": multiplier = 1 << 20
  case "g": multiplier = 1_000_000_000
  case "gb": multiplier = 1 << 30
  default: return nil
  }
  let number = digits.isEmpty ? 0 : UInt64(decoded(digits)) ?? .max
  return Int(truncatingIfNeeded: number &* multiplier)
}

private func checkBounds(
  _ value: Int, _ range: ClosedRange<Int>, _ unit: Directive.IntegerUnit
) throws(DirectiveError) {
  if range.contains(value) { return }
  if unit == .memoryOrPercent, value < 0 {
    throw DirectiveError("percentage argument must be less or equal to \(-range.lowerBound)")
  }
  let radix = unit == .octal ? 8 : 10
  let lower = String(range.lowerBound, radix: radix)
  let upper = String(range.upperBound, radix: radix)
  throw DirectiveError("argument must be between \(lower) and \(upper) inclusive")
}
