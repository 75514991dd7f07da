/// Names of files that are of no use any more once the process that made them has ended.
///
///     temp-<process>.rdb                        a snapshot on its way
///     temp-<seconds>.<process>.rdb              the primary's, on its way in
///     temp-rewriteaof-bg-<process>.aof          a base on its way
///     appendonly.aof.<…>.<process>.tmp          a list, or a base that begins empty, on its way
enum LeftoverName {
  /// The process that made the file, by its name in the working directory; nil: it is another kind of file.
  static func maker(of name: String) -> Int32? {
    guard name.hasPrefix("temp-") else { return nil }
    let rest = name.dropFirst("temp-".count)
    if rest.hasPrefix("rewriteaof-bg-"), rest.hasSuffix(".aof") {
      return number(rest.dropFirst("rewriteaof-bg-".count).dropLast(4)).flatMap(process)
    }
    guard rest.hasSuffix(".rdb") else { return nil }
    let numbers = rest.dropLast(4).split(separator: ".", omittingEmptySubsequences: false).map { number($0) }
    guard 1...2 ~= numbers.count, let last = numbers.last, let maker = last, !numbers.contains(nil) else {
      return nil
    }
    return process(maker)
  }

  /// The same of a name in the directory of the append-only files.
  static func maker(of name: String, prefix: String) -> Int32? {
    guard name.hasPrefix(prefix + "."), name.hasSuffix(".tmp"),
      let maker = name.dropLast(4).split(separator: ".", omittingEmptySubsequences: false).last
    else { return nil }
    return number(maker).flatMap(process)
  }

  /// What a file of the append-only file is by its name: a base or an increment, and its number. nil: it is none of
  /// those that a server names by itself.
  static func part(_ name: String, prefix: String) -> (kind: AppendOnlyManifest.Kind, sequence: Int64)? {
    guard name.hasPrefix(prefix + ".") else { return nil }
    let words = name.dropFirst(prefix.count + 1).split(separator: ".", omittingEmptySubsequences: false)
    guard words.count == 3, let sequence = number(words[0]) else { return nil }
    switch (words[1], words[2]) {
    case ("base", "rdb"), ("base", "aof"): return (.base, sequence)
    case ("incr", "aof"): return (.increment, sequence)
    default: return nil
    }
  }

  /// The number as a process's; nil: Linux gives none such (`pid_max`), and the name is somebody else's.
  private static func process(_ number: Int64) -> Int32? { 1...4_194_304 ~= number ? Int32(number) : nil }

  /// A number in nothing but digits, as it is written in names.
  private static func number(_ text: Substring) -> Int64? {
    guard !text.isEmpty, text.utf8.allSatisfy({ 48...57 ~= $0 }), text == "0" || !text.hasPrefix("0") else {
      return nil
    }
    return Int64(text)
  }
}

extension AppendOnlyManifest {
  /// Whether a file that is not on the list was replaced by what is: a server that ended after it wrote the list had no
  /// time to delete it. Files with higher numbers are not touched: whoever put an older list in place may want them.
  func hasReplaced(_ kind: Kind, _ sequence: Int64) -> Bool {
    switch kind {
    case .base: base.map { sequence < $0.sequence } ?? false
    case .increment: increments.first.map { sequence < $0.sequence } ?? false
    case .history: false
    }
  }
}
