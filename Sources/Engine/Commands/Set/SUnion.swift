/// Returns the members that any of several sets has.
enum SUnion: Command {
  static let spec = CommandSpec(
    "sunion", since: "1.0.0", group: .set, arity: .atLeast(2), flags: [.readOnly], keys: [.range([.ro, .access])],
    complexity: "O(N) with N the number of members of all sets",
    summary: "Returns the members that any of several sets has.", syntax: "key [key ...]",
    tips: ["nondeterministic_output_order"])

  static func execute(_ call: inout Call) throws(CommandError) {
    let sets = try call.findSets(1..<call.arguments.count).compactMap { $0 }
    guard sets.count > 1 else {
      guard let only = sets.first else { return call.reply.set(0) }
      call.reply.set(only.count)
      return call.reply.members(of: only)
    }
    let union = SetValue.union(sets, call.setLimits, hash: call.keyspace.hash)
    call.reply.set(union.count)
    call.reply.members(of: union)
    union.free()
  }
}

extension SetValue {
  /// A set of all members of several sets, for the caller to own.
  fileprivate static func union(_ sets: [SetValue], _ limits: SetLimits, hash: KeyHash) -> SetValue {
    var result = SetValue(Intset.make())
    for set in sets { result.add(all: set, limits, hash: hash) }
    return result
  }
}

/// Stores the members that any of several sets has.
enum SUnionStore: Command {
  static let spec = CommandSpec(
    "sunionstore", since: "1.0.0", group: .set, arity: .atLeast(3), flags: [.write, .denyOutOfMemory],
    keys: [.one([.ow, .update]), .range([.ro, .access], from: 2)],
    complexity: "O(N) with N the number of members of all sets",
    summary: "Stores the members that any of several sets has as a set.", syntax: "destination key [key ...]")

  static func execute(_ call: inout Call) throws(CommandError) {
    let sets = try call.findSets(2..<call.arguments.count).compactMap { $0 }
    call.store(SetValue.union(sets, call.setLimits, hash: call.keyspace.hash), event: "sunionstore")
  }
}

/// Returns the members of a set that none of the others has.
enum SDiff: Command {
  static let spec = CommandSpec(
    "sdiff", since: "1.0.0", group: .set, arity: .atLeast(2), flags: [.readOnly], keys: [.range([.ro, .access])],
    complexity: "O(N) with N the number of members of all sets",
    summary: "Returns the members of a set that none of the others has.", syntax: "key [key ...]",
    tips: ["nondeterministic_output_order"])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let difference = Difference(try call.findSets(1..<call.arguments.count)) else {
      return call.reply.set(0)
    }
    let mark = call.reply.openAggregate()
    var count = 0
    difference.forEach(call.setLimits, hash: call.keyspace.hash) { member in
      call.reply.bulk(member)
      count += 1
    }
    call.reply.close(mark, set: count)
  }
}

/// Stores the members of a set that none of the others has.
enum SDiffStore: Command {
  static let spec = CommandSpec(
    "sdiffstore", since: "1.0.0", group: .set, arity: .atLeast(3), flags: [.write, .denyOutOfMemory],
    keys: [.one([.ow, .update]), .range([.ro, .access], from: 2)],
    complexity: "O(N) with N the number of members of all sets",
    summary: "Stores the members of a set that none of the others has as a set.", syntax: "destination key [key ...]")

  static func execute(_ call: inout Call) throws(CommandError) {
    let difference = Difference(try call.findSets(2..<call.arguments.count))
    call.store(difference?.makeSet(call.setLimits, hash: call.keyspace.hash), event: "sdiffstore")
  }
}
