/// A path to a directive's field in `Configuration`.
typealias DirectiveField<Value> = any WritableKeyPath<Configuration, Value> & Sendable

/// One directive of the configuration: its name, what it accepts, when it may change, and what it is for.
///
/// `Directive.all` is the one place that says so. The command line, the configuration file, CONFIG GET, SET and REWRITE
/// and docs/configuration.md all follow from it.
public struct Directive: Sendable {
  public let name: String
  /// Another name for the same directive, from before Redis renamed it.
  public let alias: String?
  public let traits: Traits
  public let support: Support
  /// What the directive is for, in one line.
  public let summary: String
  let form: Form

  /// When and by whom a directive may be changed or seen.
  public struct Traits: OptionSet, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Cannot change while the server runs.
    public static let immutable = Traits(rawValue: 1 << 0)
    /// Patterns do not find it; its full name does.
    public static let hidden = Traits(rawValue: 1 << 1)
    /// Holds a secret: kept out of MONITOR, the slow log and the log.
    public static let sensitive = Traits(rawValue: 1 << 2)
    /// CONFIG SET needs `enable-protected-configs`.
    public static let protected = Traits(rawValue: 1 << 3)
    /// CONFIG SET is refused while data is being loaded.
    public static let deniedWhileLoading = Traits(rawValue: 1 << 4)
    /// Setting it counts as a change even when the value stays the same: the file it names may have changed.
    public static let alwaysApplied = Traits(rawValue: 1 << 5)
  }

  /// How far the server does what the directive says. To make a directive work, build what it asks for and take this
  /// mark away from its row.
  public enum Support: Sendable, Equatable {
    case full
    /// Any valid value is kept and shown, and start-up says that it changes nothing yet.
    case withoutEffect
    /// Only the default, and the values named here, are accepted: anything else would promise what is not there.
    case inertOnly(also: [String] = [])
  }

  /// What values a directive takes and which field holds them.
  enum Form: Sendable {
    case flag(DirectiveField<Bool>)
    case integer(DirectiveField<Int>, ClosedRange<Int>, IntegerUnit)
    /// A value that may not be set at all: then it is empty, and CONFIG REWRITE leaves its line out.
    case text(DirectiveField<String>, emptyIsUnset: Bool, check: @Sendable (String) -> String?)
    case secret(DirectiveField<[UInt8]>)
    case choice(any ChoiceForm)
    case special(any SpecialForm)
  }

  enum IntegerUnit: Sendable {
    case plain
    /// Bytes, with the suffixes b, k, kb, m, mb, g and gb.
    case memory
    /// As `memory`, or `N%`, which is stored as -N.
    case memoryOrPercent
    case octal
  }

  /// Whether CONFIG SET splits the value at spaces, and a file may give several arguments.
  var takesSeveralArguments: Bool {
    if case .special(let form) = form { form.takesSeveralArguments } else { false }
  }
}

/// Why a value was refused; the text is Redis's where Redis has one.
public struct DirectiveError: Error, Equatable {
  public let message: String

  init(_ message: String) { self.message = message }
}

/// Bounds that Redis's integer types give its directives.
enum Limit {
  static let int32 = Int(Int32.max)
  static let leastInt32 = Int(Int32.min)
  static let unsigned32 = Int(UInt32.max)
  static let int64 = Int.max
}

// MARK: The table

extension Directive {
  /// Every directive, by section.
  static let sections: [(title: String, directives: [Directive])] = [
    ("Network", network), ("General", general), ("Security", security), ("Memory", memory), ("Encodings", encoding),
    ("Persistence", persistence), ("Durability", durability), ("Replication", replication), ("Cluster", cluster),
    ("Observability", observability), ("TLS", tls), ("Ring", ring),
  ]

  /// Every directive, in the order CONFIG GET gives them.
  public static let all: [Directive] = sections.flatMap(\.directives)

  /// The directive called `name`, by either of its names and in any case.
  public static func named(_ name: some Collection<UInt8>) -> Directive? {
    positions[lowercasedText(name)].map { all[$0] }
  }

