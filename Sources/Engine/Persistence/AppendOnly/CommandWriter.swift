/// Writes a data set as the commands that make it: the base of an append-only file where `aof-use-rdb-preamble` is off.
///
///     SELECT 0, RPUSH / SADD / ZADD / HMSET key … (up to 64 elements each), PEXPIREAT key …
///
/// Call what comes next, take bytes off whenever some are wanted.
struct CommandWriter: ~Copyable {
  /// Elements in one command, as in Redis: a bigger one would hold up whoever replays it.
  private static var elementsPerCommand: Int { 64 }

  private var buffer = ByteBuffer()

  /// What is written and not yet taken. Valid until the next call.
  var output: Bytes { buffer.bytes }

  /// Takes `amount` bytes off the front of `output`.
  mutating func removeFirst(_ amount: Int) { buffer.removeFirst(amount) }

  /// Notes the time, seconds since 1970.
  mutating func timestamp(_ seconds: Int64) {
    buffer.append("#TS:")
    buffer.append(decimal: seconds)
    buffer.append("\r\n")
  }

  mutating func selectDatabase(_ index: Int) {
    begin("SELECT", 1)
    integer(Int64(index))
  }

  /// Writes the commands that make `entry`.
  mutating func entry(_ entry: Entry) {
    let key = entry.key
    switch entry.type {
    case .string:
      begin("SET", 2)
      bulk(key)
      entry.string.withBytes { bulk($0) }
    case .list: list(key, entry.list)
    case .set: set(key, entry.set)
    case .sortedSet: sortedSet(key, entry.sortedSet)
    case .hash: hash(key, entry.hash)
    case .stream: stream(key, entry.stream)
    case .module: preconditionFailure("a type that is never made")
    }
    guard let expiry = entry.expiry else { return }
    begin("PEXPIREAT", 2)
    bulk(key)
    integer(expiry)
  }

  // MARK: Giants

  /// Writes one element of a value that is walked in slices.
  mutating func element(_ element: WalkedElement, of key: Bytes) {
    switch element {
    case .piece(let piece): buffer.append(piece)
    case .member(let member):
      begin("SADD", 2)
      bulk(key)
      bulk(member)
    case .scored(let member, let score):
      begin("ZADD", 3)
      bulk(key)
      var text = ByteBuffer(capacity: 32)
      text.append(double: score, significantDigits: 17)
      bulk(text.bytes)
      bulk(member)
    case .field(let field):
      begin("HSET", 3)
      bulk(key)
      bulk(field.key)
      bulk(field.value)
      if let expiry = field.expiry { expire(key, field.key, expiry) }
    case .listNode(let node): self.node(node, of: key)
    case .streamNode(let node): self.node(node, of: key)
    case .stream(let summary): rest(of: summary, key)
    case .group(let group): create(group, of: key)
    case .pending(let entry, of: let group): claim(entry, group, key)
    case .consumer(let consumer, of: let group): create(consumer, group, key)
    case .consumers, .owned: break
    }
  }

  private mutating func node(_ node: QuicklistNode, of key: Bytes) {
    var left = node.count
    var room = 0
    _ = node.forEach(from: 0, limit: node.count, awayFrom: .head) { element in
      if room == 0 { room = beginPart("RPUSH", key, &left, wordsPerElement: 1) }
      element.withBytes { bulk($0) }
      room -= 1
      return true
    }
  }

  /// Begins a value that is walked in slices: all of a string but its bytes.
  mutating func begin(_ giant: Entry, count: Int) {
    guard giant.type == .string else { return }
    begin("SET", 2)
    bulk(giant.key)
    buffer.append("$")
    buffer.append(decimal: count)
    buffer.append("\r\n")
  }

  /// Ends it.
  mutating func end(_ giant: Entry) {
    if giant.type == .string { buffer.append("\r\n") }
    guard let expiry = giant.expiry else { return }
    begin("PEXPIREAT", 2)
    bulk(giant.key)
    integer(expiry)
  }

  // MARK: Collections

  private mutating func list(_ key: Bytes, _ list: ListValue) {
    var left = list.count
    var room = 0
    list.forEach { element in
      if room == 0 { room = beginPart("RPUSH", key, &left, wordsPerElement: 1) }
      element.withBytes { bulk($0) }
      room -= 1
    }
  }

  private mutating func set(_ key: Bytes, _ set: SetValue) {
    var left = set.count
    var room = 0
    set.forEach { member in
      if room == 0 { room = beginPart("SADD", key, &left, wordsPerElement: 1) }
      member.withBytes { bulk($0) }
      room -= 1
      return true
    }
  }

