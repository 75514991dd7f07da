internal import Glibc

/// A place on the earth, in degrees.
struct GeoPlace: Equatable {
  var longitude: Double
  var latitude: Double

  /// Of the sphere that distances are measured on, in metres, as in Redis.
  static let earthRadius = 6372797.560856

  fileprivate static let radian = Double.pi / 180

  /// Whether the place is on the map.
  var isOnMap: Bool { GeoHash.longitudes.contains(longitude) && GeoHash.latitudes.contains(latitude) }

  /// Metres to another place, along a great circle (haversine).
  func distance(to other: GeoPlace) -> Double {
    let v = sin((other.longitude * Self.radian - longitude * Self.radian) / 2)
    if v == 0 { return northSouthDistance(to: other) }
    let (own, others) = (latitude * Self.radian, other.latitude * Self.radian)
    let u = sin((others - own) / 2)
    let a = u * u + cos(own) * cos(others) * v * v
    return 2 * Self.earthRadius * asin(a.squareRoot())
  }

  /// Metres between the two places' parallels.
  func northSouthDistance(to other: GeoPlace) -> Double {
    Self.earthRadius * abs(other.latitude * Self.radian - latitude * Self.radian)
  }
}

/// A circle or a box around a place.
struct GeoShape {
  enum Outline {
    case circle(radius: Double)
    case box(width: Double, height: Double)
  }

  var center: GeoPlace
  var outline: Outline
  /// Metres of one unit of the outline.
  var unit: Double

  /// Metres from the centre to a place, or nil where the place is outside.
  func distance(to place: GeoPlace) -> Double? {
    switch outline {
    case .circle(let radius):
      let distance = center.distance(to: place)
      return distance > radius * unit ? nil : distance
    case .box(let width, let height):
      if place.northSouthDistance(to: center) > height * unit / 2 { return nil }
      let parallel = GeoPlace(longitude: center.longitude, latitude: place.latitude)
      if place.distance(to: parallel) > width * unit / 2 { return nil }
      return center.distance(to: place)
    }
  }

  /// The degrees within which all of the shape is: its sides are the shorter, the nearer they are to a pole.
  private var bounds: GeoHash.Area {
    let (width, height) =
      switch outline {
      case .circle(let radius): (unit * radius, unit * radius)
      case .box(let width, let height): (unit * (width / 2), unit * (height / 2))
      }
    let latitudes = height / GeoPlace.earthRadius / GeoPlace.radian
    let edge = center.latitude < 0 ? center.latitude - latitudes : center.latitude + latitudes
    let longitudes = width / GeoPlace.earthRadius / cos(edge * GeoPlace.radian) / GeoPlace.radian
    return GeoHash.Area(
      west: center.longitude - longitudes, east: center.longitude + longitudes,
      south: center.latitude - latitudes, north: center.latitude + latitudes)
  }

  /// How far the shape reaches, metres.
  private var reach: Double {
    switch outline {
    case .circle(let radius): radius * unit
    case .box(let width, let height): ((width / 2) * (width / 2) + (height / 2) * (height / 2)).squareRoot() * unit
    }
  }

  /// So many steps that nine squares cover the shape, as a first guess.
  private var estimatedSteps: Int {
    var range = reach
    if range == 0 { return GeoHash.mostSteps }
    var steps = 1
    while range < 20_037_726.37 {
      range *= 2
      steps += 1
    }
    steps -= 2
    if center.latitude.magnitude > 66 { steps -= 1 }
    if center.latitude.magnitude > 80 { steps -= 1 }
    return min(max(steps, 1), GeoHash.mostSteps)
  }

  /// The squares that cover the shape: the centre's, then its neighbours as far as the shape reaches into them.
  ///
  /// The same squares in the same order as Redis, so that a search that ends early finds the same places.
  var squares: [GeoHash] {
    let bounds = self.bounds
    var own = GeoHash(center, steps: estimatedSteps)
    if own.steps > 1,
      own.neighbor(east: 0, north: 1).area.north < bounds.north
        || own.neighbor(east: 0, north: -1).area.south > bounds.south
        || own.neighbor(east: 1, north: 0).area.east < bounds.east
        || own.neighbor(east: -1, north: 0).area.west > bounds.west
    {
      own = GeoHash(center, steps: own.steps - 1)
    }
    let area = own.area
    let order = [(0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1)]
    var squares = [own]
    for (east, north) in order {
      if own.steps >= 2 {
        if north < 0 && area.south < bounds.south || north > 0 && area.north > bounds.north { continue }
        if east < 0 && area.west < bounds.west || east > 0 && area.east > bounds.east { continue }
      }
      let square = own.neighbor(east: east, north: north)
      // On a map of few squares a neighbour may be met twice in a row.
      if squares.count > 1, square == squares[squares.count - 1] { continue }
      squares.append(square)
    }
    return squares
  }
}
