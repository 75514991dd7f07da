/// Where the files' bytes lie in the replication log. Redis's list has no room for that before version 8, and tools read
/// it as it is; so it stands in a file of its own beside the list, `appendonly.aof.places`:
///
///     file appendonly.aof.2.base.rdb offset 5124 first 2       the data as of that offset; increments from 2 on follow
///     file appendonly.aof.2.incr.aof offset 5124               its first byte is the log's at that offset
///     file appendonly.aof.3.incr.aof offset 9310 database 4    the same, behind a SELECT 4 that is none of the log's
///     turn 9400 from 8c4e… to 02bb…                            the history 8c4e… goes on as 02bb… from there
///
/// Increments also name the history in force at their beginning (`history 8c4e…`): a server that starts from them can go on
/// with it.
///
/// It is written before the list, for every file that is on it then and for those that were until then, since the old list
/// stands where the new one cannot be written. It tells nothing of files it does not name: a server that knows nothing of it
/// (redis-server) may add increments, and does no harm.
///
/// What an increment holds besides the log's bytes are lines that begin with `#` (times) and that SELECT.
extension AppendOnlyManifest {
  /// A file's place in the log.
  struct Place: Equatable {
    /// Of a base the log's offset as of which it holds the data; of an increment that of its first byte.
    var offset: Int64
    /// The database in force in the log there, which the increment says in a command of its own; 0: it says nothing, for a
    /// file begins in database 0. On a primary it is the log that says it.
    var database = 0
    /// The history of the log there, 40 hexadecimal digits; empty: unknown.
    var history: [UInt8] = []
    /// Of a base the number of the first increment that goes on from it.
    var firstIncrement: Int64?

    /// What an increment that begins here has ahead of the log's bytes.
    var opening: [UInt8] {
      guard database != 0 else { return [] }
      var text = ByteBuffer()
      text.append("*2\r\n$6\r\nSELECT\r\n$")
      text.append(decimal: DecimalInteger.digitCount(UInt64(database)))
      text.append("\r\n")
      text.append(decimal: database)
      text.append("\r\n")
      return text.array
    }
  }

  static func placesName(_ prefix: String) -> String { "\(prefix).places" }

  /// The places of all files, as they are written.
  var placesText: [UInt8] {
    var text = ByteBuffer()
    for file in files {
      guard let place = file.place else { continue }
      Self.append(name: file.name, to: &text)
      text.append(" offset ")
      text.append(decimal: place.offset)
      if place.database != 0 {
        text.append(" database ")
        text.append(decimal: place.database)
      }
      if let first = place.firstIncrement {
        text.append(" first ")
        text.append(decimal: first)
      }
      if !place.history.isEmpty {
        text.append(" history ")
        text.append(place.history)
      }
      text.append("\n")
    }
    for turn in turns {
      text.append("turn ")
      text.append(decimal: turn.offset)
      text.append(" from ")
      text.append(turn.history)
      text.append(" to ")
      text.append(turn.next)
      text.append("\n")
    }
    return text.bytes.array
  }

  /// Takes the places of its files from the text that tells them. What cannot be read is passed over: a place that is not
  /// known is no reason not to load the data.
  mutating func adoptPlaces(_ text: [UInt8]) {
    var places: [String: Place] = [:]
    turns.removeAll()
    for line in text.split(separator: UInt8(ascii: "\n")) {
      guard let words = Array(line).withBytes({ WordSplitter.words(of: $0) }), !words.isEmpty,
        words.count % 2 == 0
      else { continue }
      if words[0] == Array("turn".utf8) {
        if let turn = Self.turn(words) { turns.append(turn) }
        continue
      }
      var name: String?
      var offset: Int64?
      var database = 0
      var first: Int64?
      var history: [UInt8] = []
      for index in stride(from: 0, to: words.count, by: 2) {
        let value = words[index + 1]
        switch String(decoding: words[index], as: UTF8.self) {
        case "file": name = String(decoding: value, as: UTF8.self)
        case "offset": offset = value.withBytes { $0.parseInt64() }
        case "database": database = Int(value.withBytes { $0.parseInt64() } ?? 0)
        case "first": first = value.withBytes { $0.parseInt64() }
        case "history": history = value.count == 40 ? value : []
        default: continue
        }
      }
      guard let name, let offset, HistoryPlace.offsets.contains(offset), database >= 0 else { continue }
      places[name] = Place(offset: offset, database: database, history: history, firstIncrement: first)
    }
    if let name = base?.name { base?.place = places[name] }
    for index in increments.indices { increments[index].place = places[increments[index].name] }
    for index in history.indices { history[index].place = places[history[index].name] }
  }

  private static func turn(_ words: [[UInt8]]) -> HistoryTurn? {
    guard words.count == 6, let offset = words[1].withBytes({ $0.parseInt64() }), HistoryPlace.offsets.contains(offset),
      words[3].count == 40, words[5].count == 40
    else { return nil }
    return HistoryTurn(history: words[3], offset: offset, next: words[5])
  }
}