  private mutating func sortedSet(_ key: Bytes, _ set: SortedSetValue) {
    var left = set.count
    var room = 0
    set.forEach { member, score in
      if room == 0 { room = beginPart("ZADD", key, &left, wordsPerElement: 2) }
      var text = ByteBuffer(capacity: 32)
      text.append(double: score, significantDigits: 17)
      bulk(text.bytes)
      member.withBytes { bulk($0) }
      room -= 1
    }
  }

  private mutating func hash(_ key: Bytes, _ hash: HashValue) {
    var left = hash.count
    var room = 0
    hash.forEach { field, value, _ in
      if room == 0 { room = beginPart("HMSET", key, &left, wordsPerElement: 2) }
      field.withBytes { bulk($0) }
      value.withBytes { bulk($0) }
      room -= 1
    }
    guard hash.hasExpiringFields else { return }
    hash.forEach { field, _, expiry in
      guard let expiry else { return }
      field.withBytes { expire(key, $0, expiry) }
    }
  }

  private mutating func expire(_ key: Bytes, _ field: Bytes, _ expiry: Int64) {
    begin("HPEXPIREAT", 5)
    bulk(key)
    integer(expiry)
    bulk("FIELDS")
    integer(1)
    bulk(field)
  }

  /// Begins a command for the next elements.
  /// - Returns: how many it takes.
  private mutating func beginPart(
    _ name: StaticString, _ key: Bytes, _ left: inout Int, wordsPerElement: Int
  ) -> Int {
    let count = min(left, Self.elementsPerCommand)
    left -= count
    begin(name, 1 + count * wordsPerElement)
    bulk(key)
    return count
  }

  // MARK: Streams

  private mutating func stream(_ key: Bytes, _ stream: StreamValue) {
    stream.storage.nodes.forEach { node($0, of: key) }
    rest(of: StreamSummary(stream.storage), key)
    stream.storage.groups.forEach { group in
      let place = WalkedGroup(group)
      create(place, of: key)
      group.consumers.forEach { create(WalkedConsumer($0), place, key) }
      group.pending.forEach { claim($0, place, key) }
    }
  }

  private mutating func node(_ node: StreamNode, of key: Bytes) {
    let head = StreamNodeHead(node)
    var position = head.entriesPosition
    while position < head.listpack.endPosition {
      let entry = head.entry(at: position)
      position = entry.endPosition
      guard !entry.isDeleted else { continue }
      begin("XADD", 2 + entry.fieldCount * 2)
      bulk(key)
      id(entry.id)
      entry.forEachPair { field, value in
        field.withBytes { bulk($0) }
        value.withBytes { bulk($0) }
      }
    }
  }

  private mutating func rest(of stream: StreamSummary, _ key: Bytes) {
    if stream.count == 0 {
      // An entry that is gone at once: the stream is there, and empty.
      begin("XADD", 6)
      bulk(key)
      bulk("MAXLEN")
      integer(0)
      id(stream.lastID == .zero ? StreamID(milliseconds: 0, sequence: 1) : stream.lastID)
      bulk("x")
      bulk("y")
    }
    begin("XSETID", 6)
    bulk(key)
    id(stream.lastID)
    bulk("ENTRIESADDED")
    integer(stream.entriesAdded)
    bulk("MAXDELETEDID")
    id(stream.maximumDeletedID)
  }

  private mutating func create(_ group: WalkedGroup, of key: Bytes) {
    begin("XGROUP", 6)
    bulk("CREATE")
    bulk(key)
    bulk(group.handle.name)
    id(group.lastID)
    bulk("ENTRIESREAD")
    integer(group.entriesRead)
  }

  private mutating func create(_ consumer: WalkedConsumer, _ group: WalkedGroup, _ key: Bytes) {
    begin("XGROUP", 4)
    bulk("CREATECONSUMER")
    bulk(key)
    bulk(group.handle.name)
    bulk(consumer.handle.name)
  }

  private mutating func claim(_ entry: StreamPending, _ group: WalkedGroup, _ key: Bytes) {
    guard let consumer = entry.consumer else { return }
    begin("XCLAIM", 11)
    bulk(key)
    bulk(group.handle.name)
    bulk(consumer.name)
    integer(0)
    id(entry.id)
    bulk("TIME")
    integer(entry.deliveryTime)
    bulk("RETRYCOUNT")
    integer(entry.deliveryCount)
    bulk("JUSTID")
    bulk("FORCE")
  }

  // MARK: Words

  private mutating func begin(_ name: StaticString, _ argumentCount: Int) {
    buffer.append("*")
    buffer.append(decimal: argumentCount + 1)
    buffer.append("\r\n")
    bulk(Bytes(name))
  }

  private mutating func bulk(_ word: StaticString) { bulk(Bytes(word)) }

  private mutating func bulk(_ word: Bytes) { buffer.append(bulk: word) }

  private mutating func integer(_ value: Int64) { NumberText(value).withBytes { bulk($0) } }

  private mutating func id(_ id: StreamID) { id.withText { bulk($0) } }
}
