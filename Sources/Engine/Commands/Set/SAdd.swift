/// Adds members to a set, which is made where there is none.
enum SAdd: Command {
  static let spec = CommandSpec(
    "sadd", since: "1.0.0", group: .set, arity: .atLeast(3), flags: [.write, .denyOutOfMemory, .fast],
    keys: [.one([.rw, .insert])], complexity: "O(1) for each member",
    summary: "Adds members to a set; makes the key where it is missing.", syntax: "key member [member ...]",
    history: [("2.4.0", "Accepts multiple `member` arguments.")])

  static func execute(_ call: inout Call) throws(CommandError) {
    let arguments = call.arguments
    let added: Int
    if let entry = try call.find(1, as: .set, for: .write) {
      let (limits, hash) = (call.setLimits, call.keyspace.hash)
      added = call.keyspace[call.database].update(entry, as: SetValue.self) { set in
        set.prepare(for: arguments.count - 2, limits, hash: hash)
        return set.add(arguments, from: 2, limits, hash: hash)
      }
    } else {
      added = call.makeSet(1, arguments)
    }
    if added > 0 {
      call.changed(1, count: added)
      call.notify(.set, "sadd", 1)
    }
    call.reply.integer(added)
  }
}

extension SetValue {
  /// Adds the arguments from `start` on.
  /// - Returns: how many were not there.
  @inline(__always)
  fileprivate mutating func add(
    _ arguments: Arguments, from start: Int, _ limits: SetLimits, hash: KeyHash
  ) -> Int {
    var added = 0
    for index in start..<arguments.count where add(arguments[index], limits, hash: hash) { added += 1 }
    return added
  }
}

extension Call {
  /// Makes the key at argument `index` a set of the arguments from 2 on.
  @inline(never)
  fileprivate mutating func makeSet(_ index: Int, _ arguments: Arguments) -> Int {
    var set = SetValue.make(for: arguments[2], expecting: arguments.count - 2, setLimits, hash: keyspace.hash)
    let added = set.add(arguments, from: 2, setLimits, hash: keyspace.hash)
    keyspace[database].setCollection(
      arguments[index], hash: hash(index), type: .set, to: set, existing: nil, access: freshAccess)
    created(index)
    return added
  }
}

/// Removes members from a set, and the key with the last of them.
enum SRem: Command {
  static let spec = CommandSpec(
    "srem", since: "1.0.0", group: .set, arity: .atLeast(3), flags: [.write, .fast],
    keys: [.one([.rw, .delete])], complexity: "O(N) with N the number of members to remove",
    summary: "Removes members from a set; deletes the key with the last of them.", syntax: "key member [member ...]",
    history: [("2.4.0", "Accepts multiple `member` arguments.")])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let entry = try call.find(1, as: .set, for: .write) else { return call.reply.integer(0) }
    let arguments = call.arguments
    let (removed, isDeleted) = call.update(entry, 1, as: SetValue.self) { set in
      var removed = 0
      for index in 2..<arguments.count where set.remove(arguments[index]) {
        removed += 1
        if set.count == 0 { break }
      }
      return removed
    }
    if removed > 0 {
      call.changed(1, count: removed)
      call.notify(.set, "srem", 1)
      if isDeleted { call.notify(.generic, "del", 1) }
    }
    call.reply.integer(removed)
  }
}

/// Moves a member from one set to another.
enum SMove: Command {
  static let spec = CommandSpec(
    "smove", since: "1.0.0", group: .set, arity: .exactly(4), flags: [.write, .fast],
    keys: [.one([.rw, .access, .delete]), .one([.rw, .insert], at: 2)],
    summary: "Moves a member from one set to another.", syntax: "source destination member")

  static func execute(_ call: inout Call) throws(CommandError) {
    let source = call.find(1, for: .write)
    let target = call.find(2, for: .write)
    guard let source else { return call.reply.integer(0) }
    if source.type != .set || target.map({ $0.type != .set }) ?? false { throw .wrongType }
    let member = call.arguments[3]
    if source.address == target?.address { return call.reply.integer(source.set.contains(member) ? 1 : 0) }
    let (isRemoved, isDeleted) = call.update(source, 1, as: SetValue.self) { $0.remove(member) }
    guard isRemoved else { return call.reply.integer(0) }
    call.notify(.set, "srem", 1)
    if isDeleted { call.notify(.generic, "del", 1) }
    call.changed(1)
    let (limits, hash) = (call.setLimits, call.keyspace.hash)
    var isAdded = true
    if let target {
      isAdded = call.keyspace[call.database].update(target, as: SetValue.self) {
        $0.add(member, limits, hash: hash)
      }
    } else {
      var set = SetValue.make(for: member, expecting: 1, limits, hash: hash)
      _ = set.add(member, limits, hash: hash)
      call.keyspace[call.database].setCollection(
        call.arguments[2], hash: call.hash(2), type: .set, to: set, existing: nil, access: call.freshAccess)
      call.created(2)
    }
    if isAdded {
      call.changed(2)
      call.notify(.set, "sadd", 2)
    }
    call.reply.integer(1)
  }
}
