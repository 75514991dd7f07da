/// All commands, found by name.
struct Catalogue: ~Copyable {
  /// A command or subcommand as the dispatcher needs it: plain values, no reference to count.
  struct Entry: BitwiseCopyable {
    var flags: CommandFlags
    var arity: Arity
    /// Where the first key is, or 0 where that depends on the arguments, or there is none.
    var firstKey: Int
    /// Whether some arguments are keys.
    var hasKeys: Bool
    /// Index of the specification.
    let identity: Int
    /// Whether the first argument names a subcommand.
    var hasSubcommands: Bool
    /// Whether the command takes part in the timing of a group of cheap ones instead of its own.
    var isCheap: Bool
  }

  struct Slot: BitwiseCopyable {
    var name: PackedName
    var identity: Int
  }

  private var entries: Slab<Entry>
  private let types: [any Command.Type]
  let specs: [CommandSpec]
  private var slots: Slab<Slot>
  private let slotMask: Int
  /// Names that do not fit a packed name, and what `rename-command` changed.
  private var others: [[UInt8]: Int]
  /// Top-level commands' identities in order of registration.
  let topLevel: [Int]
  /// Subcommands by the identity of their container: lower-case name and identity.
  private let subcommands: [[(name: [UInt8], identity: Int)]]

  /// - Parameters:
  ///   - commands: containers before their subcommands.
  ///   - renames: `rename-command`: the old name and the new, empty for a command that is taken away.
  init(_ commands: [any Command.Type], renames: [(old: [UInt8], new: [UInt8])] = []) {
    types = commands
    specs = commands.map { $0.spec }
    entries = Slab(capacity: commands.count)
    var containers: [String: Int] = [:]
    var top: [Int] = []
    var children = [[(name: [UInt8], identity: Int)]](repeating: [], count: commands.count)
    var names: [(name: [UInt8], identity: Int)] = []
    for (identity, spec) in specs.enumerated() {
      let name = Array(spec.name.description.utf8)
      if let container = spec.container, let parent = containers[container.description] {
        children[parent].append((name, identity))
      } else {
        precondition(spec.container == nil, "a container comes before its subcommands")
        containers[spec.name.description] = identity
        top.append(identity)
        names.append((name, identity))
      }
    }
    for (identity, spec) in specs.enumerated() {
      entries.append(
        Entry(
          flags: spec.flags, arity: spec.arity, firstKey: spec.firstKey,
          hasKeys: spec.keys.contains { !$0.access.contains(.notKey) }, identity: identity,
          hasSubcommands: !children[identity].isEmpty,
          isCheap: spec.flags.contains(.fast) && !spec.flags.contains(.blocking) || spec.name.description == "set"))
    }
    for rename in renames {
      guard let found = names.firstIndex(where: { $0.name == rename.old.lowercasedASCII }) else { continue }
      let identity = names.remove(at: found).identity
      if !rename.new.isEmpty { names.append((rename.new.lowercasedASCII, identity)) }
    }
    topLevel = top
    subcommands = children
    others = [:]
    var capacity = 16
    while capacity < names.count * 4 { capacity *= 2 }
    slotMask = capacity - 1
    slots = Slab(capacity: capacity)
    for _ in 0..<capacity { slots.append(Slot(name: PackedName(), identity: -1)) }
    for (name, identity) in names {
      guard let packed = name.withBytes({ PackedName($0) }) else {
        others[name] = identity
        continue
      }
      var index = packed.hash & slotMask
      while slots[index].identity >= 0 { index = (index + 1) & slotMask }
      slots[index] = Slot(name: packed, identity: identity)
    }
  }

  var count: Int { specs.count }

  subscript(_ identity: Int) -> Entry {
    @inline(__always) get {
      entries[identity]
    }
  }

  func type(_ identity: Int) -> any Command.Type { types[identity] }

  /// The top-level command of that name, in any case of letters.
  @inline(__always)
  func find(_ name: Bytes) -> Entry? {
    if let packed = PackedName(name) {
      var index = packed.hash & slotMask
      while true {
        // The table is never full, so an empty slot ends every search.
        let slot = slots[index]
        if slot.identity < 0 { break }
        if slot.name == packed { return entries[slot.identity] }
        index = (index + 1) & slotMask
      }
    }
    guard !others.isEmpty, let identity = others[name.array.lowercasedASCII] else { return nil }
    return entries[identity]
  }

  /// The subcommand of that name, in any case of letters.
  func findSubcommand(_ name: Bytes, of container: Entry) -> Entry? {
    let wanted = name.array.lowercasedASCII
    for child in subcommands[container.identity] where child.name == wanted { return self[child.identity] }
    return nil
  }

  /// Identities of a container's subcommands.
  func subcommands(of identity: Int) -> [Int] { subcommands[identity].map { $0.identity } }

  /// Every command's specification, each container's followed by those of its subcommands.
  var allSpecs: [CommandSpec] { topLevel.flatMap { [$0] + subcommands(of: $0) }.map { specs[$0] } }

  /// Runs the command.
  @inline(__always)
  func execute(_ identity: Int, _ call: inout Call) throws(CommandError) { try types[identity].execute(&call) }
}

/// A command name of up to 24 letters in three words, lower case, zero behind the last.
struct PackedName: BitwiseCopyable, Equatable {
  private var first: UInt64 = 0
  private var second: UInt64 = 0
  private var third: UInt64 = 0

  init() {}

  /// - Returns: nil where the name is empty or too long.
  @inline(__always)
  init?(_ name: Bytes) {
    let count = name.count
    guard count > 0, count <= 24 else { return nil }
    first = Self.pack(name, 0)
    if count > 8 { second = Self.pack(name, 8) }
    if count > 16 { third = Self.pack(name, 16) }
  }

  @inline(__always)
  private static func pack(_ name: Bytes, _ start: Int) -> UInt64 {
    var word: UInt64
    if name.count >= start + 8 {
      word = name.load(littleEndianAt: start, as: UInt64.self)
    } else {
      word = 0
      var index = name.count
      while index > start {
        index -= 1
        word = word &<< 8 | UInt64(name[index])
      }
    }
    // Letters become lower case: bit 5 is set where a byte is between A and Z.
    let low7 = word & 0x7F7F_7F7F_7F7F_7F7F
    let atLeastA = low7 &+ 0x3F3F_3F3F_3F3F_3F3F
    let aboveZ = low7 &+ 0x2525_2525_2525_2525
    let upper = atLeastA & ~aboveZ & ~word & 0x8080_8080_8080_8080
    return word | upper &>> 2
  }

  @inline(__always)
  var hash: Int {
    let mixed = (first ^ second &* 0x9E37_79B9_7F4A_7C15 ^ third &<< 7) &* 0xD1B5_4A32_D192_ED03
    return Int(truncatingIfNeeded: mixed &>> 40)
  }
}

extension [UInt8] {
  /// ASCII letters in lower case.
  var lowercasedASCII: [UInt8] { map { $0 &- 65 < 26 ? $0 | 32 : $0 } }
}

extension CommandSpec {
  /// Position of the first key, or 0, as in COMMAND INFO.
  var firstKey: Int {
    guard let spec = keys.first, !spec.access.contains(.notKey), case .index(let index) = spec.begin,
      case .range = spec.find
    else { return 0 }
    return index
  }
}
