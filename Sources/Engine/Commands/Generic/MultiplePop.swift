/// What LMPOP, ZMPOP and their blocking forms are asked for: `numkeys key [key ...] <end> [COUNT count]`.
struct MultiplePop<End> {
  /// The arguments that are keys.
  let keys: Range<Int>
  let end: End
  /// 1 or more.
  let count: Int

  /// - Parameters:
  ///   - index: of the argument that says how many keys there are.
  ///   - end: the end that a word names.
  /// - Throws: what `end` throws, `syntax`, or which number is too small.
  init(
    _ arguments: Arguments, countAt index: Int, end: (Bytes) throws(CommandError) -> End
  ) throws(CommandError) {
    guard let keyCount = arguments[index].parseInt64(), keyCount > 0 else {
      throw .text("ERR numkeys should be greater than 0")
    }
    guard keyCount < arguments.count - index - 1 else { throw .syntax }
    keys = index + 1..<index + 1 + Int(keyCount)
    self.end = try end(arguments[keys.upperBound])
    let option = keys.upperBound + 1
    guard option < arguments.count else {
      count = 1
      return
    }
    guard arguments[option].equalsIgnoringCase("count"), option + 1 < arguments.count else { throw .syntax }
    guard let count = arguments[option + 1].parseInt64(), count > 0 else {
      throw .text("ERR count should be greater than 0")
    }
    guard arguments.count == option + 2 else { throw .syntax }
    self.count = Int(count)
  }
}
