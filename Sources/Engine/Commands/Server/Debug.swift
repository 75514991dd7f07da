/// Looks into the server, and does to it what only tests want. Its subcommands are not commands of their own.
enum Debug: Command {
  static let spec = CommandSpec(
    "debug", since: "1.0.0", group: .server, arity: .atLeast(2),
    flags: [.admin, .noScript, .loading, .stale, .protected], complexity: "Depends on subcommand.",
    summary: "Looks into the server, for tests.")

  static func execute(_ call: inout Call) throws(CommandError) {
    let name = String(decoding: call.arguments[1].array.lowercasedASCII, as: UTF8.self)
    if try inspect(&call, name) { return }
    if try turnSwitch(&call, name) { return }
    if try act(&call, name) { return }
    throw .subcommandSyntax(call.arguments[1], of: "debug")
  }

  // MARK: What only looks

  private static func inspect(_ call: inout Call, _ name: String) throws(CommandError) -> Bool {
    switch (name, call.arguments.count) {
    case ("help", 2): call.replyHelp(of: "debug", help)
    case ("digest", 2): call.reply.simple(DatasetDigest(call.keyspace).text)
    case ("digest-value", _): digestValues(&call)
    case ("object", 3): try describeObject(&call)
    case ("sdslen", 3): try describeString(&call)
    case ("listpack", 3), ("quicklist", 3...4): try describeEncoding(&call, name)
    case ("protocol", 3): try DebugProtocol.reply(&call)
    case ("htstats", 3...): try describeTable(&call)
    case ("htstats-key", 3...):
      guard call.find(2, for: .peek) != nil else { throw .noSuchKey }
      throw .text("ERR The value stored at the specified key is not represented using an hash table")
    case ("structsize", 2):
      call.reply.bulk(
        "bits:\(UInt.bitWidth) entry:\(MemoryLayout<Entry>.size) session:\(MemoryLayout<Session>.stride)")
    case ("client-eviction", 2): throw .text("ERR maxmemory-clients is disabled.")
    case ("stringmatch-test", 2), ("stringmatch-len", 3...4): call.reply.simple(matchText(call))
    default: return false
    }
    return true
  }

  private static func matchText(_ call: borrowing Call) -> String {
    guard call.arguments.count == 4 else { return "Apparently Ringdove did not crash: test passed" }
    return Glob.matches(call.arguments[3], pattern: call.arguments[2]) ? "1" : "0"
  }

  private static func digestValues(_ call: inout Call) {
    call.reply.array(call.arguments.count - 2)
    for index in 2..<max(call.arguments.count, 2) {
      var digest = DatasetDigest()
      // Expired keys count as well: nothing is looked up as a client would.
      let entry = call.keyspace[call.database].find(call.arguments[index], hash: call.hash(index))
      if let entry { digest.add(valueOf: entry) }
      call.reply.simple(digest.text)
    }
  }

  private static func describeObject(_ call: inout Call) throws(CommandError) {
    guard let entry = call.keyspace[call.database].find(call.arguments[2], hash: call.hash(2)) else {
      throw .noSuchKey
    }
    let idle = call.keyspace.clock.idleSeconds(entry.access, call.now)
    call.reply.simple(
      "Value at:0x\(String(entry.address, radix: 16)) refcount:1 encoding:\(entry.encoding.name) "
        + "serializedlength:\(serializedCount(entry)) lru:\(entry.access) lru_seconds_idle:\(idle)"
        + details(entry))
  }

  /// What is to be told of a value besides, by its encoding.
  private static func details(_ entry: Entry) -> String {
    guard entry.encoding == .quicklist, let list = entry.list.quicklist else { return "" }
    var bytes = 0
    list.forEachNode { bytes += $0.byteCount }
    var average = ByteBuffer()
    average.append(double: Double(list.count) / Double(list.nodeCount), decimals: 2)
    return " ql_nodes:\(list.nodeCount) ql_avg_node:\(average.text) ql_listpack_max:\(list.limit.nodeSize) "
      + "ql_compressed:\(list.compressDepth > 0 ? 1 : 0) ql_uncompressed_size:\(bytes)"
  }

  /// Bytes of the value in a snapshot.
  private static func serializedCount(_ entry: Entry) -> Int {
    var writer = RDBWriter(compresses: true, checksums: false)
    writer.value(of: entry)
    return writer.output.count
  }

  private static func describeString(_ call: inout Call) throws(CommandError) {
    guard let entry = call.keyspace[call.database].find(call.arguments[2], hash: call.hash(2)) else {
      throw .noSuchKey
    }
    guard entry.type == .string, !entry.holdsInteger else { throw .text("ERR Not an sds encoded string.") }
    let key = entry.keyCount
    let value = entry.string.count
    call.reply.simple(
      "key_sds_len:\(key), key_sds_avail:0, key_zmalloc: \(Memory.sizeClass(key)), "
        + "val_sds_len:\(value), val_sds_avail:0, val_zmalloc: \(Memory.sizeClass(value))")
  }

