/// The first thing that differs.
struct Difference: Error {
  /// Index of the step within its phase.
  let step: Int
  let command: String
  let comparison: String
  let ours: String
  let theirs: String

  /// What two finds of the same mistake have in common, more or less: to report it once.
  var signature: String {
    let names = command.split(separator: " ").prefix(1).joined()
    return
      "\(names) \(comparison) \(ours.hasPrefix("-") ? ours : String(ours.prefix(1))) \(theirs.hasPrefix("-") ? theirs : String(theirs.prefix(1)))"
  }
}

/// Runs steps against both servers and compares.
struct Runner {
  let ours: TestedServer
  let theirs: TestedServer
  private(set) var commands = 0
  /// How often each comparison accepted what was not equal byte for byte, and each known difference was met.
  private(set) var accepted: [String: Int] = [:]
  /// By command, how many replies of Redis were no errors.
  private(set) var met: [[UInt8]: Int] = [:]
  /// How many replies were errors: a measure of how much of what is drawn does something.
  private(set) var errors = 0

  /// Signatures of differences that were reported: met again, they are passed over.
  var reported: Set<String> = []

  init(ours: TestedServer, theirs: TestedServer) { (self.ours, self.theirs) = (ours, theirs) }

  /// Both servers empty, with these settings.
  mutating func prepare(_ phase: Phase) throws {
    for server in [ours, theirs] {
      for words in [["RESET"], ["FLUSHALL"], ["SELECT", "0"], ["HELLO", phase.protocolVersion]] {
        let reply = try server.call(words.map { Array($0.utf8) })
        if reply.isError { throw Failure(reason: "\(server.name): \(words) gave \(reply)") }
      }
      for request in phase.settings {
        let reply = try server.call(request.words)
        if reply.isError { throw Failure(reason: "\(server.name): \(request.text) gave \(reply)") }
      }
    }
  }

  /// Throws a `Difference` at the first one, a `Failure` if a server goes away.
  mutating func run(_ steps: [Step], batch: Int) throws {
    var pending: [(step: Int, request: Request)] = []
    for (index, step) in steps.enumerated() {
      if case .requests(let requests) = step {
        pending += requests.map { (index, $0) }
        if pending.count < batch { continue }
      }
      try flush(&pending)
      switch step {
      case .requests: break
      case .pop(let words): try pop(words, index)
      case .scan(let words, let cursor): try scan(words, cursor, index)
      case .check(let keys): try check(keys, index)
      }
    }
    try flush(&pending)
  }

  private mutating func flush(_ pending: inout [(step: Int, request: Request)]) throws {
    guard !pending.isEmpty else { return }
    var bytes: [UInt8] = []
    for (_, request) in pending { bytes += encoded(request.words) }
    try ours.send(bytes)
    try theirs.send(bytes)
    var difference: Difference?
    for (step, request) in pending {
      let mine = try ours.receive()
      let other = try theirs.receive()
      commands += 1
      let isError = other.first == UInt8(ascii: "-")
      if isError { errors += 1 }
      met[request.words[0], default: 0] += isError ? 0 : 1
      if difference == nil, mine != other { difference = judge(step, request, Reply(mine), Reply(other)) }
    }
    pending.removeAll(keepingCapacity: true)
    if let difference { throw difference }
  }

  private mutating func judge(_ step: Int, _ request: Request, _ mine: Reply, _ other: Reply) -> Difference? {
    if request.comparison.accepts(mine, other) {
      accepted[request.comparison.description, default: 0] += 1
      return nil
    }
    if let known = KnownDifference.all.first(where: { $0.explains(request.words, mine, other) }) {
      accepted["7.2: " + known.reason, default: 0] += 1
      return nil
    }
    let difference = Difference(
      step: step, command: request.text, comparison: request.comparison.description, ours: mine.shown,
      theirs: other.shown)
    return reported.contains(difference.signature) ? nil : difference
  }

  /// The same command to both.
  private mutating func both(_ words: [[UInt8]]) throws -> (Reply, Reply) {
    let bytes = encoded(words)
    try ours.send(bytes)
    try theirs.send(bytes)
    commands += 1
    return (Reply(try ours.receive()), Reply(try theirs.receive()))
  }

  private mutating func compare(_ words: [[UInt8]], _ step: Int, _ comparison: Comparison = .exact) throws -> Reply {
    let (mine, other) = try both(words)
    if mine != other, let difference = judge(step, Request(words, comparison), mine, other) { throw difference }
    return mine
  }

  private func words(_ text: String, _ rest: [UInt8]...) -> [[UInt8]] {
    text.split(separator: " ").map { Array($0.utf8) } + rest
  }

