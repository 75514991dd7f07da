import Testing

@testable import Engine

/// What `make differential` found: one transcript a mistake, each of which Redis answers in the same way.
@Suite struct FoundByDifferenceTests {
  @Test func databaseNumbersAreOfThirtyTwoBits() {
    Transcript.expect(
      """
      SELECT 9223372036854775807 -> -ERR value is out of range, value must between -2147483648 and 2147483647
      SELECT 2147483647          -> -ERR DB index is out of range
      SELECT x                   -> -ERR value is not an integer or out of range
      """)
  }

  /// Bytes that are no text come back as they came; only the whole reply's bytes would show that, which is what
  /// `make differential` compares.
  @Test func anErrorRepeatsArgumentsUpToAZeroByte() {
    Transcript.expect(
      """
      NOSUCH "a\\x00b" c        -> -ERR unknown command 'NOSUCH', with args beginning with: 'a' 'c'\u{20}
      CLIENT "NO\\x00SUCH"      -> -ERR unknown subcommand 'NO'. Try CLIENT HELP.
      """)
  }

  @Test func aDirectionIsSaidOnce() {
    Transcript.expect(
      """
      ZADD z 1 a         -> :1
      ZRANGE z 0 1 REV REV -> -ERR syntax error
      """)
  }

  @Test func streamIdentifiersAreReadAsCReadsNumbers() {
    Transcript.expect(
      """
      XADD s +1-+2 f v    -> $3 1-2
      XADD s " 2-003" f v -> $3 2-3
      XLEN s              -> :2
      """)
  }

  @Test func aHyperLogLogWithARegisterTooManyIsCorrupt() {
    Transcript.expect(
      """
      PFADD h               -> :1
      APPEND h "\\xb0\\x8a" -> :20
      PFCOUNT h h           -> -INVALIDOBJ Corrupted HLL object detected
      PFMERGE h             -> -INVALIDOBJ Corrupted HLL object detected
      """)
  }

  @Test func aStreamWhoseCountOfEntriesWentRoundCanBeRead() throws {
    let configuration = try Configuration().setting("enable-debug-command", to: "yes")
    Transcript.expect(
      """
      XADD s 1-1 f v                                   -> $3 1-1
      XSETID s 1-1 ENTRIESADDED 9223372036854775807 MAXDELETEDID 0-0 -> +OK
      XADD s 2-1 f v                                   -> $3 2-1
      DEBUG RELOAD                                     -> +OK
      XLEN s                                           -> :2
      """, configuration: configuration, comparesWithRedis: false)
  }

  @Test func theLastMomentIsRoundedWithoutOverflow() {
    Transcript.expect(
      """
      SET key value                       -> +OK
      PEXPIREAT key 9223372036854775807   -> :1
      EXPIRETIME key                      -> :9223372036854776
      """)
  }
}
