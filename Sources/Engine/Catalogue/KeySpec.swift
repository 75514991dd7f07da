/// Where a command's keys are among its arguments, and what it does with them.
///
/// Source: the key specifications of Redis 7 (COMMAND INFO, element 8).
public struct KeySpec: Sendable {
  /// Where to look from.
  public enum Begin: Sendable {
    /// The argument at this index.
    case index(Int)
    /// The argument behind this word, searched from an index on (from the end where negative).
    case keyword(StaticString, startFrom: Int)
    case unknown
  }

  /// How to go on from there.
  public enum Find: Sendable {
    /// Up to `last` (relative to the begin, negative: from the end), every `step`th; with `limit` only the first
    /// part of the rest (`2`: one half).
    case range(last: Int, step: Int, limit: Int)
    /// The argument at `countAt` (relative to the begin) says how many; the first is at `first`.
    case keyCount(countAt: Int, first: Int, step: Int)
    case unknown
  }

  /// What is done with the keys.
  public struct Access: OptionSet, Sendable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    /// Read only.
    public static let ro = Access(rawValue: 1 << 0)
    /// Read and written.
    public static let rw = Access(rawValue: 1 << 1)
    /// Overwritten whole.
    public static let ow = Access(rawValue: 1 << 2)
    /// Removed.
    public static let rm = Access(rawValue: 1 << 3)
    /// The value is returned or copied.
    public static let access = Access(rawValue: 1 << 4)
    /// Something the value holds is changed, by what it holds.
    public static let update = Access(rawValue: 1 << 5)
    public static let insert = Access(rawValue: 1 << 6)
    public static let delete = Access(rawValue: 1 << 7)
    /// Looks like a key but names something else (a channel).
    public static let notKey = Access(rawValue: 1 << 8)
    public static let incomplete = Access(rawValue: 1 << 9)
    public static let variableFlags = Access(rawValue: 1 << 10)

    static let names: [(Access, StaticString)] = [
      (.ro, "RO"), (.rw, "RW"), (.ow, "OW"), (.rm, "RM"), (.access, "access"), (.update, "update"),
      (.insert, "insert"), (.delete, "delete"), (.notKey, "not_key"), (.incomplete, "incomplete"),
      (.variableFlags, "variable_flags"),
    ]
  }

  public var access: Access
  public var begin: Begin
  public var find: Find

  public init(_ access: Access, begin: Begin, find: Find) {
    self.access = access
    self.begin = begin
    self.find = find
  }

  /// One key, at `index`.
  public static func one(_ access: Access, at index: Int = 1) -> KeySpec {
    KeySpec(access, begin: .index(index), find: .range(last: 0, step: 1, limit: 0))
  }

  /// Keys from `first` on, every `step`th, up to `last` counted from `first`; negative: from the end.
  public static func range(_ access: Access, from first: Int = 1, last: Int = -1, step: Int = 1) -> KeySpec {
    KeySpec(access, begin: .index(first), find: .range(last: last, step: step, limit: 0))
  }

  /// Calls `body` with the index of every key in `arguments`.
  /// - Returns: false where the arguments do not fit the specification.
  func forEachKey(in arguments: Arguments, _ body: (Int) -> Void) -> Bool {
    guard let begin = beginIndex(in: arguments) else { return true }
    switch find {
    case .range(let last, let step, let limit):
      var end = last >= 0 ? begin + last : arguments.count + last
      if limit > 1 { end = begin + (end - begin) / limit }
      guard begin < arguments.count, end < arguments.count else { return false }
      for index in stride(from: begin, through: end, by: step) { body(index) }
    case .keyCount(let countAt, let first, let step):
      guard begin + countAt < arguments.count, let count = arguments[begin + countAt].parseInt64(), count >= 0,
        count <= arguments.count
      else { return false }
      let start = begin + first
      guard start + (Int(count) - 1) * step < arguments.count else { return false }
      for index in 0..<Int(count) { body(start + index * step) }
    case .unknown: return false
    }
    return true
  }

  private func beginIndex(in arguments: Arguments) -> Int? {
    switch begin {
    case .index(let index): return index
    case .unknown: return nil
    case .keyword(let word, let startFrom):
      let isBackwards = startFrom < 0
      var index = isBackwards ? arguments.count + startFrom : startFrom
      while index > 0 && index < arguments.count {
        if arguments[index].isWord(word) { return index + 1 }
        index += isBackwards ? -1 : 1
      }
      return nil
    }
  }
}

extension Bytes {
  /// Whether the bytes are those of `word`, whatever the case of letters in either.
  fileprivate func isWord(_ word: StaticString) -> Bool {
    let word = Bytes(word)
    guard word.count == count else { return false }
    return (0..<count).allSatisfy {
      self[$0] == word[$0] || self[$0] | 0x20 == word[$0] | 0x20 && word[$0] | 0x20 >= 97
    }
  }
}
