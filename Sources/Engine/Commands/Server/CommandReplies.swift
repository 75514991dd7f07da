// How COMMAND INFO and COMMAND DOCS show a specification, element by element as Redis 7.2.
extension Call {
  mutating func replyCommandInfo(_ identity: Int) {
    let spec = catalogue.specs[identity]
    let range = spec.legacyKeyRange
    reply.array(10)
    reply.bulk(spec.fullName)
    reply.integer(spec.arity.number)
    var flags = spec.flags
    if range.isPartial { flags.insert(.movableKeys) }
    replyNames(CommandFlags.names.filter { flags.contains($0.0) }.map { $0.1.description })
    reply.integer(range.first)
    reply.integer(range.last)
    reply.integer(range.step)
    replyNames(CommandCategories.names.filter { spec.allCategories.contains($0.0) }.map { "@\($0.1)" })
    reply.set(spec.tips.count)
    for tip in spec.tips { reply.bulk(tip) }
    reply.set(spec.keys.count)
    for key in spec.keys { replyKeySpec(key) }
    let children = catalogue.subcommands(of: identity)
    if children.isEmpty { reply.set(0) } else { reply.array(children.count) }
    for child in children { replyCommandInfo(child) }
  }

  private mutating func replyNames(_ names: [String]) {
    reply.set(names.count)
    for name in names { reply.simple(name) }
  }

  mutating func replyKeyFlags(_ access: KeySpec.Access) {
    replyNames(KeySpec.Access.names.filter { access.contains($0.0) }.map { $0.1.description })
  }

  private mutating func replyKeySpec(_ key: KeySpec) {
    reply.map(3)
    reply.bulk("flags")
    replyKeyFlags(key.access)
    reply.bulk("begin_search")
    switch key.begin {
    case .unknown: replyStep("unknown", [])
    case .index(let index): replyStep("index", [("index", .number(index))])
    case .keyword(let word, let start):
      replyStep("keyword", [("keyword", .word(word)), ("startfrom", .number(start))])
    }
    reply.bulk("find_keys")
    switch key.find {
    case .unknown: replyStep("unknown", [])
    case .range(let last, let step, let limit):
      replyStep("range", [("lastkey", .number(last)), ("keystep", .number(step)), ("limit", .number(limit))])
    case .keyCount(let countAt, let first, let step):
      replyStep("keynum", [("keynumidx", .number(countAt)), ("firstkey", .number(first)), ("keystep", .number(step))])
    }
  }

  private enum StepValue {
    case number(Int)
    case word(StaticString)
  }

  private mutating func replyStep(_ type: StaticString, _ fields: [(StaticString, StepValue)]) {
    reply.map(2)
    reply.bulk("type")
    reply.bulk(type)
    reply.bulk("spec")
    reply.map(fields.count)
    for (name, value) in fields {
      reply.bulk(name)
      switch value {
      case .number(let number): reply.integer(number)
      case .word(let word): reply.bulk(word)
      }
    }
  }

  // MARK: DOCS

  /// Commands that are for the system's own use.
  private static let systemCommands: Set<String> = ["debug", "pfdebug", "pfselftest", "replconf", "restore-asking"]

  mutating func replyCommandDocs(_ identity: Int) {
    let spec = catalogue.specs[identity]
    let arguments = ArgumentTree.parse(spec.syntax.description, keyCount: spec.keys.count)
    let children = catalogue.subcommands(of: identity)
    let isForSystem = Self.systemCommands.contains(spec.name.description)
    let mark = reply.openAggregate()
    var count = 4
    for (name, text) in [
      ("summary", spec.summary.description), ("since", spec.since.description), ("group", spec.group.rawValue),
      ("complexity", spec.complexity.description),
    ] {
      reply.bulk(name)
      reply.bulk(text)
    }
    if isForSystem || spec.deprecated != nil {
      count += 1
      reply.bulk("doc_flags")
      replyNames(isForSystem ? ["syscmd"] : ["deprecated"])
    }
    if let (since, replacement) = spec.deprecated {
      count += 2
      reply.bulk("deprecated_since")
      reply.bulk(since)
      reply.bulk("replaced_by")
      reply.bulk(replacement)
    }
    if !spec.history.isEmpty {
      count += 1
      replyHistory(spec)
    }
    if !arguments.isEmpty {
      count += 1
      reply.bulk("arguments")
      replyArguments(arguments)
    }
    if !children.isEmpty {
      count += 1
      reply.bulk("subcommands")
      reply.map(children.count)
      for child in children {
        reply.bulk(catalogue.specs[child].fullName)
        replyCommandDocs(child)
      }
    }
    reply.close(mark, map: count)
  }

  private mutating func replyHistory(_ spec: CommandSpec) {
    reply.bulk("history")
    reply.set(spec.history.count)
    for (since, change) in spec.history {
      reply.array(2)
      reply.bulk(since)
      reply.bulk(change)
    }
  }

  private mutating func replyArguments(_ trees: [ArgumentTree]) {
    reply.array(trees.count)
    for tree in trees { replyArgument(tree) }
  }

  private mutating func replyArgument(_ tree: ArgumentTree) {
    let hasChildren = tree.kind == .oneOf || tree.kind == .block
    var flags: [String] = []
    if tree.isOptional { flags.append("optional") }
    if tree.isMultiple { flags.append("multiple") }
    if tree.repeatsToken { flags.append("multiple_token") }
    reply.map(3 + (tree.keySpecIndex == nil ? 0 : 1) + (tree.token == nil ? 0 : 1) + (flags.isEmpty ? 0 : 1))
    reply.bulk("name")
    reply.bulk(tree.name)
    reply.bulk("type")
    reply.bulk(tree.kind.rawValue)
    if !hasChildren {
      reply.bulk("display_text")
      reply.bulk(tree.name)
    }
    if let index = tree.keySpecIndex {
      reply.bulk("key_spec_index")
      reply.integer(index)
    }
    if let token = tree.token {
      reply.bulk("token")
      reply.bulk(token)
    }
    if !flags.isEmpty {
      reply.bulk("flags")
      replyNames(flags)
    }
    if hasChildren {
      reply.bulk("arguments")
      replyArguments(tree.children)
    }
  }
}
