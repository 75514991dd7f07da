// What is asked of single places.

/// Returns places.
enum GeoPos: Command {
  static let spec = CommandSpec(
    "geopos", since: "3.2.0", group: .geo, arity: .atLeast(2), flags: [.readOnly], keys: [.one([.ro, .access])],
    complexity: "O(N) with N the number of members asked for", summary: "Returns the places of members.",
    syntax: "key [member [member ...]]")

  static func execute(_ call: inout Call) throws(CommandError) {
    let set = try call.find(1, as: .sortedSet, for: .read)?.sortedSet
    call.reply.array(call.arguments.count - 2)
    for member in 2..<max(call.arguments.count, 2) {
      guard let place = set?.place(of: call.arguments[member]) else {
        call.reply.nullArray()
        continue
      }
      call.reply.place(place)
    }
  }
}

/// Returns places as the geohashes of other programs.
enum GeoHashCommand: Command {
  static let spec = CommandSpec(
    "geohash", since: "3.2.0", group: .geo, arity: .atLeast(2), flags: [.readOnly], keys: [.one([.ro, .access])],
    complexity: "O(N) with N the number of members asked for",
    summary: "Returns the places of members as geohashes of eleven characters.", syntax: "key [member [member ...]]")

  static func execute(_ call: inout Call) throws(CommandError) {
    let set = try call.find(1, as: .sortedSet, for: .read)?.sortedSet
    call.reply.array(call.arguments.count - 2)
    for member in 2..<max(call.arguments.count, 2) {
      if let score = set?.score(of: call.arguments[member]) {
        call.reply.bulk(GeoHash(score: score).text)
      } else {
        call.reply.null()
      }
    }
  }
}

/// Returns how far two members are from each other.
enum GeoDist: Command {
  static let spec = CommandSpec(
    "geodist", since: "3.2.0", group: .geo, arity: .atLeast(4), flags: [.readOnly], keys: [.one([.ro, .access])],
    summary: "Returns the distance between the places of two members.",
    syntax: "key member1 member2 [M | KM | FT | MI]")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard call.arguments.count <= 5 else { throw .syntax }
    let unit = call.arguments.count == 5 ? try GeoShape.unit(call.arguments[4]) : 1
    guard let set = try call.find(1, as: .sortedSet, for: .read)?.sortedSet,
      let first = set.place(of: call.arguments[2]), let second = set.place(of: call.arguments[3])
    else { return call.reply.null() }
    call.reply.distance(first.distance(to: second) / unit)
  }
}

extension SortedSetValue {
  /// The place that a member's score stands for.
  func place(of member: Bytes) -> GeoPlace? { score(of: member).map { GeoHash(score: $0).place } }
}

extension GeoShape {
  /// How many metres a unit of length is.
  static func unit(_ word: Bytes) throws(CommandError) -> Double {
    if word.equalsIgnoringCase("m") { return 1 }
    if word.equalsIgnoringCase("km") { return 1000 }
    if word.equalsIgnoringCase("ft") { return 0.3048 }
    if word.equalsIgnoringCase("mi") { return 1609.34 }
    throw .text("ERR unsupported unit provided. please use M, KM, FT, MI")
  }
}

extension ReplyWriter {
  /// A place as longitude and latitude.
  mutating func place(_ place: GeoPlace) {
    array(2)
    degrees(place.longitude)
    degrees(place.latitude)
  }

  private mutating func degrees(_ value: Double) {
    var text = ByteBuffer(capacity: 32)
    text.append(human: LongDouble(value))
    guard version == 3 else { return bulk(text.bytes) }
    raw(",")
    raw(text.bytes)
    raw("\r\n")
  }

  /// A distance, with four decimals.
  mutating func distance(_ value: Double) {
    let scaled = (value * 10_000).rounded(.toNearestOrEven)
    let whole = Int64(exactly: scaled) ?? .min
    var text = ByteBuffer(capacity: 32)
    text.append(decimal: whole.magnitude / 10_000)
    text.append(UInt8(ascii: "."))
    let fraction = whole.magnitude % 10_000
    text.append(repeating: UInt8(ascii: "0"), count: 4 - (fraction == 0 ? 1 : DecimalInteger.digitCount(fraction)))
    text.append(decimal: fraction)
    bulk(text.bytes)
  }
}
