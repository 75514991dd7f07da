/// Adds places.
enum GeoAdd: Command {
  static let spec = CommandSpec(
    "geoadd", since: "3.2.0", group: .geo, arity: .atLeast(5), flags: [.write, .denyOutOfMemory],
    keys: [.one([.rw, .update])], complexity: "O(log(N)) for each member",
    summary: "Adds members with their places to a sorted set, or moves them.",
    syntax: "key [NX | XX] [CH] longitude latitude member [longitude latitude member ...]",
    history: [("6.2.0", "Added the `CH`, `NX` and `XX` options.")])

  static func execute(_ call: inout Call) throws(CommandError) {
    let arguments = call.arguments
    var start = 2
    var options: SortedSetAdditions.Options = []
    while start < arguments.count, let option = option(arguments[start]) {
      options.insert(option)
      start += 1
    }
    let words = arguments.count - start
    guard words > 0, words % 3 == 0, !options.isSuperset(of: [.onlyNew, .onlyExisting]) else { throw .syntax }
    var pairs = Slab<SortedSetAdditions.Pair>(capacity: words / 3)
    for index in stride(from: start, to: arguments.count, by: 3) {
      let place = try GeoPlace(arguments[index], arguments[index + 1])
      let score = GeoHash(place, steps: GeoHash.mostSteps).firstScore
      pairs.append(SortedSetAdditions.Pair(score: score, member: arguments[index + 2]))
    }
    let changes = call.keyspace.changes
    let additions = SortedSetAdditions(options, pairs)
    try call.addMembers(additions)
    if call.keyspace.changes > changes { call.declare(additions, optionsFrom: 2, to: start) }
  }

  private static func option(_ word: Bytes) -> SortedSetAdditions.Options? {
    guard let option = SortedSetAdditions.option(word) else { return nil }
    return option.isSubset(of: [.onlyNew, .onlyExisting, .countsChanges]) ? option : nil
  }
}

extension Call {
  /// Declares the effect: a ZADD of scores, so that nobody has to compute them again.
  fileprivate mutating func declare(_ additions: borrowing SortedSetAdditions, optionsFrom: Int, to end: Int) {
    pendingEffects.isDeclared = true
    guard writesLog else { return }
    pendingEffects.begin(database: database, count: end + additions.pairs.count * 2)
    pendingEffects.append(Bytes("zadd"))
    for index in 1..<end { pendingEffects.append(arguments[index]) }
    for index in 0..<additions.pairs.count {
      let pair = additions.pairs[index]
      NumberText(Int64(pair.score)).withBytes { pendingEffects.append($0) }
      pendingEffects.append(pair.member)
    }
  }
}

extension GeoPlace {
  /// A place as commands take it.
  /// - Throws: `notFloat`, or where the place is not on the map.
  init(_ longitude: Bytes, _ latitude: Bytes) throws(CommandError) {
    guard let longitude = longitude.parseDouble(), let latitude = latitude.parseDouble() else { throw .notFloat }
    self.init(longitude: longitude, latitude: latitude)
    guard isOnMap else {
      var text = ByteBuffer()
      text.append(double: longitude, decimals: 6)
      text.append(UInt8(ascii: ","))
      text.append(double: latitude, decimals: 6)
      throw .composed("ERR invalid longitude,latitude pair \(text.text)")
    }
  }
}
