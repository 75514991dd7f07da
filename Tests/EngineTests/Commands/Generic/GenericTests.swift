import Testing

@testable import Engine

@Suite struct GenericTests {
  @Test func deletesAndCounts() {
    Transcript.expect(
      """
      SET a 1 -> +OK
      SET b 2 -> +OK
      EXISTS a b c a -> :3
      TOUCH a b c a -> :3
      TYPE a -> +string
      TYPE c -> +none
      DEL a c a -> :1
      UNLINK b b -> :1
      EXISTS a b -> :0
      DBSIZE -> :0
      DEL -> -ERR wrong number of arguments for 'del' command
      UNLINK -> -ERR wrong number of arguments for 'unlink' command
      """)
  }

  @Test func setsAnExpiryUnderConditions() {
    Transcript.expect(
      """
      EXPIRE a 10 -> :0
      SET a 1 -> +OK
      TTL a -> :-1
      PTTL a -> :-1
      EXPIRETIME a -> :-1
      TTL missing -> :-2
      PEXPIRETIME missing -> :-2
      EXPIRE a 100 XX -> :0
      EXPIRE a 100 GT -> :0
      EXPIRE a 100 NX -> :1
      TTL a -> :100
      EXPIRE a 200 NX -> :0
      EXPIRE a 200 XX -> :1
      EXPIRE a 100 GT -> :0
      EXPIRE a 300 GT -> :1
      EXPIRE a 400 LT -> :0
      EXPIRE a 250 LT -> :1
      EXPIRE a 200 XX LT -> :1
      TTL a -> :200
      PERSIST a -> :1
      PERSIST a -> :0
      PERSIST missing -> :0
      EXPIRE a 100 LT -> :1
      TTL a -> :100
      EXPIREAT a 33177117420 -> :1
      EXPIRETIME a -> :33177117420
      PEXPIRETIME a -> :33177117420000
      PEXPIREAT a 33177117420400 -> :1
      EXPIRETIME a -> :33177117420
      PEXPIREAT a 33177117420500 -> :1
      EXPIRETIME a -> :33177117421
      PEXPIRETIME a -> :33177117420500
      SET a 2 -> +OK
      TTL a -> :-1
      """)
  }

  @Test func refusesWhatIsNoExpiry() {
    Transcript.expect(
      """
      SET a 1 -> +OK
      EXPIRE a x -> -ERR value is not an integer or out of range
      EXPIRE a 1.5 -> -ERR value is not an integer or out of range
      EXPIRE a 10 FOO -> -ERR Unsupported option FOO
      EXPIRE a x FOO -> -ERR Unsupported option FOO
      EXPIRE a 10 NX XX -> -ERR NX and XX, GT or LT options at the same time are not compatible
      EXPIRE a 10 NX GT -> -ERR NX and XX, GT or LT options at the same time are not compatible
      EXPIRE a 10 GT LT -> -ERR GT and LT options at the same time are not compatible
      EXPIRE a 9223372036854775807 -> -ERR invalid expire time in 'expire' command
      EXPIRE a 9223372036854776 -> -ERR invalid expire time in 'expire' command
      EXPIRE a -9223372036854776 -> -ERR invalid expire time in 'expire' command
      PEXPIRE a 9223372036854775807 -> -ERR invalid expire time in 'pexpire' command
      EXPIREAT a 9223372036854776 -> -ERR invalid expire time in 'expireat' command
      EXPIRE missing 9223372036854776 -> -ERR invalid expire time in 'expire' command
      TTL a -> :-1
      PEXPIREAT a 9223372036854775807 -> :1
      PEXPIRETIME a -> :9223372036854775807
      EXPIRE a -1 -> :1
      EXISTS a -> :0
      SET a 1 -> +OK
      EXPIREAT a 0 -> :1
      EXISTS a -> :0
      SET a 1 -> +OK
      PEXPIRE a -9223372036854775808 -> :1
      EXISTS a -> :0
      SET a 1 -> +OK
      EXPIRE a 0 -> :1
      EXISTS a -> :0
      EXPIRE a -> -ERR wrong number of arguments for 'expire' command
      """)
  }

  @Test func keysGoWhenTheirTimeHasCome() {
    Transcript.expect(
      """
      SET a 1 -> +OK
      PEXPIRE a 1000 -> :1
      wait 1000
      PTTL a -> :0
      EXISTS a -> :1
      wait 1
      EXISTS a -> :0
      TTL a -> :-2
      DBSIZE -> :0
      SET b 1 -> +OK
      EXPIRE b 2 -> :1
      wait 600
      TTL b -> :1
      wait 2000
      DBSIZE -> :1
      KEYS * -> *0
      RANDOMKEY -> $-1
      DBSIZE -> :0
      """)
  }

