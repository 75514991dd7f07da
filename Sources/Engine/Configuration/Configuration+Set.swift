/// What CONFIG SET would make of the configuration: nothing has changed until its caller puts it in place.
public struct ConfigurationChange: Sendable {
  /// The configuration with every new value.
  public let configuration: Configuration
  /// Names of the directives whose value differs (or that are `alwaysApplied`), in the order they were given, by the
  /// directive's own name and not its alias. What must be applied beyond the field itself follows from this list.
  public let changed: [String]

  public func contains(_ name: String) -> Bool { changed.contains(name) }
}

/// Why CONFIG SET was refused. `text` is the error reply, without its `-` and line end, byte for byte Redis's.
public struct ConfigurationSetError: Error, Equatable {
  public let text: String

  static func unknown(_ name: some Collection<UInt8>) -> ConfigurationSetError {
    ConfigurationSetError(
      text: "ERR Unknown option or number of arguments for CONFIG SET - '\(decoded(name))'")
  }

  /// A value that is refused, or that could not be applied: the caller throws the change away and answers this.
  public static func refused(_ name: some Collection<UInt8>, _ reason: String) -> ConfigurationSetError {
    ConfigurationSetError(
      text: "ERR CONFIG SET failed (possibly related to argument '\(decoded(name))') - \(reason)")
  }

  static let loading = ConfigurationSetError(text: "LOADING Redis is loading the dataset in memory")
}

extension Configuration {
  /// Whether a client may do what `action` guards.
  public static func allows(_ action: ProtectedAction, isLocalClient: Bool) -> Bool {
    switch action {
    case .no: false
    case .yes: true
    case .local: isLocalClient
    }
  }

  /// CONFIG SET: all of `pairs`, or none.
  ///
  /// - Parameters:
  ///   - isLocalClient: the client is on this machine, which `enable-protected-configs local` asks for.
  ///   - isLoading: data is being loaded, and some directives must not change under it.
  /// - Throws: the first error that Redis would answer.
  public func setting(
    _ pairs: [(name: [UInt8], value: [UInt8])], isLocalClient: Bool, isLoading: Bool
  ) throws(ConfigurationSetError) -> ConfigurationChange {
    var directives: [(directive: Directive, name: String, value: [UInt8])] = []
    for pair in pairs {
      let name = lowercasedText(pair.name)
      guard let directive = Directive.named(pair.name) else { throw .unknown(pair.name) }
      // What CONFIG GET showed can be set again, where Redis has no such directive to refuse.
      if directive.isRingdovesOwn, directive.value(in: self) == pair.value { continue }
      try checkChangeable(directive, pair.name, isLocalClient: isLocalClient, isLoading: isLoading)
      // A directive and its alias may stand side by side, as in Redis: the last one counts.
      if directives.contains(where: { $0.name == name }) { throw .refused(pair.name, "duplicate parameter") }
      directives.append((directive, name, pair.value))
    }
    var result = self
    var state = SettingState(isStarting: false)
    for (directive, name, value) in directives {
      do throws(DirectiveError) {
        try directive.set(directive.arguments(ofValue: value), in: &result, &state)
      } catch {
        throw .refused(name.utf8, error.message)
      }
    }
    result.keepWithinBounds()
    var changed: [String] = []
    for (directive, _, _) in directives where !changed.contains(directive.name) {
      let differs = directive.value(in: self) != directive.value(in: result)
      if differs || directive.traits.contains(.alwaysApplied) { changed.append(directive.name) }
    }
    return ConfigurationChange(configuration: result, changed: changed)
  }

  /// One directive set as a configuration file would, whether or not it may change at run time. For embedding and tests.
  public func setting(_ name: String, to value: String) throws(DirectiveError) -> Configuration {
    guard let directive = Directive.named(name.utf8) else { throw DirectiveError("no directive is called '\(name)'") }
    var result = self
    var state = SettingState(isStarting: true)
    try directive.set(directive.arguments(ofValue: Array(value.utf8)), in: &result, &state)
    result.keepWithinBounds()
    return result
  }

  private func checkChangeable(
    _ directive: Directive, _ name: [UInt8], isLocalClient: Bool, isLoading: Bool
  ) throws(ConfigurationSetError) {
    if directive.traits.contains(.immutable) { throw .refused(name, "can't set immutable config") }
    let isAllowed = Configuration.allows(enableProtectedConfigs, isLocalClient: isLocalClient)
    if directive.traits.contains(.protected), !isAllowed { throw .refused(name, "can't set protected config") }
    if directive.traits.contains(.deniedWhileLoading), isLoading { throw .loading }
  }

  /// Values that are a hint rather than a demand are kept within what makes sense.
  mutating func keepWithinBounds() {
    hz = min(max(hz, 1), 500)
  }
}

extension Directive {
  /// The arguments that a value given as one string stands for: split at every single space where several are taken.
  func arguments(ofValue value: [UInt8]) -> [[UInt8]] {
    if !takesSeveralArguments { return [value] }
    if value.isEmpty { return [] }
    return value.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map(Array.init)
  }
}
