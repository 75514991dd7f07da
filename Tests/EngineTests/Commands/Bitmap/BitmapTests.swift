import Testing

@testable import Engine

@Suite struct BitmapTests {
  @Test func bitsAreSetAndFound() {
    Transcript.expect(
      """
      SETBIT b 7 1            -> :0
      GET b                   -> $1 \u{1}
      SETBIT b 7 1            -> :1
      SETBIT b 7 2            -> -ERR bit is not an integer or out of range
      SETBIT b -1 1           -> -ERR bit offset is not an integer or out of range
      SETBIT b 4294967296 1   -> -ERR bit offset is not an integer or out of range
      SETBIT b x 1            -> -ERR bit offset is not an integer or out of range
      GETBIT b 7              -> :1
      GETBIT b 4294967295     -> :0
      GETBIT missing 0        -> :0
      SET n 12345             -> +OK
      OBJECT ENCODING n       -> $3 int
      GETBIT n 2              -> :1
      BITCOUNT n              -> :17
      SETBIT n 2 1            -> :1
      OBJECT ENCODING n       -> $3 raw
      SET s foobar            -> +OK
      BITCOUNT s              -> :26
      BITCOUNT s 0 0          -> :4
      BITCOUNT s 1 1          -> :6
      BITCOUNT s 5 30 BIT     -> :17
      BITCOUNT s 5 30 byte    -> :4
      BITCOUNT s -2 -1        -> :7
      BITCOUNT s -1 -2        -> :0
      BITCOUNT s 0            -> -ERR syntax error
      BITCOUNT s 0 1 WORD     -> -ERR syntax error
      BITCOUNT s 0 x          -> -ERR value is not an integer or out of range
      BITCOUNT missing x      -> :0
      BITPOS s 0              -> :0
      BITPOS s 1              -> :1
      BITPOS s 1 2 4 BIT      -> :2
      BITPOS s 2              -> -ERR The bit argument must be 1 or 0.
      BITPOS missing 0        -> :0
      BITPOS missing 1        -> :-1
      SET ones "\\xff\\xff"   -> +OK
      BITPOS ones 0           -> :16
      BITPOS ones 0 1         -> :16
      BITPOS ones 0 0 -1      -> :-1
      BITPOS ones 1 3         -> :-1
      BITPOS ones 0 0 9 BIT   -> :-1
      BITPOS ones 0 0 9 BIT 1 -> -ERR syntax error
      """)
  }

  @Test func fieldsAreReadAndChanged() {
    Transcript.expect(
      """
      BITFIELD f SET u8 0 255 GET u8 0 GET i8 0                  -> *3 :0 :255 :-1
      BITFIELD f INCRBY u8 0 1                                   -> *1 :0
      BITFIELD f OVERFLOW SAT INCRBY i8 #1 127 INCRBY i8 #1 1    -> *2 :127 :127
      BITFIELD f OVERFLOW FAIL INCRBY i8 #1 1 GET i8 #1          -> *2 $-1 :127
      BITFIELD f OVERFLOW SAT SET i8 0 -9223372036854775808      -> *1 :0
      BITFIELD f GET i8 0                                        -> *1 :127
      BITFIELD f SET i64 3 9223372036854775807 INCRBY i64 3 1    -> *2 :-290482175965396992 :-9223372036854775808
      BITFIELD f OVERFLOW SAT INCRBY i64 3 -1                    -> *1 :-9223372036854775808
      BITFIELD f SET u63 #1 -1 GET u63 #1                        -> *2 :0 :9223372036854775807
      BITFIELD one OVERFLOW FAIL SET i1 0 0 INCRBY i1 0 -1 INCRBY i1 0 -1 INCRBY i1 0 1 INCRBY i1 0 1 -> *5 :0 :-1 $-1 :0 $-1
      BITFIELD f GET u64 0                                       -> -ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.
      BITFIELD f GET i65 0                                       -> -ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.
      BITFIELD f GET u8 -1                                       -> -ERR bit offset is not an integer or out of range
      BITFIELD f OVERFLOW x GET u8 0                             -> -ERR Invalid OVERFLOW type specified
      BITFIELD f GET u8                                          -> -ERR syntax error
      BITFIELD f                                                 -> *0
      BITFIELD none GET u8 3                                     -> *1 :0
      EXISTS none                                                -> :0
      BITFIELD_RO f GET u8 0 GET u4 1                            -> *2 :112 :14
      BITFIELD_RO f SET u8 0 1                                   -> -ERR BITFIELD_RO only supports the GET subcommand
      BITFIELD none OVERFLOW FAIL INCRBY u2 6 9                  -> *1 $-1
      STRLEN none                                                -> :1
      """)
  }

  @Test func stringsAreCombined() {
    Transcript.expect(
      """
      SET a abcdefghijklmnopqrstuvwxyz0123456789ABCDEF -> +OK
      SET b 0123456789                -> +OK
      SET n 77                        -> +OK
      BITOP AND d a b                 -> :42
      BITOP OR d b n missing          -> :10
      GET d                           -> $10 7723456789
      BITOP XOR d n n                 -> :2
      BITCOUNT d                      -> :0
      BITOP NOT d a b                 -> -ERR BITOP NOT must be called with a single source key.
      BITOP NAND d a b                -> -ERR syntax error
      BITOP NOT d b                   -> :10
      BITCOUNT d                      -> :45
      SET d x EX 100                  -> +OK
      BITOP AND d b                   -> :10
      TTL d                           -> :-1
      OBJECT ENCODING d               -> $3 raw
      BITOP AND d missing             -> :0
      EXISTS d                        -> :0
      """)
  }