  @Test func renames() {
    Transcript.expect(
      """
      SET a hello -> +OK
      EXPIREAT a 33177117420 -> :1
      RENAME a b -> +OK
      GET b -> $5 hello
      EXPIRETIME b -> :33177117420
      EXISTS a -> :0
      RENAME a b -> -ERR no such key
      RENAMENX a b -> -ERR no such key
      RENAME b b -> +OK
      RENAMENX b b -> :0
      SET c 12 -> +OK
      RENAMENX b c -> :0
      RENAMENX c d -> :1
      GET d -> $2 12
      RENAME d b -> +OK
      TTL b -> :-1
      GET b -> $2 12
      DBSIZE -> :1
      RENAME b a-key-that-is-so-much-longer-than-the-one-before-that-it-needs-another-allocation -> +OK
      GET a-key-that-is-so-much-longer-than-the-one-before-that-it-needs-another-allocation -> $2 12
      """)
  }

  @Test func copiesAndMoves() {
    Transcript.expect(
      """
      SET a hello -> +OK
      EXPIREAT a 33177117420 -> :1
      COPY a b -> :1
      GET b -> $5 hello
      EXPIRETIME b -> :33177117420
      COPY a b -> :0
      SET a world -> +OK
      COPY a b REPLACE -> :1
      GET b -> $5 world
      TTL b -> :-1
      COPY missing b REPLACE -> :0
      COPY a a -> -ERR source and destination objects are the same
      COPY a a DB 0 -> -ERR source and destination objects are the same
      COPY a a DB 1 -> :1
      COPY a a DB 1 REPLACE -> :1
      COPY a a replace db 1 -> :1
      COPY a b DB 99 -> -ERR DB index is out of range
      COPY a b DB -1 -> -ERR DB index is out of range
      COPY a b DB x -> -ERR value is not an integer or out of range
      COPY a b DB 99999999999 -> -ERR value is out of range, value must between -2147483648 and 2147483647
      COPY a b DB -> -ERR syntax error
      COPY a b FOO -> -ERR syntax error
      MOVE a 1 -> :0
      MOVE b 1 -> :1
      MOVE b 1 -> :0
      MOVE b 0 -> -ERR source and destination objects are the same
      MOVE b 16 -> -ERR DB index is out of range
      MOVE b x -> -ERR value is not an integer or out of range
      DBSIZE -> :1
      SELECT 1 -> +OK
      DBSIZE -> :2
      GET b -> $5 world
      """)
  }

  @Test func copiesLongValuesAsTheirOwn() {
    var test = TestEngine()
    let client = test.connect()
    let long = String(repeating: "x", count: 5000)
    #expect(test.run(["SET", "a", long], from: client) == "+OK\r\n")
    #expect(test.run("COPY a b", from: client) == ":1\r\n")
    #expect(test.run("DEL a", from: client) == ":1\r\n")
    #expect(test.run("GET b", from: client) == "$5000\r\n\(long)\r\n")
    #expect(test.run("RENAME b c", from: client) == "+OK\r\n")
    #expect(test.run("GET c", from: client) == "$5000\r\n\(long)\r\n")
    #expect(test.run("FLUSHALL SYNC", from: client) == "+OK\r\n")
    let isEmpty = test.engine.call.keyspace[0].valueBytes == 0
    #expect(isEmpty)
  }

  @Test func listsKeys() {
    Transcript.expect(
      """
      KEYS * -> *0
      RANDOMKEY -> $-1
      SET one 1 -> +OK
      KEYS * -> *1 $3 one
      RANDOMKEY -> $3 one
      KEYS o?e -> *1 $3 one
      KEYS o -> *0
      SCAN 0 -> *2 $1 0 *1 $3 one
      SCAN 0 MATCH t* -> *2 $1 0 *0
      SCAN 0 MATCH o* COUNT 100 -> *2 $1 0 *1 $3 one
      SCAN 0 TYPE string -> *2 $1 0 *1 $3 one
      SCAN 0 TYPE STRING -> *2 $1 0 *1 $3 one
      SCAN 0 TYPE list -> *2 $1 0 *0
      SCAN 0 TYPE foo -> *2 $1 0 *0
      SCAN x -> -ERR invalid cursor
      SCAN -1 -> -ERR invalid cursor
      SCAN 0 COUNT 0 -> -ERR syntax error
      SCAN 0 COUNT x -> -ERR value is not an integer or out of range
      SCAN 0 MATCH -> -ERR syntax error
      SCAN 0 FOO 1 -> -ERR syntax error
      """, comparesWithRedis: false)
  }

