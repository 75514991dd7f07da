/// What GEOSEARCH, GEORADIUS and their kin ask for, parsed.
struct GeoQuery {
  /// Which command asks.
  enum Form {
    enum Center { case place, member }
    case search, searchAndStore
    case around(Center, mayStore: Bool = true)

    var isSearch: Bool {
      if case .around = self { false } else { true }
    }
  }

  enum Order { case none, ascending, descending }

  /// A place that was found.
  struct Result {
    /// Good until the set changes.
    var member: StringValue
    var score: Double
    var place: GeoPlace
    /// Metres from the centre.
    var distance: Double
  }

  let form: Form
  private(set) var shape = GeoShape(
    center: GeoPlace(longitude: 0, latitude: 0), outline: .circle(radius: 0), unit: 1)
  private(set) var withDistance = false
  private(set) var withHash = false
  private(set) var withPlace = false
  /// Index of the key to store in.
  private(set) var storeKey: Int?
  /// Whether what is stored is distances, not geohashes.
  private(set) var storesDistance = false
  private var order = Order.none
  /// At most so many are wanted; 0: all.
  private var count: Int64 = 0
  /// Whether any so many will do, instead of the nearest.
  private var takesAny = false
  private var fromMember = false
  private var fromPlace = false
  private var byRadius = false
  private var byBox = false

  /// - Parameters:
  ///   - key: index of the key to search.
  ///   - set: what is there.
  init(_ form: Form, _ arguments: Arguments, keyAt key: Int, _ set: SortedSetValue?) throws(CommandError) {
    self.form = form
    var index = key + 1
    switch form {
    case .search: break
    case .searchAndStore: storeKey = 1
    case .around(.place, _):
      shape.center = try GeoPlace(arguments[2], arguments[3])
      try takeCircle(arguments[4], arguments[5])
      index = 6
    case .around(.member, _):
      // Without a set nothing is looked at but the options, as in Redis.
      if let set {
        try takeCenter(arguments[2], of: set)
        try takeCircle(arguments[3], arguments[4])
      }
      index = 5
    }
    while index < arguments.count {
      let words = arguments.dropFirst(index)
      if let taken = try takeOption(words, index) {
        index += taken
      } else if form.isSearch, let taken = try takeShape(words, set) {
        index += taken
      } else {
        throw .syntax
      }
    }
    try check(arguments[0])
  }

  /// Takes one of the options that all forms have.
  /// - Returns: of how many words it consists; nil: it is none of them.
  private mutating func takeOption(_ words: Arguments, _ index: Int) throws(CommandError) -> Int? {
    let word = words[0]
    if word.equalsIgnoringCase("withdist") {
      withDistance = true
    } else if word.equalsIgnoringCase("withhash") {
      withHash = true
    } else if word.equalsIgnoringCase("withcoord") {
      withPlace = true
    } else if word.equalsIgnoringCase("any") {
      takesAny = true
    } else if word.equalsIgnoringCase("asc") {
      order = .ascending
    } else if word.equalsIgnoringCase("desc") {
      order = .descending
    } else if words.count > 1, word.equalsIgnoringCase("count") {
      guard let count = words[1].parseInt64() else { throw .notInteger }
      guard count > 0 else { throw .text("ERR COUNT must be > 0") }
      self.count = count
      return 2
    } else {
      return takeTarget(words, index)
    }
    return 1
  }

  private mutating func takeTarget(_ words: Arguments, _ index: Int) -> Int? {
    let isDistance = words[0].equalsIgnoringCase("storedist")
    switch form {
    case .around(_, mayStore: true):
      guard words.count > 1, isDistance || words[0].equalsIgnoringCase("store") else { return nil }
      storeKey = index + 1
      storesDistance = isDistance
      return 2
    case .searchAndStore where isDistance:
      storesDistance = true
      return 1
    default: return nil
    }
  }