  /// Redis prints the structure to its standard output, which nobody reads: here it is only told that there is one.
  private static func describeEncoding(_ call: inout Call, _ name: String) throws(CommandError) {
    guard let entry = call.find(2, for: .peek) else { throw .noSuchKey }
    guard "\(entry.encoding.name)" == name else { throw .composed("ERR Not a \(name) encoded object.") }
    call.reply.simple(
      name == "listpack" ? "Listpack structure printed on stdout" : "Quicklist structure printed on stdout")
  }

  private static func describeTable(_ call: inout Call) throws(CommandError) {
    guard let index = call.arguments[2].parseInt64() else { throw .notInteger }
    guard index >= 0, index < Int64(call.keyspace.count) else { throw .text("ERR Out of range database") }
    let database = Int(index)
    let bytes = call.keyspace[database].table.allocatedBytes
    let count = call.keyspace[database].count
    let expiring = call.keyspace[database].expiringCount
    call.reply.verbatim(
      "[Dictionary HT]\nHash table 0 stats (main hash table):\n number of elements: \(count)\n bytes: \(bytes)\n"
        + "[Expires HT]\nHash table 0 stats (main hash table):\n number of elements: \(expiring)\n")
  }

  // MARK: What turns something on or off

  private static func turnSwitch(_ call: inout Call, _ name: String) throws(CommandError) -> Bool {
    guard call.arguments.count == 3 else { return false }
    let isOn = call.arguments[2].parseInt64() ?? 0 != 0
    switch name {
    case "set-active-expire": call.debugging.expiresActively = isOn
    case "aof-flush-sleep": call.debugging.appendOnlyFlushMicroseconds = max(call.arguments[2].parseInt64() ?? 0, 0)
    case "pause-cron": call.debugging.pausesPeriodicWork = isOn
    case "set-skip-checksum-validation": call.debugging.skipsChecksums = isOn
    default: return false
    }
    call.reply.ok()
    return true
  }

  // MARK: What does something

  private static func act(_ call: inout Call, _ name: String) throws(CommandError) -> Bool {
    switch (name, call.arguments.count) {
    case ("sleep", 3): sleep(&call)
    case ("log", 3): call.logLine(.warning, "DEBUG LOG: \(call.arguments[2].text)")
    case ("error", 3):
      call.reply.error(call.arguments[2].text)
      return true
    case ("populate", 3...5): try populate(&call)
    case ("quicklist-packed-threshold", 3): try setPlainBytes(&call)
    case ("reload", _): try reload(&call)
    case ("loadaof", 2):
      try call.requestAppendOnlyReload()
      return true
    case ("replicate", 3...): replicate(&call)
    case ("crash-at", 3):
      guard let point = CrashPoint(rawValue: call.arguments[2].text) else { throw .syntax }
      call.debugging.crashPoint = point
    case ("change-repl-id", 2):
      call.logLine(.notice, "Changing replication IDs after receiving DEBUG change-repl-id")
      call.replication.identifier = call.random.hexadecimalDigits(40)
      call.replication.forgetSecondHistory()
    case ("segfault", _), ("panic", _), ("assert", _), ("oom", _):
      call.logLine(.warning, "DEBUG \(name.uppercased()) called at Unix time \(call.now.unixSeconds)")
      call.cause(.crash)
    default: return false
    }
    call.reply.ok()
    return true
  }

  private static func sleep(_ call: inout Call) {
    let seconds = min(max(call.arguments[2].parseDouble() ?? 0, 0), 1e9)
    let microseconds = Int64(seconds * 1_000_000)
    call.host.sleep(microseconds)
    // What runs next in this turn runs later.
    call.now.unixMicroseconds += microseconds
    call.now.monotonicMicroseconds += microseconds
  }

  /// Sets from how many bytes on an element of a list has a node to itself; 0 is the default again.
  private static func setPlainBytes(_ call: inout Call) throws(CommandError) {
    guard let size = call.arguments[2].parseMemorySize(), size <= 1 << 32 - 1 << 20 else {
      throw .text("ERR argument must be a memory value bigger than 1 and smaller than 4gb")
    }
    call.debugging.listPlainBytes = size == 0 ? ListLimits.defaultPlainBytes : Int(size)
  }

