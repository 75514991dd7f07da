/// Removes members chosen at random, and returns them.
enum SPop: Command {
  static let spec = CommandSpec(
    "spop", since: "1.0.0", group: .set, arity: .atLeast(2), flags: [.write, .fast],
    keys: [.one([.rw, .access, .delete])],
    complexity: "O(1) without count, else O(N) with N the count",
    summary: "Removes members chosen at random from a set and returns them.", syntax: "key [count]",
    tips: ["nondeterministic_output"], history: [("3.2.0", "Added the `count` argument.")])

  static func execute(_ call: inout Call) throws(CommandError) {
    if call.arguments.count == 2 { return try popOne(&call) }
    guard call.arguments.count == 3 else { throw .syntax }
    guard let wanted = call.arguments[2].parseInt64(), wanted >= 0 else { throw .mustBePositive }
    guard let entry = try call.find(1, as: .set, for: .write), wanted > 0 else { return call.reply.set(0) }
    call.notify(.set, "spop", 1)
    let count = entry.set.count
    if wanted >= count { popAll(&call, entry) } else { popSome(&call, entry, Int(wanted)) }
    call.changed(1, count: min(Int(wanted), count))
  }

  private static func popOne(_ call: inout Call) throws(CommandError) {
    guard let entry = try call.find(1, as: .set, for: .write) else { return call.reply.null() }
    let member = entry.set.randomMember(&call.random)
    member.withBytes { bytes in
      call.reply.bulk(bytes)
      call.replicate("SREM", call.arguments[1], bytes)
    }
    let (_, isDeleted) = call.update(entry, 1, as: SetValue.self) { $0.remove(member) }
    call.notify(.set, "spop", 1)
    if isDeleted { call.notify(.generic, "del", 1) }
    call.changed(1)
  }

  private static func popAll(_ call: inout Call, _ entry: Entry) {
    call.reply.set(entry.set.count)
    call.reply.members(of: entry.set)
    call.keyspace.remove(entry, hash: call.hash(1), in: call.database, lazily: false)
    call.notify(.generic, "del", 1)
    call.replicate(call.configuration.lazyfreeLazyServerDel ? "UNLINK" : "DEL", call.arguments[1])
  }

  private static func popSome(_ call: inout Call, _ entry: Entry, _ wanted: Int) {
    var taken = BytesList()
    var random = call.random
    let (limits, hash) = (call.setLimits, call.keyspace.hash)
    call.keyspace[call.database].update(entry, as: SetValue.self) { set in
      set.removeRandom(wanted, limits, hash: hash, &random) { member in member.withBytes { taken.append($0) } }
    }
    call.random = random
    call.reply.set(taken.count)
    for index in 0..<taken.count { call.reply.bulk(taken[index]) }
    call.replicateRemoval(of: taken)
  }
}

extension Call {
  /// Members that one SREM names at most.
  private static var membersOfEffect: Int { 1024 }

  /// Declares the effect: the members are gone from the set at argument 1.
  fileprivate mutating func replicateRemoval(of members: borrowing BytesList) {
    pendingEffects.isDeclared = true
    guard writesLog else { return }
    for start in stride(from: 0, to: members.count, by: Self.membersOfEffect) {
      let end = min(start + Self.membersOfEffect, members.count)
      pendingEffects.begin(database: database, count: 2 + end - start)
      pendingEffects.append(Bytes("SREM"))
      pendingEffects.append(arguments[1])
      for index in start..<end { pendingEffects.append(members[index]) }
    }
  }
}

/// Returns members chosen at random.
enum SRandMember: Command {
  static let spec = CommandSpec(
    "srandmember", since: "1.0.0", group: .set, arity: .atLeast(2), flags: [.readOnly], keys: [.one([.ro, .access])],
    complexity: "O(1) without count, else O(N) with N the count, its sign aside",
    summary: "Returns members chosen at random from a set.", syntax: "key [count]", tips: ["nondeterministic_output"],
    history: [("2.6.0", "Added the optional `count` argument.")])

  /// With a negative count members may come more than once. So many are the most: the reply is made in memory.
  private static var mostRepeated: Int64 { Int64(Int32.max) }

  static func execute(_ call: inout Call) throws(CommandError) {
    if call.arguments.count == 2 {
      guard let set = try call.findSet(1, for: .read) else { return call.reply.null() }
      return call.reply.bulk(set.randomMember(&call.random))
    }
    guard call.arguments.count == 3 else { throw .syntax }
    let wanted = try call.integer(at: 2)
    guard wanted > Int64.min else {
      throw .text("ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")
    }
    guard let set = try call.findSet(1, for: .read), wanted != 0 else { return call.reply.array(0) }
    if wanted < 0 {
      guard -wanted <= mostRepeated else { throw .text("ERR value is out of range") }
      call.reply.array(Int(-wanted))
      for _ in 0..<(-wanted) { call.reply.bulk(set.randomMember(&call.random)) }
      return
    }
    guard wanted < set.count else {
      call.reply.array(set.count)
      return call.reply.members(of: set)
    }
    call.reply.array(Int(wanted))
    var random = call.random
    set.sample(Int(wanted), &random) { call.reply.bulk($0) }
    call.random = random
  }
}
