extension Call {
  /// Argument `index` as an integer.
  /// - Throws: `notInteger`.
  func integer(at index: Int) throws(CommandError) -> Int64 {
    guard let value = arguments[index].parseInt64() else { throw .notInteger }
    return value
  }

  /// Argument `index` as an integer of 32 bits, which is what Redis takes for database numbers and the like.
  /// - Throws: `notInteger`, or with the range that was left.
  func integer32(at index: Int) throws(CommandError) -> Int {
    let value = try integer(at: index)
    guard Int32(exactly: value) != nil else {
      throw .text("ERR value is out of range, value must between -2147483648 and 2147483647")
    }
    return Int(value)
  }

  /// Argument `index` as the number of a database there is.
  /// - Throws: as `integer32`, or `databaseOutOfRange`.
  func databaseNumber(at index: Int) throws(CommandError) -> Int {
    let number = try integer32(at: index)
    guard number >= 0, number < keyspace.count else { throw .databaseOutOfRange }
    return number
  }

  /// Answers a container's HELP: a heading, then each subcommand's syntax with what it does below it.
  /// - Parameter container: the command's name, in capitals.
  mutating func replyHelp(_ container: StaticString, _ lines: [(syntax: StaticString, text: StaticString)]) {
    reply.array(3 + lines.count * 2)
    reply.simple("\(container) <subcommand> [<arg> [value] [opt] ...]. Subcommands are:")
    for line in lines {
      reply.simple(line.syntax)
      reply.simple("    \(line.text)")
    }
    reply.simple("HELP")
    reply.simple("    Prints this help.")
  }
}
