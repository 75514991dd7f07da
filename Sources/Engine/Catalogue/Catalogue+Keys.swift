extension Catalogue {
  /// A key among a command's arguments.
  struct FoundKey {
    let index: Int
    let access: KeySpec.Access
  }

  /// The command or subcommand that the arguments begin with.
  func find(_ arguments: Arguments) -> Entry? {
    guard arguments.count > 0, let entry = find(arguments[0]) else { return nil }
    guard entry.hasSubcommands else { return entry }
    guard arguments.count > 1 else { return entry }
    return findSubcommand(arguments[1], of: entry)
  }

  /// The command of that full name: `get`, `config|get`.
  func find(fullName: Bytes) -> Entry? {
    guard let bar = fullName.firstIndex(of: UInt8(ascii: "|")) else { return find(fullName) }
    guard let container = find(fullName[0..<bar]) else { return nil }
    return findSubcommand(fullName.dropFirst(bar + 1), of: container)
  }

  /// The keys among the arguments of the command, in the order of its key specifications; those that only look like
  /// keys are left out.
  /// - Returns: nil where the arguments do not fit.
  func keys(_ identity: Int, _ arguments: Arguments) -> [FoundKey]? {
    let specs = specs[identity].keys
    if let indices = type(identity).keyIndices(arguments) {
      // Of several keys the first is what the first specification says, any other what the last says (STORE).
      return indices.enumerated().map { place, index in
        FoundKey(index: index, access: (place == 0 ? specs.first : specs.last)?.access ?? .rw)
      }
    }
    var found: [FoundKey] = []
    for spec in specs where !spec.access.contains(.notKey) {
      let access = Self.actualAccess(spec.access, identity: self.specs[identity].name, arguments)
      let fits = spec.forEachKey(in: arguments) { found.append(FoundKey(index: $0, access: access)) }
      if !fits { return nil }
    }
    return found
  }

  /// What a command whose access depends on its options does with its key.
  private static func actualAccess(
    _ access: KeySpec.Access, identity name: StaticString, _ arguments: Arguments
  ) -> KeySpec.Access {
    guard access.contains(.variableFlags) else { return access }
    switch name.description {
    case "set":
      let returnsOld = (3..<max(arguments.count, 3)).contains { arguments[$0].equalsIgnoringCase("get") }
      return returnsOld ? [.rw, .access, .update] : [.ow, .update]
    case "bitfield":
      let writes = (2..<max(arguments.count, 2)).contains {
        arguments[$0].equalsIgnoringCase("set") || arguments[$0].equalsIgnoringCase("incrby")
      }
      return writes ? [.rw, .access, .update] : [.ro, .access]
    default: return access.subtracting(.variableFlags)
    }
  }
}

extension CommandSpec {
  /// The positions of keys in the words of Redis before 7: first, last (negative: from the end), step; all 0 without.
  /// And whether they do not tell all (`movablekeys`).
  var legacyKeyRange: (first: Int, last: Int, step: Int, isPartial: Bool) {
    var first = Int.max
    var last = 0
    var isPartial = false
    for spec in keys {
      guard case .index(let index) = spec.begin, case .range(let end, let step, _) = spec.find else {
        isPartial = true
        continue
      }
      let absolute = end >= 0 ? index + end : end
      if spec.access.contains(.incomplete) { isPartial = true }
      if keys.count == 1 { return (index, absolute, step, isPartial) }
      guard step == 1, last == 0 || last == index - 1 else {
        isPartial = true
        continue
      }
      first = min(first, index)
      // The end of all is behind every position.
      last = last < 0 || absolute < 0 ? min(last, absolute) : max(last, absolute)
    }
    if first == Int.max { return (0, 0, 0, isPartial || !keys.isEmpty) }
    return (first, last, 1, isPartial)
  }
}
