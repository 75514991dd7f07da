/// Command-line arguments of the form `--name value` or `--flag`.
public struct Arguments {
  private var values: [String: [String]] = [:]

  /// - Parameters:
  ///   - names: the names that take a value, without dashes.
  ///   - flags: those that take none.
  /// - Throws: `BenchError` that names the argument it does not know.
  public init(_ arguments: some Sequence<String>, names: Set<String>, flags: Set<String> = []) throws {
    var iterator = arguments.makeIterator()
    while let argument = iterator.next() {
      let name = String(argument.drop { $0 == "-" })
      guard argument.hasPrefix("--"), names.contains(name) || flags.contains(name) else {
        throw BenchError("unknown argument \(argument); known: \(names.union(flags).sorted().joined(separator: " "))")
      }
      if flags.contains(name) {
        values[name] = ["yes"]
      } else if let value = iterator.next() {
        values[name, default: []].append(value)
      } else {
        throw BenchError("\(argument) needs a value")
      }
    }
  }

  public func has(_ name: String) -> Bool { values[name] != nil }
  public func all(_ name: String) -> [String] { values[name] ?? [] }
  public func string(_ name: String) -> String? { values[name]?.last }

  /// The value of `name` as `read` understands it, or `fallback` where it is absent.
  public func value<T>(_ name: String, or fallback: T, _ read: (String) -> T?) throws -> T {
    guard let text = string(name) else { return fallback }
    guard let value = read(text) else { throw BenchError("--\(name): cannot read \"\(text)\"") }
    return value
  }

  public func integer(_ name: String, or fallback: Int) throws -> Int { try value(name, or: fallback) { Int($0) } }
  public func number(_ name: String, or fallback: Double) throws -> Double {
    try value(name, or: fallback) { Double($0) }
  }
}
