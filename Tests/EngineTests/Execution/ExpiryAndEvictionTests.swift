import Testing

@testable import Engine

@Suite struct ExpiryAndEvictionTests {
  static func engine(keys: Int, expiry: (Int) -> Int64?, configuration: Configuration = Configuration()) -> TestEngine {
    var test = TestEngine(configuration)
    let client = test.connect()
    var request = ""
    for index in 0..<keys {
      request += "SET key:\(index) value\r\n"
      if let expiry = expiry(index) { request += "PEXPIRE key:\(index) \(expiry)\r\n" }
    }
    _ = test.send(Array(request.utf8), from: client)
    return test
  }

  static func cron(_ test: inout TestEngine) { test.engine.apply(.cron(HostSample()), now: test.now) }

  @Test func keysExpireUnasked() {
    var test = Self.engine(keys: 20000) { $0 % 2 == 0 ? 100 : $0 % 4 == 1 ? 1_000_000 : nil }
    test.advance(milliseconds: 200)
    Self.cron(&test)
    var slices = 0
    while test.engine.runBackgroundSlice() { slices += 1 }
    for _ in 0..<40 {
      Self.cron(&test)
      while test.engine.runBackgroundSlice() { slices += 1 }
    }
    let left = test.engine.call.keyspace[0].count
    let expiring = test.engine.call.keyspace[0].expiringCount
    let expired = test.engine.call.statistics.expiredKeys
    let average = test.engine.call.keyspace[0].averageTimeToLive
    #expect(left == 10000)
    #expect(expiring == 5000)
    #expect(expired == 10000)
    #expect(slices > 3)
    #expect(average > 990_000 && average < 1_000_000)
    test.engine.call.keyspace[0].table.checkInvariants()
  }

  @Test func oneSliceIsBounded() {
    var test = Self.engine(keys: 50000) { _ in 100 }
    test.advance(milliseconds: 200)
    Self.cron(&test)
    let first = test.engine.call.statistics.expiredKeys
    #expect(first > 500 && first < 3000)
    _ = test.engine.runBackgroundSlice()
    let second = test.engine.call.statistics.expiredKeys - first
    #expect(second > 200 && second < 1500)
  }

  @Test func theSwitchStopsIt() {
    var test = Self.engine(keys: 100) { _ in 100 }
    test.engine.call.debugging.expiresActively = false
    test.advance(milliseconds: 200)
    Self.cron(&test)
    let kept = test.engine.call.keyspace[0].count
    #expect(kept == 100)
    test.engine.call.debugging.expiresActively = true
    for _ in 0..<3 { Self.cron(&test) }
    let left = test.engine.call.keyspace[0].count
    #expect(left == 0)
  }

  @Test func deletionsReachTheLogOneByOne() {
    var test = Self.engine(keys: 3) { _ in 100 }
    test.engine.call.log.activate()
    let cursor = test.engine.call.log.cursorAtEnd()
    test.advance(milliseconds: 200)
    Self.cron(&test)
    let commands = GenericPropagationTests.recorded(&test, cursor)
    #expect(commands.first == "SELECT 0")
    #expect(Set(commands.dropFirst()) == ["DEL key:0", "DEL key:1", "DEL key:2"])
  }

  // MARK: Eviction

  static func limited(_ policy: MaxMemoryPolicy, keys: Int = 2000, expiry: (Int) -> Int64? = { _ in nil }) -> TestEngine
  {
    var configuration = Configuration()
    configuration.maxmemoryPolicy = policy
    var test = engine(keys: keys, expiry: expiry, configuration: configuration)
    test.engine.call.keyspace.clock.countsUses = policy == .allkeysLFU || policy == .volatileLFU
    test.engine.call.configuration.maxmemory = test.engine.call.usedMemory
    return test
  }