  private mutating func pop(_ command: [[UInt8]], _ step: Int) throws {
    let (isMember, card) = (words("SMISMEMBER", command[1]), words("SCARD", command[1]))
    let size = try compare(card, step)
    guard size.integer ?? 0 > 0 else {
      _ = try compare(command, step)
      return
    }
    let popped = try ours.call(command)
    commands += 1
    let members: [[UInt8]] = popped.elements?.compactMap(\.text) ?? (popped.isError ? [] : [popped.text ?? []])
    guard !members.isEmpty else {
      let other = try theirs.call(command)
      if popped != other, let difference = judge(step, Request(command), popped, other) { throw difference }
      return
    }
    let found = try theirs.call(isMember + members).elements ?? []
    if found.contains(where: { $0.integer != 1 }) || Set(members).count != members.count {
      throw Difference(
        step: step, command: Request(command).text, comparison: "members, each once", ours: popped.shown,
        theirs: "members: " + Reply.aggregate(UInt8(ascii: "*"), found).shown)
    }
    _ = try theirs.call(words("SREM", command[1]) + members)
    _ = try compare(card, step)
  }

  private mutating func scan(_ command: [[UInt8]], _ cursor: Int, _ step: Int) throws {
    var lists: [[String]] = []
    for server in [ours, theirs] {
      var command = command
      var elements: [Reply] = []
      for round in 0... {
        commands += 1
        let reply = try server.call(command)
        guard let parts = reply.elements, parts.count == 2, let next = parts[0].text else {
          lists.append(["\(reply.shown)"])
          break
        }
        elements += parts[1].elements ?? []
        command[cursor] = next
        if next == [UInt8(ascii: "0")] {
          let isPaired = ["HSCAN", "ZSCAN"].contains(String(decoding: command[0], as: UTF8.self))
          let shown = elements.enumerated().map { index, element in
            guard command[0].first == UInt8(ascii: "Z"), index % 2 == 1, let score = element.text else {
              return element.shown
            }
            return Double(String(decoding: score, as: UTF8.self)).map { "\($0)" } ?? element.shown
          }
          // As in `Reply.equals`: the scores of ZSCAN.
          let joined =
            isPaired ? stride(from: 0, to: shown.count - 1, by: 2).map { shown[$0] + " " + shown[$0 + 1] } : shown
          lists.append(Set(joined).sorted())
          break
        }
        if round == 10_000 { throw Failure(reason: "\(server.name): \(Request(command).text) does not end") }
      }
    }
    guard lists[0] != lists[1] else { return }
    throw Difference(
      step: step, command: Request(command).text, comparison: "as sets", ours: lists[0].joined(separator: " "),
      theirs: lists[1].joined(separator: " "))
  }

  private mutating func check(_ keys: [[UInt8]], _ step: Int) throws {
    _ = try compare(words("DBSIZE"), step)
    let isEqual = try both(words("DEBUG DIGEST"))
    for key in isEqual.0 == isEqual.1 ? keys : Values.checkedKeys {
      let encoding = try compare(words("OBJECT ENCODING", key), step, .encoding)
      guard case .bulk(let name) = encoding else { continue }
      let type = try compare(words("TYPE", key), step)
      _ = try compare(words("DEBUG DIGEST-VALUE", key), step)
      if type == .line(Array("+hash".utf8)) {
        _ = try compare(words("HGETALL", key), step, name == Array("listpack".utf8) ? .exact : .pairs)
      }
      try exchange(key, step)
    }
    _ = try compare(words("DEBUG DIGEST"), step)
  }

  /// DUMP of each is restored in the other under a spare name and means the same there.
  private mutating func exchange(_ key: [UInt8], _ step: Int) throws {
    let spare = Array("spare".utf8)
    let (mine, other) = try both(words("DUMP", key))
    guard let minePayload = mine.text, let otherPayload = other.text else { return }
    // DEBUG DIGEST-VALUE tells whether a key expires.
    let expires = try both(words("PEXPIRETIME", key)).0.integer ?? -1
    let deadline = Array("\(max(expires, 0))".utf8)
    let mineThere = try theirs.call(words("RESTORE", spare, deadline, minePayload) + words("REPLACE ABSTTL"))
    let otherHere = try ours.call(words("RESTORE", spare, deadline, otherPayload) + words("REPLACE ABSTTL"))
    commands += 1
    if mineThere != otherHere || mineThere.isError {
      throw Difference(
        step: step, command: "RESTORE of the other's DUMP of \(key.quoted)", comparison: "exact",
        ours: "\(otherHere.shown), DUMP \(minePayload.quoted)",
        theirs: "\(mineThere.shown), DUMP \(otherPayload.quoted)")
    }
    let original = try compare(words("DEBUG DIGEST-VALUE", key), step)
    let restored = try compare(words("DEBUG DIGEST-VALUE", spare), step)
    if original != restored {
      throw Difference(
        step: step, command: "DUMP and RESTORE of \(key.quoted)", comparison: "digest as before",
        ours: original.shown, theirs: restored.shown)
    }
    _ = try compare(words("OBJECT ENCODING", spare), step, .encoding)
    _ = try compare(words("XINFO STREAM", spare), step, .information)
    _ = try compare(words("DEL", spare), step)
  }
}

extension Reply {
  /// On one line, for a person.
  var shown: String {
    switch self {
    case .line(let line): line.quoted.dropFirst().dropLast().description
    case .bulk(let bytes): bytes.quoted
    case .aggregate(let type, let elements):
      String(UnicodeScalar(type)) + "[" + elements.map(\.shown).joined(separator: ", ") + "]"
    }
  }
}
