/// A square of the map: the bits of longitude and latitude in turn, each halving what the ones before left.
///
/// The map ends at ±85.05112878 degrees of latitude (the square of EPSG:3857). With 26 steps the bits are the 52 that
/// a sorted set keeps as a place's score, which a double holds exactly.
struct GeoHash: Equatable {
  static let longitudes = -180.0...180.0
  static let latitudes = -85.05112878...85.05112878
  static var mostSteps: Int { 26 }

  /// Two bits a step, the latitude's the lower of them.
  var bits: UInt64
  /// How often each of both was halved.
  var steps: Int

  init(bits: UInt64, steps: Int) {
    self.bits = bits
    self.steps = steps
  }

  /// The square that a place is in.
  /// - Parameter latitudes: of the whole map; geohashes as other programs write them reach to the poles.
  init(_ place: GeoPlace, steps: Int, latitudes: ClosedRange<Double> = GeoHash.latitudes) {
    func fixedPoint(_ value: Double, _ range: ClosedRange<Double>) -> UInt64 {
      let offset = (value - range.lowerBound) / (range.upperBound - range.lowerBound)
      // At the far end of the map it is 2^steps itself, one bit more, as in Redis.
      return UInt64(max(0, min(offset * Double(1 << steps), 4_294_967_295)))
    }
    bits =
      Self.spread(fixedPoint(place.latitude, latitudes)) | Self.spread(fixedPoint(place.longitude, Self.longitudes))
      << 1
    self.steps = steps
  }

  /// The square that a sorted set's score stands for, whatever the score is.
  init(score: Double) {
    if score >= 0x1p63, score < 0x1p64 {
      bits = UInt64(score)
    } else if score.magnitude < 0x1p63 {
      bits = UInt64(bitPattern: Int64(score))
    } else {
      bits = 1 << 63
    }
    steps = Self.mostSteps
  }

  /// The bits as those of a square of the smallest size: the first score of all in the square.
  var firstScore: Double { Double(bits << UInt64(52 - steps * 2)) }
  /// The first score behind those in the square.
  var scoreBehind: Double { Double((bits &+ 1) << UInt64(52 - steps * 2)) }

  /// Puts a zero before each of 32 bits.
  private static func spread(_ value: UInt64) -> UInt64 {
    var bits = value
    bits = (bits | bits << 16) & 0x0000_FFFF_0000_FFFF
    bits = (bits | bits << 8) & 0x00FF_00FF_00FF_00FF
    bits = (bits | bits << 4) & 0x0F0F_0F0F_0F0F_0F0F
    bits = (bits | bits << 2) & 0x3333_3333_3333_3333
    return (bits | bits << 1) & 0x5555_5555_5555_5555
  }

  /// Takes every other bit away again.
  private static func gather(_ value: UInt64) -> UInt32 {
    var bits = value & 0x5555_5555_5555_5555
    bits = (bits | bits >> 1) & 0x3333_3333_3333_3333
    bits = (bits | bits >> 2) & 0x0F0F_0F0F_0F0F_0F0F
    bits = (bits | bits >> 4) & 0x00FF_00FF_00FF_00FF
    bits = (bits | bits >> 8) & 0x0000_FFFF_0000_FFFF
    return UInt32(truncatingIfNeeded: bits | bits >> 16)
  }

  // MARK: Where it is

  struct Area {
    var west, east, south, north: Double
  }

  var area: Area {
    func bound(_ index: UInt32, _ range: ClosedRange<Double>) -> Double {
      range.lowerBound + (Double(index) / Double(1 << steps)) * (range.upperBound - range.lowerBound)
    }
    let (column, row) = (Self.gather(bits >> 1), Self.gather(bits))
    return Area(
      west: bound(column, Self.longitudes), east: bound(column &+ 1, Self.longitudes),
      south: bound(row, Self.latitudes), north: bound(row &+ 1, Self.latitudes))
  }

  /// The middle of the square, kept within the map.
  var place: GeoPlace {
    let area = self.area
    func kept(_ value: Double, _ range: ClosedRange<Double>) -> Double {
      min(max(value, range.lowerBound), range.upperBound)
    }
    return GeoPlace(
      longitude: kept((area.west + area.east) / 2, Self.longitudes),
      latitude: kept((area.south + area.north) / 2, Self.latitudes))
  }

  /// The square so many columns to the east and rows to the north, each -1, 0 or 1, around the map's edge.
  func neighbor(east: Int, north: Int) -> GeoHash {
    let shift = UInt64(64 - steps * 2)
    let columns: UInt64 = 0xAAAA_AAAA_AAAA_AAAA
    let rows: UInt64 = 0x5555_5555_5555_5555
    func moved(_ bits: UInt64, _ own: UInt64, _ other: UInt64, _ step: Int) -> UInt64 {
      // With the other coordinate's bits all set, a carry runs through them.
      let gaps = other >> shift
      let moved = step > 0 ? bits &+ (gaps &+ 1) : (bits | gaps) &- (gaps &+ 1)
      return moved & own >> shift
    }
    var column = bits & columns
    var row = bits & rows
    if east != 0 { column = moved(column, columns, rows, east) }
    if north != 0 { row = moved(row, rows, columns, north) }
    return GeoHash(bits: column | row, steps: steps)
  }

  /// The eleven characters other programs write the place as.
  var text: [UInt8] {
    let alphabet = Array("0123456789bcdefghjkmnpqrstuvwxyz".utf8)
    let standard = GeoHash(place, steps: Self.mostSteps, latitudes: -90...90)
    // Fifty-two bits make ten characters of five; the eleventh has always been a zero.
    return (0..<10).map { alphabet[Int(standard.bits >> UInt64(52 - ($0 + 1) * 5) & 31)] } + [alphabet[0]]
  }
}
