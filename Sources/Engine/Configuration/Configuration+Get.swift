extension Configuration {
  /// CONFIG GET: the directives that any of `patterns` names, each once, with their values.
  ///
  /// A pattern without `*`, `?` or `[` is a name, shown as the client spelled it. Others match names and aliases alike,
  /// without regard to case, and never find hidden directives. Pattern by pattern, the order is the table's.
  public func matching(_ patterns: [[UInt8]]) -> [(name: [UInt8], value: [UInt8])] {
    var found: [(name: [UInt8], value: [UInt8])] = []
    var seen: Set<String> = []
    for pattern in patterns {
      if !pattern.contains(where: { "*?[".utf8.contains($0) }) {
        guard let directive = Directive.named(pattern), seen.insert(lowercasedText(pattern)).inserted else { continue }
        found.append((pattern, directive.value(in: self)))
        continue
      }
      for directive in Directive.all where !directive.traits.contains(.hidden) {
        for name in directive.names where matches(name, pattern: pattern) && seen.insert(name).inserted {
          found.append((Array(name.utf8), directive.value(in: self)))
        }
      }
    }
    return found
  }

  /// The value of one directive as CONFIG GET shows it, or nil when nothing is called `name`.
  public func value(of name: String) -> String? {
    Directive.named(name.utf8).map { decoded($0.value(in: self)) }
  }
}

extension Directive {
  /// The name and, where there is one, the alias.
  var names: [String] { alias.map { [name, $0] } ?? [name] }
}
