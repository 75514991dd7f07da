/// Deletes the keys of all databases.
enum FlushAll: Command {
  static let spec = CommandSpec(
    "flushall", since: "1.0.0", group: .server, arity: .atLeast(1), flags: [.write],
    categories: [.keyspace, .dangerous], complexity: "O(N) with N the number of keys in all databases",
    summary: "Deletes the keys of all databases.", syntax: "[ASYNC | SYNC]",
    tips: ["request_policy:all_shards", "response_policy:all_succeeded"], history: FlushMode.history)

  static func execute(_ call: inout Call) throws(CommandError) {
    let mode = try FlushMode(call.arguments)
    call.abandonUnwantedFile()
    for index in 0..<call.keyspace.count { call.flush(index, mode) }
    call.invalidateAll()
    // The snapshot file forgets them too, where there is to be one.
    if !call.configuration.save.isEmpty, !call.isLoading { call.persistence.isSaveScheduled = true }
    // Also where nothing was there to delete: replicas may know more.
    call.replicateFlush("FLUSHALL")
    call.reply.ok()
  }
}

/// Deletes the keys of the session's database.
enum FlushDB: Command {
  static let spec = CommandSpec(
    "flushdb", since: "1.0.0", group: .server, arity: .atLeast(1), flags: [.write],
    categories: [.keyspace, .dangerous], complexity: "O(N) with N the number of keys in the database",
    summary: "Deletes the keys of the current database.", syntax: "[ASYNC | SYNC]",
    tips: ["request_policy:all_shards", "response_policy:all_succeeded"], history: FlushMode.history)

  static func execute(_ call: inout Call) throws(CommandError) {
    let mode = try FlushMode(call.arguments)
    call.flush(call.database, mode)
    call.invalidateAll()
    call.replicateFlush("FLUSHDB")
    call.reply.ok()
  }
}

/// Exchanges two databases.
enum SwapDB: Command {
  static let spec = CommandSpec(
    "swapdb", since: "4.0.0", group: .server, arity: .exactly(3), flags: [.write, .fast],
    categories: [.keyspace, .dangerous], complexity: "O(1)", summary: "Exchanges two databases.",
    syntax: "index1 index2")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let first = call.arguments[1].parseInt64(), Int32(exactly: first) != nil else {
      throw .text("ERR invalid first DB index")
    }
    guard let second = call.arguments[2].parseInt64(), Int32(exactly: second) != nil else {
      throw .text("ERR invalid second DB index")
    }
    let known = 0..<Int64(call.keyspace.count)
    guard known.contains(first), known.contains(second) else { throw .databaseOutOfRange }
    if call.watches.keyCount > 0 {
      call.touchAll(in: Int(first), replacedBy: Int(second))
      call.touchAll(in: Int(second), replacedBy: Int(first))
    }
    call.keyspace.swapDatabases(Int(first), Int(second))
    call.undurableKeys.noteAll()
    call.keyspace.changes += 1
    call.reply.ok()
  }
}

/// Counts the keys of the session's database.
enum DBSize: Command {
  static let spec = CommandSpec(
    "dbsize", since: "1.0.0", group: .server, arity: .exactly(1), flags: [.readOnly, .fast], categories: [.keyspace],
    summary: "Counts the keys of the current database.",
    tips: ["request_policy:all_shards", "response_policy:agg_sum"])

  static func execute(_ call: inout Call) throws(CommandError) {
    call.reply.integer(call.keyspace[call.database].count)
  }
}

/// When a flush gives the memory back. The keys are gone at once in any case.
enum FlushMode {
  /// Before the reply, all of it.
  case synchronous
  /// In slices, so that nobody waits.
  case sliced

  static let history: [(since: StaticString, change: StaticString)] = [
    ("4.0.0", "Added the `ASYNC` flushing mode modifier."), ("6.2.0", "Added the `SYNC` flushing mode modifier."),
  ]

  /// Without a word the memory of a large database goes in slices, whatever `lazyfree-lazy-user-flush` says: here that
  /// costs no thread, and holds nobody up.
  init(_ arguments: Arguments) throws(CommandError) {
    guard arguments.count <= 2 else { throw .syntax }
    guard arguments.count == 2 else {
      self = .sliced
      return
    }
    if arguments[1].equalsIgnoringCase("sync") {
      self = .synchronous
    } else if arguments[1].equalsIgnoringCase("async") {
      self = .sliced
    } else {
      throw .syntax
    }
  }
}

extension Call {
  fileprivate mutating func flush(_ database: Int, _ mode: FlushMode) {
    if watches.keyCount > 0 { touchAll(in: database) }
    keepForSnapshot(database: database)
    undurableKeys.noteAll()
    keyspace.changes += Int64(keyspace.flush(database, lazily: mode == .sliced))
  }

  /// Propagates the flush as it was asked for.
  fileprivate mutating func replicateFlush(_ name: StaticString) {
    if arguments.count == 2 { replicate(name, arguments[1]) } else { replicate(name) }
  }
}
