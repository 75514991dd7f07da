/// A moment of the past that data can be brought back to.
public enum RecoveryTarget: Sendable, Equatable {
  /// The end of a second since 1970: all that ran in it and before.
  case second(Int64)
  /// An offset of the replication log (`master_repl_offset`): all that lies before it.
  case offset(Int64)

  /// Reads `1700000000`, `2023-11-14T22:13:20Z` or `offset:12345`; nil: it is none of these.
  public init?(_ text: String) {
    if text.hasPrefix("offset:") {
      guard let offset = Int64(text.dropFirst(7)), offset >= 0 else { return nil }
      self = .offset(offset)
    } else if let second = Int64(text) ?? CalendarTime.unixSeconds(text), second >= 0 {
      self = .second(second)
    } else {
      return nil
    }
  }

  /// In words, for who asked for it.
  public var description: String {
    switch self {
    case .second(let second): "\(second) (\(CalendarTime.text(second)))"
    case .offset(let offset): "offset \(offset)"
    }
  }
}

/// What `--recover-to` and `--recover-into` ask for.
public struct RecoveryRequest: Sendable, Equatable {
  public let target: RecoveryTarget
  /// Where the data as of then are put: a directory that is not there yet, or empty.
  public let directory: String

  /// Takes the two options out of a command line.
  ///
  /// - Parameter arguments: keeps the others.
  /// - Returns: nil where neither is there.
  /// - Throws: what is wrong, in a sentence.
  static func take(from arguments: inout [String]) throws(Refusal) -> RecoveryRequest? {
    let target = try value(of: "--recover-to", in: &arguments)
    let directory = try value(of: "--recover-into", in: &arguments)
    guard target != nil || directory != nil else { return nil }
    guard let target else { throw Refusal("--recover-into needs --recover-to <time or offset>.") }
    guard let directory else { throw Refusal("--recover-to needs --recover-into <new directory>.") }
    guard let moment = RecoveryTarget(target) else {
      throw Refusal(
        "--recover-to takes a time (1700000000 or 2023-11-14T22:13:20Z) or offset:<log offset>, not '\(target)'.")
    }
    return RecoveryRequest(target: moment, directory: directory)
  }

  /// What is wrong with the options.
  struct Refusal: Error {
    let text: String

    init(_ text: String) { self.text = text }
  }

  private static func value(of option: String, in arguments: inout [String]) throws(Refusal) -> String? {
    guard let index = arguments.firstIndex(of: option) else { return nil }
    guard index + 1 < arguments.count, !arguments[index + 1].hasPrefix("--"), !arguments[index + 1].isEmpty else {
      throw Refusal("\(option) needs a value.")
    }
    let value = arguments[index + 1]
    arguments.removeSubrange(index...index + 1)
    guard !arguments.contains(option) else { throw Refusal("\(option) is there twice.") }
    return value
  }
}
