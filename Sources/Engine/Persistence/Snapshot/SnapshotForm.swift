/// The two forms of a snapshot of the whole data set: the snapshot format, or commands.
struct SnapshotForm: ~Copyable {
  private var snapshot: RDBWriter
  private var commands = CommandWriter()
  let writesCommands: Bool

  /// - Parameter snapshot: a writer that has begun; not used further where commands are written.
  init(_ snapshot: consuming RDBWriter) {
    self.snapshot = snapshot
    writesCommands = false
  }

  /// Commands.
  /// - Parameter timestamp: noted at the beginning, seconds since 1970; nil: none is.
  init(commandsAt timestamp: Int64?) {
    snapshot = RDBWriter(compresses: false, checksums: false)
    writesCommands = true
    if let timestamp { commands.timestamp(timestamp) }
  }

  /// What is written and not yet taken. Valid until the next call.
  var output: Bytes { writesCommands ? commands.output : snapshot.output }

  /// Takes `amount` bytes off the front of `output`.
  mutating func removeFirst(_ amount: Int) {
    if writesCommands { commands.removeFirst(amount) } else { snapshot.removeFirst(amount) }
  }

  /// Says that the keys to come are of database `index`.
  mutating func beginDatabase(_ index: Int, keys: Int, expiring: Int) {
    if writesCommands { return commands.selectDatabase(index) }
    snapshot.selectDatabase(index)
    snapshot.resizeDatabase(keys: keys, expiring: expiring)
  }

  /// Writes a key and its value.
  mutating func write(_ entry: Entry, _ usage: RDBUsage) {
    if writesCommands { return commands.entry(entry) }
    snapshot.key(entry.key, type: RDBType(of: entry), expiryMilliseconds: entry.expiry, usage: usage)
    snapshot.value(of: entry)
  }

  /// Begins a key whose value is written element by element.
  mutating func begin(_ giant: Database.Giant, _ usage: RDBUsage) {
    let shell = giant.shell
    guard !writesCommands else { return commands.begin(shell, count: giant.count) }
    snapshot.key(shell.key, type: RDBType(of: giant), expiryMilliseconds: shell.expiry, usage: usage)
    snapshot.beginElements(count: giant.count, earliest: giant.earliestExpiry)
  }

  mutating func element(_ element: WalkedElement, of giant: Database.Giant) {
    if writesCommands {
      commands.element(element, of: giant.shell.key)
    } else {
      snapshot.element(element, earliest: giant.earliestExpiry)
    }
  }

  mutating func end(_ giant: Database.Giant) {
    if writesCommands { commands.end(giant.shell) }
  }

  mutating func end() {
    if !writesCommands { snapshot.end() }
  }
}
