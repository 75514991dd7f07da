/// Commands that start from empty data sets, with one set of thresholds and one protocol: all drawn from seed and number.
struct Phase {
  let number: Int
  let seed: UInt64
  private(set) var settings: [Request] = []
  private(set) var steps: [Step] = []

  private var values: Values
  private var random: Random

  /// - Parameter length: how many commands, more or less.
  init(number: Int, seed: UInt64, length: Int) {
    (self.number, self.seed) = (number, seed)
    random = Random(seed: seed, phase: UInt64(number))
    values = Values(random: Random(seed: seed &+ 0x5EED, phase: UInt64(number)))
    settings = drawSettings()
    var count = 0
    var sinceCheck = 0
    while count < length {
      let step = drawStep()
      steps.append(step)
      count += step.count
      sinceCheck += step.count
      if sinceCheck >= 500 {
        steps.append(drawCheck(keys: 6))
        sinceCheck = 0
      }
    }
    steps.append(.check(Values.checkedKeys))
  }

  /// Thresholds at which representations change: Redis's own, low ones, and the odd ones between.
  private mutating func drawSettings() -> [Request] {
    let thresholds = [
      ("list-max-listpack-size", ["-2", "-2", "1", "2", "5", "128", "-1"]),
      ("list-compress-depth", ["0", "0", "1", "2"]),
      ("hash-max-listpack-entries", ["128", "512", "4", "0"]), ("hash-max-listpack-value", ["64", "64", "8", "0"]),
      ("set-max-intset-entries", ["512", "4", "20", "0"]),
      ("zset-max-listpack-entries", ["128", "4", "20", "0"]), ("zset-max-listpack-value", ["64", "8"]),
      ("stream-node-max-entries", ["100", "2", "5", "0"]), ("stream-node-max-bytes", ["4096", "100", "0"]),
      ("hll-sparse-max-bytes", ["3000", "100", "0"]), ("rdbcompression", ["yes", "no"]),
      ("maxmemory-policy", ["noeviction", "noeviction", "allkeys-lfu"]),
    ]
    var requests = thresholds.map { Request("CONFIG", "SET", $0.0, random.pick($0.1)) }
    requests.append(Request("CLIENT", "NO-EVICT", "off"))
    return requests
  }

  var protocolVersion: String { number % 3 == 2 ? "3" : "2" }

  private mutating func drawStep() -> Step {
    switch random.below(100) {
    case 0..<1: return .pop([Array("SPOP".utf8), values.draw(random.chance(50) ? "set" : "iset")] + popCount())
    case 1..<2: return drawScan()
    case 2..<5: return drawTransaction()
    default: return .requests(drawRequests())
    }
  }

  /// Small, so that Redis takes members out of its set and does not make a new one; or more than there are.
  private mutating func popCount() -> [[UInt8]] {
    random.chance(50) ? [] : [Array(random.pick(["0", "1", "2", "3", "100000", "-1", "abc"]).utf8)]
  }

  private mutating func drawScan() -> Step {
    let match =
      random.chance(50) ? [] : ["MATCH", random.pick(["*", "m*", "?", "[0-9]*", "*1"])].map { Array($0.utf8) }
    let count = random.chance(50) ? [] : ["COUNT", random.pick(["1", "5", "100", "1000000"])].map { Array($0.utf8) }
    let cursor = [Array("0".utf8)]
    switch random.below(4) {
    case 0:
      let type =
        random.chance(50)
        ? [] : ["TYPE", random.pick(["string", "list", "zset", "stream", "none"])].map { Array($0.utf8) }
      return .scan([Array("SCAN".utf8)] + cursor + match + count + type, cursor: 1)
    case 1: return .scan([Array("HSCAN".utf8), values.draw("hash")] + cursor + match + count, cursor: 2)
    case 2:
      return .scan(
        [Array("SSCAN".utf8), values.draw(random.chance(50) ? "set" : "iset")] + cursor + match + count, cursor: 2)
    default: return .scan([Array("ZSCAN".utf8), values.draw("zset")] + cursor + match + count, cursor: 2)
    }
  }

  private mutating func drawCheck(keys count: Int) -> Step {
    .check((0..<count).map { _ in random.pick(Values.checkedKeys) })
  }

  private mutating func drawTransaction() -> Step {
    var requests = [Request("MULTI")]
    var queued: [Request] = []
    for _ in 0..<random.below(5) {
      let drawn = drawRequests()
      let names = drawn.map { String(decoding: $0.words[0], as: UTF8.self).uppercased() }
      let isFree = names.allSatisfy {
        !["MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH", "SUBSCRIBE", "NOSUCH"].contains($0)
      }
      guard isFree else { continue }
      for request in drawn {
        requests.append(Request(request.words))
        queued.append(request)
      }
    }
    requests.append(Request([Array("EXEC".utf8)], .transaction(queued)))
    return .requests(requests)
  }

  private mutating func drawRequests() -> [Request] {
    var ticket = random.below(Templates.groups.reduce(0) { $0 + $1.weight })
    let group = Templates.groups.first { row in
      ticket -= row.weight
      return ticket < 0
    }!
    ticket = random.below(group.rows.reduce(0) { $0 + $1.weight })
    let template = group.rows.first { row in
      ticket -= row.weight
      return ticket < 0
    }!.template
    values.forget()
    var commands = template.commands.map { parts in
      var words: [[UInt8]] = []
      fill(parts, &words)
      return words
    }
    if commands.count == 1, random.chance(3) { spoil(&commands[0]) }
    return commands.enumerated().map { index, words in
      Request(words, index == commands.count - 1 ? template.comparison : .exact)
    }
  }

  private mutating func fill(_ parts: [Template.Part], _ words: inout [[UInt8]]) {
    for part in parts {
      switch part {
      case .word(let word): words.append(word)
      case .value(""): words.append(Array("$".utf8))
      case .value(let name): words.append(values.draw(name))
      case .choice(let alternatives): fill(random.pick(alternatives), &words)
      case .repetition(let range, let parts):
        for _ in 0..<range.lowerBound + random.below(range.count) { fill(parts, &words) }
      }
    }
  }

  /// Makes a mistake in a command: a word left out, put in twice, or replaced.
  private mutating func spoil(_ words: inout [[UInt8]]) {
    let name = String(decoding: words[0], as: UTF8.self)
    guard words.count > 1, !name.hasPrefix("B"), !name.hasPrefix("SUBSCR"),
      !["XREAD", "LREM", "ZRANK", "ZREVRANK"].contains(name)
    else { return }
    // Other scores in sets of equal ones would leave the replies to chance.
    guard !words[1].starts(with: Array("lex".utf8)) else { return }
    let index = 1 + random.below(words.count - 1)
    switch random.below(3) {
    case 0: words.remove(at: index)
    case 1: words.insert(words[index], at: index)
    default:
      let edges = ["", "abc", "-1", "0", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "nan"]
      words[index] = Array(random.pick(edges).utf8)
    }
  }
}
