import Testing

@testable import Engine

@Suite struct RestoreTests {
  /// `hello` as Redis 7.0 dumps it.
  private static let hello = #""\x00\x05hello\n\x00cr\xdfve4 \n""#

  @Test func restoresWithItsOptions() {
    Transcript.expect(
      #"""
      RESTORE a 0 \#(Self.hello)                                 -> +OK
      GET a                                                      -> $5 hello
      TTL a                                                      -> :-1
      RESTORE a 0 \#(Self.hello)                                 -> -BUSYKEY Target key name already exists.
      RESTORE a 4102444800000 \#(Self.hello) REPLACE absttl      -> +OK
      PEXPIRETIME a                                              -> :4102444800000
      RESTORE a 0 \#(Self.hello) REPLACE                         -> +OK
      TTL a                                                      -> :-1
      RESTORE a 1 \#(Self.hello) REPLACE ABSTTL                  -> +OK
      EXISTS a                                                   -> :0
      RESTORE b 1 \#(Self.hello) ABSTTL                          -> +OK
      EXISTS b                                                   -> :0
      RESTORE c 0 \#(Self.hello) IDLETIME 1000                   -> +OK
      OBJECT IDLETIME c                                          -> :1000
      RESTORE d 0 \#(Self.hello) FREQ 100 IDLETIME 1             -> -ERR syntax error
      RESTORE d 0 \#(Self.hello) IDLETIME 1 FREQ 100             -> -ERR syntax error
      RESTORE d 0 \#(Self.hello) IDLETIME                        -> -ERR syntax error
      RESTORE d 0 \#(Self.hello) REPLACE x                       -> -ERR syntax error
      RESTORE d 0 \#(Self.hello) IDLETIME x                      -> -ERR value is not an integer or out of range
      RESTORE d 0 \#(Self.hello) IDLETIME -1                     -> -ERR Invalid IDLETIME value, must be >= 0
      RESTORE d 0 \#(Self.hello) FREQ 256                        -> -ERR Invalid FREQ value, must be >= 0 and <= 255
      RESTORE d 0 \#(Self.hello) FREQ -1                         -> -ERR Invalid FREQ value, must be >= 0 and <= 255
      RESTORE d -1 \#(Self.hello)                                -> -ERR Invalid TTL value, must be >= 0
      RESTORE d 9223372036854775807 bad                          -> -ERR DUMP payload version or checksum are wrong
      RESTORE d x \#(Self.hello)                                 -> -ERR value is not an integer or out of range
      RESTORE c x bad                                            -> -BUSYKEY Target key name already exists.
      RESTORE d 0 bad                                            -> -ERR DUMP payload version or checksum are wrong
      RESTORE d 0 ""                                             -> -ERR DUMP payload version or checksum are wrong
      RESTORE d 0 "\x00\x05hella\n\x00cr\xdfve4 \n"              -> -ERR DUMP payload version or checksum are wrong
      RESTORE d 0 "\x00\x05hello\xff\x00cr\xdfve4 \n"            -> -ERR DUMP payload version or checksum are wrong
      RESTORE-ASKING d 0 \#(Self.hello)                          -> +OK
      GET d                                                      -> $5 hello
      DUMP nokey                                                 -> $-1
      """#)
  }

  @Test func refusesWhatIsNoValueWhateverItsChecksum() {
    var configuration = Configuration()
    configuration.enableDebugCommand = .yes
    Transcript.expect(
      #"""
      DEBUG SET-SKIP-CHECKSUM-VALIDATION 1                    -> +OK
      RESTORE a 0 "\x00\x05hella\n\x00cr\xdfve4 \n"           -> +OK
      GET a                                                   -> $5 hella
      RESTORE b 0 "\x08\x05hella\n\x00cr\xdfve4 \n"           -> -ERR Bad data format
      RESTORE b 0 "\x00\x06hella\n\x00cr\xdfve4 \n"           -> -ERR Bad data format
      RESTORE b 0 "\x00\x04hella\n\x00cr\xdfve4 \n"           -> -ERR Bad data format
      RESTORE b 0 "\n\x00cr\xdfve4 \n"                        -> -ERR Bad data format
      RESTORE b 0 "\x00\xc3\x05\x05hell\n\x00cr\xdfve4 \n"    -> -ERR Bad data format
      RESTORE b 0 "\x10\x11\x11\x00\x00\x00\x04\x00\x81a\x02\x01\x01\x81a\x02\x02\x01\xff\n\x00cr\xdfve4 \n" -> -ERR Bad data format
      RESTORE b 0 "\x10\x11\x11\x00\x00\x00\x04\x00\x81a\x02\x01\x01\x81b\x02\x02\x01\xff\n\x00cr\xdfve4 \n" -> +OK
      """#, configuration: configuration, comparesWithRedis: false)
  }

  @Test func replicasGetTheMoment() {
    var test = TestEngine()
    let client = test.connect()
    test.recordEffects()
    _ = test.run("RESTORE a 1000 \(Self.hello) IDLETIME 7", from: client)
    _ = test.run("RESTORE a 5 \(Self.hello) REPLACE ABSTTL", from: client)
    _ = test.run("RESTORE a 5 \(Self.hello) ABSTTL", from: client)
    let text = String(decoding: test.propagated(), as: UTF8.self)
    #expect(text.contains("$7\r\nRESTORE\r\n$1\r\na\r\n$13\r\n1700000001000\r\n"))
    #expect(text.contains("$8\r\nIDLETIME\r\n$1\r\n7\r\n$6\r\nABSTTL\r\n"))
    #expect(text.hasSuffix("*2\r\n$3\r\nDEL\r\n$1\r\na\r\n"))
  }
}
