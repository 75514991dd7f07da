/// Finds elements by what they are.
enum LPos: Command {
  static let spec = CommandSpec(
    "lpos", since: "6.0.6", group: .list, arity: .atLeast(3), flags: [.readOnly], keys: [.one([.ro, .access])],
    complexity: "O(N) with N the number of elements looked at",
    summary: "Returns the indices of elements that equal a value.",
    syntax: "key element [RANK rank] [COUNT num-matches] [MAXLEN len]")

  static func execute(_ call: inout Call) throws(CommandError) {
    let options = try Options(call)
    guard let entry = try call.find(1, as: .list, for: .read) else {
      return options.count == nil ? call.reply.null() : call.reply.array(0)
    }
    let list = entry.list
    let wanted = ListpackNeedle(call.arguments[2])
    let mark = options.count.map { _ in call.reply.openAggregate() }
    var found = 0
    var rank = options.rank.magnitude
    let length = list.count
    let end: ListEnd = options.rank > 0 ? .head : .tail
    var index = end == .head ? 0 : length - 1
    list.forEach(from: index, limit: options.lengthLimit, awayFrom: end) { element in
      defer { index += end == .head ? 1 : -1 }
      guard wanted.matches(element) else { return true }
      guard rank <= 1 else {
        rank -= 1
        return true
      }
      call.reply.integer(index)
      found += 1
      return found != options.count ?? 1
    }
    if let mark { call.reply.close(mark, array: found) } else if found == 0 { call.reply.null() }
  }

  private struct Options {
    /// Which match is the first to count, from the end where negative; never 0.
    var rank: Int64 = 1
    /// Matches wanted, 0 for all; nil: one, and not as an array.
    var count: Int?
    /// Elements to look at.
    var lengthLimit = Int.max

    init(_ call: borrowing Call) throws(CommandError) {
      let arguments = call.arguments
      var index = 3
      while index < arguments.count {
        let word = arguments[index]
        guard index + 1 < arguments.count else { throw .syntax }
        if word.equalsIgnoringCase("rank") {
          rank = try call.symmetricInteger(at: index + 1)
          guard rank != 0 else {
            throw .text(
              """
              ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to \
              start from the end of the list
              """)
          }
        } else if word.equalsIgnoringCase("count") {
          count = try call.count(at: index + 1, atLeast: 0, orElse: "ERR COUNT can't be negative")
        } else if word.equalsIgnoringCase("maxlen") {
          let limit = try call.count(at: index + 1, atLeast: 0, orElse: "ERR MAXLEN can't be negative")
          lengthLimit = limit == 0 ? .max : limit
        } else {
          throw .syntax
        }
        index += 2
      }
    }
  }
}