  /// Position in `all` by name and alias. Only looked up in, so its order reaches nobody.
  private static let positions: [String: Int] = {
    var positions: [String: Int] = [:]
    for (position, directive) in all.enumerated() {
      let isNew = positions.updateValue(position, forKey: directive.name) == nil
      precondition(isNew, "two directives have the same name")
      if let alias = directive.alias { positions[alias] = position }
    }
    return positions
  }()
}

// MARK: Rows of the table

extension Directive {
  static func flag(
    _ name: String, alias: String? = nil, _ field: DirectiveField<Bool>,
    traits: Traits = [], support: Support = .full, _ summary: String
  ) -> Directive {
    Directive(
      name: name, alias: alias, traits: traits, support: support, summary: summary,
      form: .flag(field))
  }

  static func integer(
    _ name: String, alias: String? = nil, _ field: DirectiveField<Int>, _ range: ClosedRange<Int>,
    traits: Traits = [], support: Support = .full, _ summary: String
  ) -> Directive {
    Directive(
      name: name, alias: alias, traits: traits, support: support, summary: summary,
      form: .integer(field, range, .plain))
  }

  static func memory(
    _ name: String, alias: String? = nil, _ field: DirectiveField<Int>, _ range: ClosedRange<Int>,
    traits: Traits = [], support: Support = .full, _ summary: String
  ) -> Directive {
    Directive(
      name: name, alias: alias, traits: traits, support: support, summary: summary,
      form: .integer(field, range, .memory))
  }

  static func memoryOrPercent(
    _ name: String, _ field: DirectiveField<Int>, _ range: ClosedRange<Int>,
    traits: Traits = [], support: Support = .full, _ summary: String
  ) -> Directive {
    Directive(
      name: name, alias: nil, traits: traits, support: support, summary: summary,
      form: .integer(field, range, .memoryOrPercent))
  }

  static func octal(
    _ name: String, _ field: DirectiveField<Int>, _ range: ClosedRange<Int>,
    traits: Traits = [], support: Support = .full, _ summary: String
  ) -> Directive {
    Directive(
      name: name, alias: nil, traits: traits, support: support, summary: summary,
      form: .integer(field, range, .octal))
  }

  static func text(
    _ name: String, _ field: DirectiveField<String>,
    validate: @escaping @Sendable (String) -> String? = { _ in nil },
    traits: Traits = [], support: Support = .full, _ summary: String
  ) -> Directive {
    Directive(
      name: name, alias: nil, traits: traits, support: support, summary: summary,
      form: .text(field, emptyIsUnset: false, check: validate))
  }

  static func optionalText(
    _ name: String, alias: String? = nil, _ field: DirectiveField<String>,
    validate: @escaping @Sendable (String) -> String? = { _ in nil },
    traits: Traits = [], support: Support = .full, _ summary: String
  ) -> Directive {
    Directive(
      name: name, alias: alias, traits: traits, support: support, summary: summary,
      form: .text(field, emptyIsUnset: true, check: validate))
  }

  static func secret(
    _ name: String, _ field: DirectiveField<[UInt8]>,
    traits: Traits = [], support: Support = .full, _ summary: String
  ) -> Directive {
    Directive(
      name: name, alias: nil, traits: traits, support: support, summary: summary, form: .secret(field))
  }

  static func choice<Choice: DirectiveChoice>(
    _ name: String, _ field: DirectiveField<Choice>,
    traits: Traits = [], support: Support = .full, _ summary: String
  ) -> Directive {
    Directive(
      name: name, alias: nil, traits: traits, support: support, summary: summary,
      form: .choice(ChoiceField(field: field)))
  }

  static func special(
    _ name: String, alias: String? = nil, _ form: any SpecialForm,
    traits: Traits = [], support: Support = .full, _ summary: String
  ) -> Directive {
    Directive(
      name: name, alias: alias, traits: traits, support: support, summary: summary, form: .special(form))
  }
}