  /// Adds keys that others are not told of.
  private static func populate(_ call: inout Call) throws(CommandError) {
    let arguments = call.arguments
    guard let count = arguments[2].parseInt64(), count >= 0 else { throw .mustBePositive }
    var size = 0
    if arguments.count == 5 {
      guard let wanted = arguments[4].parseInt64(), wanted >= 0 else { throw .mustBePositive }
      guard wanted <= Int64(call.configuration.protoMaxBulkLen) else { throw .stringTooLong }
      size = Int(wanted)
    }
    var key = ByteBuffer()
    var value = ByteBuffer()
    for number in 0..<count {
      key.removeAll()
      if arguments.count == 3 { key.append("key") } else { key.append(arguments[3]) }
      key.append(UInt8(ascii: ":"))
      key.append(decimal: number)
      let hash = call.keyspace.hash(key.bytes)
      if call.find(key.bytes, hash: hash, for: .write) != nil { continue }
      value.removeAll()
      value.append("value:")
      value.append(decimal: number)
      if size > 0 {
        if value.count > size { value.removeLast(value.count - size) }
        value.append(repeating: 0, count: size - value.count)
      }
      call.keyspace[call.database].setString(
        key.bytes, hash: hash, to: value.bytes, existing: nil, expiry: .remove, access: call.freshAccess)
      call.changed(key.bytes, in: call.database, count: 0)
    }
  }

  /// Sends replicas a command that this server does not run.
  private static func replicate(_ call: inout Call) {
    guard call.writesLog else { return }
    call.log.append(call.arguments.dropFirst(2), database: nil)
  }

  /// Writes all data as a snapshot, in memory, and reads them back.
  private static func reload(_ call: inout Call) throws(CommandError) {
    var flushes = true
    var saves = true
    for index in 2..<max(call.arguments.count, 2) {
      let option = call.arguments[index]
      // What is read back is what was written a moment before: with or without these the outcome is the same.
      if option.equalsIgnoringCase("merge") { continue }
      if option.equalsIgnoringCase("noflush") {
        flushes = false
        continue
      }
      if option.equalsIgnoringCase("nosave") {
        saves = false
        continue
      }
      throw .text("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.")
    }
    guard saves else { return try call.readSnapshotFile(flushes: flushes) }
    var writer = RDBWriter()
    writer.begin(
      RDBWriter.Information(redisVersion: Bytes(""), createdSeconds: 0, usedMemoryBytes: 0),
      version: call.keyspace.snapshotVersion)
    writer.write(call.keyspace) { RDBUsage.of($0, call.keyspace.clock, call.configuration.maxmemoryPolicy, call.now) }
    writer.end()
    call.emptyKeyspace()
    var loader = SnapshotLoader(
      .snapshot(call.configuration, hash: call.keyspace.hash), verifiesChecksum: true,
      leavingOutExpiredAt: call.now.unixMilliseconds)
    do throws(RDBError) {
      _ = try loader.feed(writer.output, into: &call.keyspace, now: call.now)
    } catch {
      throw .text("ERR Error trying to load the RDB dump, check server logs.")
    }
    call.keyspace.changes = 0
    call.logLine(.notice, "DB reloaded by DEBUG RELOAD")
  }

  private static let help = [
    "AOF-FLUSH-SLEEP microseconds", "    Do nothing for so long before each write to the append-only file.",
    "CHANGE-REPL-ID", "    Give the history of the log another name.",
    "DIGEST", "    Fingerprint all data.",
    "DIGEST-VALUE key [key ...]", "    Fingerprint values.",
    "ERROR message", "    Answer with that error.",
    "HTSTATS dbid", "    Describe a database's table.",
    "HTSTATS-KEY key", "    Describe the table that a value is.",
    "LOADAOF", "    Empty the data set and load the append-only file in its place.",
    "LOG message", "    Write a line to the log.",
    "LISTPACK key", "    Tell whether a value is a listpack.",
    "OBJECT key", "    Describe a value's representation.",
    "PANIC", "    End the process as a crash would. SEGFAULT, ASSERT and OOM do the same.",
    "PAUSE-CRON <0 | 1>", "    Put periodic work off, or go on with it.",
    "POPULATE count [prefix [size]]", "    Add string keys, unknown to replicas.",
    "PROTOCOL type", "    Answer with a reply of that type.",
    "QUICKLIST key [<0 | 1>]", "    Tell whether a value is a quicklist.",
    "QUICKLIST-PACKED-THRESHOLD size", "    Set from which size on an element of a list has a node to itself.",
    "RELOAD", "    Write all data as a snapshot in memory and read them back; with NOSAVE, read the snapshot file.",
    "REPLICATE argument [argument ...]", "    Send replicas a command that is not run here.",
    "SDSLEN key", "    Tell the lengths of a key and its string.",
    "SET-ACTIVE-EXPIRE <0 | 1>", "    Look for expired keys in the background, or not.",
    "SET-SKIP-CHECKSUM-VALIDATION <0 | 1>", "    Take payloads and snapshots whatever their checksum, or not.",
    "SLEEP seconds", "    Do nothing for so long.",
    "STRUCTSIZE", "    Tell the sizes of what the server is made of.",
  ]
}