  @Test func scansAllOfALargeDatabase() {
    var test = TestEngine()
    let client = test.connect()
    for index in 0..<3000 { _ = test.run("SET key:\(index) \(index)", from: client) }
    var seen = Set<String>()
    var cursor = "0"
    var calls = 0
    repeat {
      let lines = test.run("SCAN \(cursor) COUNT 50", from: client).split(separator: "\r\n").map(String.init)
      cursor = lines[2]
      for line in lines where line.hasPrefix("key:") { seen.insert(line) }
      calls += 1
    } while cursor != "0"
    #expect(seen.count == 3000)
    #expect(calls > 20 && calls < 70)
    let all = test.run("KEYS key:1*", from: client)
    #expect(all.hasPrefix("*1111\r\n"))
  }

  @Test func looksAtObjects() {
    Transcript.expect(
      """
      SET a 1 -> +OK
      SET b hello -> +OK
      SET c 12345 -> +OK
      SET d a-string-of-fifty-bytes-is-too-long-to-be-an-embstr-xx -> +OK
      OBJECT ENCODING a -> $3 int
      OBJECT ENCODING b -> $6 embstr
      OBJECT ENCODING d -> $3 raw
      OBJECT REFCOUNT a -> :2147483647
      OBJECT REFCOUNT b -> :1
      OBJECT REFCOUNT c -> :1
      OBJECT IDLETIME b -> :0
      OBJECT ENCODING missing -> $-1
      OBJECT FREQ missing -> $-1
      OBJECT FREQ a -> -ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.
      OBJECT FOO a -> -ERR unknown subcommand 'FOO'. Try OBJECT HELP.
      OBJECT ENCODING -> -ERR wrong number of arguments for 'object|encoding' command
      OBJECT -> -ERR wrong number of arguments for 'object' command
      """)
  }

  @Test func idleTimeCountsFromTheLastUse() {
    Transcript.expect(
      """
      SET a 1 -> +OK
      wait 5000
      OBJECT IDLETIME a -> :5
      TTL a -> :-1
      EXISTS a -> :1
      OBJECT IDLETIME a -> :5
      GET a -> $1 1
      OBJECT IDLETIME a -> :0
      wait 3000
      TOUCH a -> :1
      OBJECT IDLETIME a -> :0
      """)
  }

  @Test func flushesAndSwaps() {
    Transcript.expect(
      """
      SET a 1 -> +OK
      SWAPDB 0 1 -> +OK
      DBSIZE -> :0
      SELECT 1 -> +OK
      GET a -> $1 1
      SWAPDB 1 1 -> +OK
      FLUSHDB -> +OK
      DBSIZE -> :0
      SET a 1 -> +OK
      SELECT 2 -> +OK
      SET b 1 -> +OK
      FLUSHDB ASYNC -> +OK
      SELECT 1 -> +OK
      DBSIZE -> :1
      FLUSHALL sync -> +OK
      DBSIZE -> :0
      FLUSHALL ASYNC -> +OK
      FLUSHALL x -> -ERR syntax error
      FLUSHALL SYNC x -> -ERR syntax error
      FLUSHDB x -> -ERR syntax error
      SWAPDB x 1 -> -ERR invalid first DB index
      SWAPDB 0 x -> -ERR invalid second DB index
      SWAPDB 0 16 -> -ERR DB index is out of range
      SWAPDB -1 0 -> -ERR DB index is out of range
      """)
  }

  @Test func aLargeFlushFreesInSlices() {
    var test = TestEngine()
    let client = test.connect()
    var request = ""
    for index in 0..<20000 { request += "SET key:\(index) \(index)\r\n" }
    _ = test.send(Array(request.utf8), from: client)
    #expect(test.run("FLUSHALL", from: client) == "+OK\r\n")
    #expect(test.run("DBSIZE", from: client) == ":0\r\n")
    let waits = test.engine.call.keyspace.reclaimer.pendingKeys > 0
    #expect(waits)
    var slices = 1
    while test.engine.runBackgroundSlice() { slices += 1 }
    #expect(slices > 10)
    let isDone = test.engine.call.keyspace.reclaimer.pendingKeys == 0
    #expect(isDone)
  }
}
