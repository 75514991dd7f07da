/// Finds places in a circle or a box.
enum GeoSearch: Command {
  static let spec = CommandSpec(
    "geosearch", since: "6.2.0", group: .geo, arity: .atLeast(7), flags: [.readOnly], keys: [.one([.ro, .access])],
    complexity: "O(N+log(M)) with N the places in the squares around the shape and M those inside it",
    summary: "Returns the members whose places are in a circle or a box.",
    syntax: """
      key <FROMMEMBER member | FROMLONLAT longitude latitude> <BYRADIUS radius <M | KM | FT | MI> | BYBOX width \
      height <M | KM | FT | MI>> [ASC | DESC] [COUNT count [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]
      """, history: [("7.0.0", "Added support for uppercase unit names.")])

  static func execute(_ call: inout Call) throws(CommandError) { try call.searchPlaces(.search, keyAt: 1) }
}

/// Stores the places in a circle or a box.
enum GeoSearchStore: Command {
  static let spec = CommandSpec(
    "geosearchstore", since: "6.2.0", group: .geo, arity: .atLeast(8), flags: [.write, .denyOutOfMemory],
    keys: [.one([.ow, .update]), .one([.ro, .access], at: 2)],
    complexity: "O(N+log(M)) with N the places in the squares around the shape and M those inside it",
    summary: "Stores the members whose places are in a circle or a box in another sorted set.",
    syntax: """
      destination source <FROMMEMBER member | FROMLONLAT longitude latitude> <BYRADIUS radius <M | KM | FT | MI> | \
      BYBOX width height <M | KM | FT | MI>> [ASC | DESC] [COUNT count [ANY]] [STOREDIST]
      """, history: [("7.0.0", "Added support for uppercase unit names.")])

  static func execute(_ call: inout Call) throws(CommandError) { try call.searchPlaces(.searchAndStore, keyAt: 2) }
}

/// Finds places around one, and may store them.
enum GeoRadius: Command {
  static let spec = CommandSpec(
    "georadius", since: "3.2.0", group: .geo, arity: .atLeast(6), flags: [.write, .denyOutOfMemory, .movableKeys],
    keys: [.one([.ro, .access]), .behind("STORE", from: 6), .behind("STOREDIST", from: 6)],
    complexity: "O(N+log(M)) with N the places in the squares around the circle and M those inside it",
    summary: "Returns, or stores, the members whose places are in a circle.",
    syntax: """
      key longitude latitude radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count [ANY]] \
      [ASC | DESC] [STORE key | STOREDIST key]
      """,
    history: [
      ("6.2.0", "Added the `ANY` option for `COUNT`."), ("7.0.0", "Added support for uppercase unit names."),
    ],
    deprecated: ("6.2.0", "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument"))

  static func execute(_ call: inout Call) throws(CommandError) { try call.searchPlaces(.around(.place), keyAt: 1) }
}

/// Finds places around one.
enum GeoRadiusReadOnly: Command {
  static let spec = CommandSpec(
    "georadius_ro", since: "3.2.10", group: .geo, arity: .atLeast(6), flags: [.readOnly],
    keys: [.one([.ro, .access])],
    complexity: "O(N+log(M)) with N the places in the squares around the circle and M those inside it",
    summary: "Returns the members whose places are in a circle.",
    syntax: """
      key longitude latitude radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count [ANY]] \
      [ASC | DESC]
      """, history: [("6.2.0", "Added the `ANY` option for `COUNT`.")],
    deprecated: ("6.2.0", "`GEOSEARCH` with the `BYRADIUS` argument"))

  static func execute(_ call: inout Call) throws(CommandError) {
    try call.searchPlaces(.around(.place, mayStore: false), keyAt: 1)
  }
}

/// Finds places around a member's, and may store them.
enum GeoRadiusByMember: Command {
  static let spec = CommandSpec(
    "georadiusbymember", since: "3.2.0", group: .geo, arity: .atLeast(5),
    flags: [.write, .denyOutOfMemory, .movableKeys],
    keys: [.one([.ro, .access]), .behind("STORE", from: 5), .behind("STOREDIST", from: 5)],
    complexity: "O(N+log(M)) with N the places in the squares around the circle and M those inside it",
    summary: "Returns, or stores, the members whose places are in a circle around a member's.",
    syntax: """
      key member radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count [ANY]] [ASC | DESC] \
      [STORE key | STOREDIST key]
      """, history: [("7.0.0", "Added support for uppercase unit names.")],
    deprecated: ("6.2.0", "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments"))

  static func execute(_ call: inout Call) throws(CommandError) { try call.searchPlaces(.around(.member), keyAt: 1) }
}

/// Finds places around a member's.
enum GeoRadiusByMemberReadOnly: Command {
  static let spec = CommandSpec(
    "georadiusbymember_ro", since: "3.2.10", group: .geo, arity: .atLeast(5), flags: [.readOnly],
    keys: [.one([.ro, .access])],
    complexity: "O(N+log(M)) with N the places in the squares around the circle and M those inside it",
    summary: "Returns the members whose places are in a circle around a member's.",
    syntax:
      "key member radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count [ANY]] [ASC | DESC]",
    deprecated: ("6.2.0", "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments"))

  static func execute(_ call: inout Call) throws(CommandError) {
    try call.searchPlaces(.around(.member, mayStore: false), keyAt: 1)
  }
}

extension KeySpec {
  /// The key behind a word.
  fileprivate static func behind(_ word: StaticString, from index: Int) -> KeySpec {
    KeySpec([.ow, .update], begin: .keyword(word, startFrom: index), find: .range(last: 0, step: 1, limit: 0))
  }
}

extension Call {
  /// - Parameter key: index of the key to search.
  fileprivate mutating func searchPlaces(_ form: GeoQuery.Form, keyAt key: Int) throws(CommandError) {
    let set = try find(key, as: .sortedSet, for: .read)?.sortedSet
    let query = try GeoQuery(form, arguments, keyAt: key, set)
    let found = set.map { query.results(in: $0) } ?? []
    if let target = query.storeKey { return store(found, query, at: target) }
    let extras = (query.withDistance ? 1 : 0) + (query.withHash ? 1 : 0) + (query.withPlace ? 1 : 0)
    reply.array(found.count)
    for result in found {
      if extras > 0 { reply.array(extras + 1) }
      reply.bulk(result.member)
      if query.withDistance { reply.distance(result.distance / query.shape.unit) }
      if query.withHash { reply.integer(Int64(bitPattern: GeoHash(score: result.score).bits)) }
      if query.withPlace { reply.place(result.place) }
    }
  }

  private mutating func store(_ found: [GeoQuery.Result], _ query: GeoQuery, at target: Int) {
    let (limits, hasher) = (configuration.sortedSetLimits, keyspace.hash)
    var set = SortedSetValue.make(for: found.count, limits: limits, hash: hasher)
    var random = self.random
    for result in found {
      let score = query.storesDistance ? result.distance / query.shape.unit : result.score
      _ = result.member.withBytes { set.set($0, score: score, limits: limits, hash: hasher, &random) }
    }
    self.random = random
    store(set, at: target, event: query.form.isSearch ? "geosearchstore" : "georadiusstore")
    // Redis counts each member stored as a change.
    keyspace.changes += Int64(max(found.count - 1, 0))
  }
}
