/// Commands to be propagated, in order, each encoded and with its database.
///
/// Filled while one request runs. The engine appends them to the log when it is done: several as one transaction.
struct EffectList: ~Copyable {
  struct Item: BitwiseCopyable {
    var database: Int
    var end: Int
  }
  private var items = Slab<Item>(capacity: 16)
  private var encoded = ByteBuffer()
  /// Whether the request has declared its effect, be it none: then it is not propagated as it came.
  var isDeclared = false

  init() {}

  var count: Int { items.count }

  /// The first command's database.
  var firstDatabase: Int? { items.isEmpty ? nil : items[0].database }

  /// Begins a command of `count` arguments; `append` adds them.
  mutating func begin(database: Int, count: Int) {
    items.append(Item(database: database, end: encoded.count))
    appendHeader(UInt8(ascii: "*"), count)
  }

  mutating func append(_ argument: Bytes) {
    appendHeader(UInt8(ascii: "$"), argument.count)
    encoded.append(argument)
    encoded.append("\r\n")
    items[items.count - 1].end = encoded.count
  }

  mutating func append(_ integer: Int64) { NumberText(integer).withBytes { append($0) } }

  private mutating func appendHeader(_ prefix: UInt8, _ value: Int) {
    var line = HeaderLine(prefix, value)
    line.withBytes { encoded.append($0) }
  }

  /// Calls `body` with each command's database and bytes.
  func forEachEffect(_ body: (_ database: Int, _ command: Bytes) -> Void) {
    var start = 0
    for index in 0..<items.count {
      let item = items[index]
      body(item.database, encoded.bytes[start..<item.end])
      start = item.end
    }
  }

  mutating func removeAll() {
    items.removeAll()
    encoded.removeAll(keeping: 1 << 20)
    isDeclared = false
  }
}