  @Test func withoutEvictionWritesAreRefused() {
    var test = Self.limited(.noeviction)
    let client = test.connect()
    #expect(test.run("SET another 1", from: client) == "-OOM command not allowed when used memory > 'maxmemory'.\r\n")
    #expect(test.run("GET key:1", from: client) == "$5\r\nvalue\r\n")
    for index in 0..<500 { #expect(test.run("DEL key:\(index)", from: client) == ":1\r\n") }
    #expect(test.run("SET another 1", from: client) == "+OK\r\n")
  }

  @Test func onlyExpiringKeysGoUnderVolatilePolicies() {
    for policy in [MaxMemoryPolicy.volatileLRU, .volatileLFU, .volatileRandom, .volatileTTL] {
      var test = Self.limited(policy) { $0 % 10 == 0 ? 100_000 : nil }
      let client = test.connect()
      for index in 0..<100 { #expect(test.run("SET other:\(index) value", from: client) == "+OK\r\n") }
      let lasting = test.engine.call.keyspace[0].count - test.engine.call.keyspace[0].expiringCount
      let evicted = test.engine.call.statistics.evictedKeys
      #expect(lasting == 1900)
      #expect(evicted > 50 && evicted <= 200)
      // When none of them is left, writes are refused.
      var replies = Set<String>()
      for index in 0..<2000 { replies.insert(test.run("SET more:\(index) value", from: client)) }
      #expect(replies.contains("-OOM command not allowed when used memory > 'maxmemory'.\r\n"))
      let expiring = test.engine.call.keyspace[0].expiringCount
      #expect(expiring == 0)
    }
  }

  @Test func theLeastRecentlyUsedGoFirst() {
    var test = Self.limited(.allkeysLRU)
    let client = test.connect()
    test.advance(milliseconds: 100_000)
    for index in 1000..<2000 { _ = test.run("GET key:\(index)", from: client) }
    for index in 0..<600 { #expect(test.run("SET other:\(index) value", from: client) == "+OK\r\n") }
    var recent = 0
    for index in 1000..<2000 where test.run("EXISTS key:\(index)", from: client) == ":1\r\n" { recent += 1 }
    // By chance alone some 700 would be left.
    #expect(recent > 900)
    let used = test.engine.call.usedMemory
    #expect(used <= test.engine.configuration.maxmemory + 1000)
  }

  @Test func theLeastFrequentlyUsedGoFirst() {
    var test = Self.limited(.allkeysLFU)
    let client = test.connect()
    for _ in 0..<30 { for index in 1000..<2000 { _ = test.run("GET key:\(index)", from: client) } }
    for index in 0..<600 { _ = test.run("SET other:\(index) value", from: client) }
    var frequent = 0
    for index in 1000..<2000 where test.run("EXISTS key:\(index)", from: client) == ":1\r\n" { frequent += 1 }
    #expect(frequent > 900)
  }

  @Test func theNextToExpireGoFirst() {
    var test = Self.limited(.volatileTTL) { 100_000 + Int64($0) * 1000 }
    let client = test.connect()
    for index in 0..<600 { _ = test.run("SET other:\(index) value", from: client) }
    var late = 0
    for index in 1000..<2000 where test.run("EXISTS key:\(index)", from: client) == ":1\r\n" { late += 1 }
    #expect(late > 900)
  }

  @Test func muchIsEvictedInBoundedSteps() {
    var test = Self.limited(.allkeysRandom, keys: 5000)
    let client = test.connect()
    test.engine.call.configuration.maxmemory /= 2
    #expect(test.run("SET other value", from: client) == "+OK\r\n")
    let atOnce = test.engine.call.statistics.evictedKeys
    #expect(atOnce > 0 && atOnce < 100)
    while test.engine.runBackgroundSlice() {}
    let used = test.engine.call.usedMemory
    #expect(used <= test.engine.configuration.maxmemory)
  }

  @Test func aReplicaLeavesEvictionToItsPrimary() {
    var test = Self.limited(.allkeysRandom)
    let client = test.connect()
    test.engine.call.configuration.maxmemory /= 2
    test.engine.call.configuration.replicaof = ReplicationSource(host: "127.0.0.1", port: 1)
    _ = test.run("GET key:1", from: client)
    let evicted = test.engine.call.statistics.evictedKeys
    #expect(evicted == 0)
  }
}