  /// Takes what only the searches have: where from, and how far.
  private mutating func takeShape(_ words: Arguments, _ set: SortedSetValue?) throws(CommandError) -> Int? {
    if words.count > 1, !fromPlace, words[0].equalsIgnoringCase("frommember") {
      if let set { try takeCenter(words[1], of: set) }
      fromMember = true
      return 2
    }
    if words.count > 2, !fromMember, words[0].equalsIgnoringCase("fromlonlat") {
      shape.center = try GeoPlace(words[1], words[2])
      fromPlace = true
      return 3
    }
    if words.count > 2, !byBox, words[0].equalsIgnoringCase("byradius") {
      try takeCircle(words[1], words[2])
      byRadius = true
      return 3
    }
    guard words.count > 3, !byRadius, words[0].equalsIgnoringCase("bybox") else { return nil }
    guard let width = words[1].parseDouble() else { throw .text("ERR need numeric width") }
    guard let height = words[2].parseDouble() else { throw .text("ERR need numeric height") }
    if width < 0 || height < 0 { throw .text("ERR height or width cannot be negative") }
    shape.unit = try GeoShape.unit(words[3])
    shape.outline = .box(width: width, height: height)
    byBox = true
    return 4
  }

  private mutating func takeCenter(_ member: Bytes, of set: SortedSetValue) throws(CommandError) {
    guard let place = set.place(of: member) else { throw .text("ERR could not decode requested zset member") }
    shape.center = place
  }

  private mutating func takeCircle(_ radius: Bytes, _ unit: Bytes) throws(CommandError) {
    guard let radius = radius.parseDouble() else { throw .text("ERR need numeric radius") }
    if radius < 0 { throw .text("ERR radius cannot be negative") }
    shape.unit = try GeoShape.unit(unit)
    shape.outline = .circle(radius: radius)
  }

  /// - Parameter name: the command's, as the client wrote it.
  private func check(_ name: Bytes) throws(CommandError) {
    if storeKey != nil, withDistance || withHash || withPlace {
      let subject = form.isSearch ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS"
      throw .composed("ERR \(subject) is not compatible with WITHDIST, WITHHASH and WITHCOORD options")
    }
    if form.isSearch, !fromMember, !fromPlace {
      throw .composed("ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for \(name.text)")
    }
    if form.isSearch, !byRadius, !byBox {
      throw .composed("ERR exactly one of BYRADIUS and BYBOX can be specified for \(name.text)")
    }
    if takesAny, count == 0 { throw .text("ERR the ANY argument requires COUNT argument") }
  }

  // MARK: Searching

  /// The places found, in the order asked for, no more than asked for.
  func results(in set: SortedSetValue) -> [Result] {
    var found: [Result] = []
    let enough = takesAny ? count : 0
    for square in shape.squares {
      if enough > 0, Int64(found.count) >= enough { break }
      collect(square, of: set, enough, into: &found)
    }
    // The first so many must be the nearest, unless any will do.
    let order = self.order == .none && count > 0 && !takesAny ? .ascending : self.order
    switch order {
    case .none: break
    case .ascending: found.sort { $0.distance < $1.distance }
    case .descending: found.sort { $0.distance > $1.distance }
    }
    if count > 0, Int64(found.count) > count { found.removeLast(found.count - Int(count)) }
    return found
  }

  private func collect(_ square: GeoHash, of set: SortedSetValue, _ enough: Int64, into found: inout [Result]) {
    let range = ScoreRange(minimum: square.firstScore, maximum: square.scoreBehind, excludesMaximum: true)
    var position = set.firstPosition(from: range)
    while let here = position {
      let score = set.score(at: here)
      guard range.reaches(score) else { return }
      let place = GeoHash(score: score).place
      if let distance = shape.distance(to: place) {
        found.append(Result(member: set.member(at: here), score: score, place: place, distance: distance))
        if enough > 0, Int64(found.count) >= enough { return }
      }
      position = set.position(after: here)
    }
  }
}