  @Test func operationsOfLaterVersions() {
    Transcript.expect(
      """
      SET a "\\x0f\\xff"     -> +OK
      SET b "\\x3c"          -> +OK
      SET c "\\x01\\x80"     -> +OK
      BITOP DIFF d a b c     -> :2
      BITFIELD d GET u16 0   -> *1 :639
      BITOP DIFF1 d a b c    -> :2
      BITFIELD d GET u16 0   -> *1 :12288
      BITOP ANDOR d a b c    -> :2
      BITFIELD d GET u16 0   -> *1 :3456
      BITOP ONE d a b c      -> :2
      BITFIELD d GET u16 0   -> *1 :12927
      BITOP ONE d a          -> :2
      BITFIELD d GET u16 0   -> *1 :4095
      BITOP DIFF d a         -> -ERR BITOP DIFF must be called with at least two source keys.
      BITOP diff1 d a        -> -ERR BITOP DIFF1 must be called with at least two source keys.
      """, comparesWithRedis: false)
  }

  /// Random commands over a few keys of many lengths, on the engine and on a real server.
  @Test(.enabled(if: RealRedis.isInstalled), arguments: [1, 2, 3] as [UInt64])
  func answersAsRedisDoes(seed: UInt64) throws {
    var random = RandomGenerator(seed: seed)
    let real = try RealRedis()
    var test = TestEngine()
    let client = test.connect()
    for _ in 0..<4000 {
      let line = Self.randomCommand(&random)
      let ours = test.run(line, from: client)
      let theirs = String(decoding: try real.exchange(Array((line + "\r\n").utf8), replies: 1), as: UTF8.self)
      try #require(ours == theirs, "\(line)")
    }
  }

  private static func randomCommand(_ random: inout RandomGenerator) -> String {
    func pick(_ count: Int) -> Int { Int(random.next(below: UInt64(count))) }
    func key() -> String { ["a", "b", "c", "d", "n"][pick(5)] }
    func number() -> String {
      [
        "0", "1", "-1", "7", "8", "9", "63", "64", "65", "100", "-3", "-40", "130", "1000", "9223372036854775807",
        "-9223372036854775808", "255", "-128", "\(pick(600))",
      ][pick(19)]
    }
    func type() -> String { pick(2) == 0 ? "u\(1 + pick(63))" : "i\(1 + pick(64))" }
    func offset() -> String { (pick(2) == 0 ? "#" : "") + "\(pick(pick(2) == 0 ? 30 : 700))" }
    switch pick(12) {
    case 0: return "SETBIT \(key()) \(pick(900)) \(pick(2))"
    case 1: return "GETBIT \(key()) \(pick(900))"
    case 2: return "BITCOUNT \(key()) \(number()) \(number()) \(["BIT", "BYTE"][pick(2)])"
    case 3: return "BITCOUNT \(key())"
    case 4: return "BITPOS \(key()) \(pick(2)) \(number()) \(number()) \(["BIT", "BYTE"][pick(2)])"
    case 5: return "BITPOS \(key()) \(pick(2)) \(pick(2) == 0 ? "" : number())"
    case 6, 7:
      return "BITOP \(["AND", "OR", "XOR"][pick(3)]) \(key()) "
        + (0...pick(4)).map { _ in key() }.joined(separator: " ")
    case 8: return "BITOP NOT \(key()) \(key())"
    case 9:
      return
        "SETRANGE \(key()) \(pick(100)) \(["foo", "\"\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\"", "0"][pick(3)])"
    case 10: return pick(4) == 0 ? "DEL \(key())" : "SET n \(number())"
    default:
      var line = "BITFIELD \(key())"
      for _ in 0...pick(4) {
        switch pick(4) {
        case 0: line += " GET \(type()) \(offset())"
        case 1: line += " SET \(type()) \(offset()) \(number())"
        case 2: line += " INCRBY \(type()) \(offset()) \(number())"
        default: line += " OVERFLOW \(["WRAP", "SAT", "FAIL"][pick(3)])"
        }
      }
      return line
    }
  }

  @Test func changesPropagateAsTheyCame() {
    var test = TestEngine()
    let client = test.connect()
    test.recordEffects()
    for line in ["SETBIT k 3 1", "SETBIT k 3 1", "BITFIELD k GET u8 0", "BITOP AND none missing", "BITOP NOT d k"] {
      _ = test.run(line, from: client)
    }
    let text = String(decoding: test.propagated(), as: UTF8.self)
    #expect(text.components(of: "SETBIT") == 1)
    #expect(text.components(of: "BITFIELD") == 0)
    #expect(text.components(of: "BITOP") == 1)
  }
}

extension String {
  fileprivate func components(of word: String) -> Int { ranges(of: word).count }
}
