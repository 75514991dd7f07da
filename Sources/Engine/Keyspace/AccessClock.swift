/// The 24 bits of an entry that tell how recently, or how often, it was used.
///
/// Under LRU policies (and without a limit) they are the clock: seconds, modulo 2²⁴. Under LFU policies the upper 16
/// are the minutes, modulo 2¹⁶, when the counter was last decayed, the lower 8 a logarithmic counter. As Redis's
/// `evict.c` has it, so that OBJECT IDLETIME, OBJECT FREQ and the RDB opcodes mean the same.
struct AccessClock: BitwiseCopyable, Sendable {
  /// Whether the bits are an LFU counter.
  var countsUses = false
  var logFactor = 10
  var decayMinutes = 1
  /// A new key's counter, so that it is not the first to go.
  static let initialUses: UInt32 = 5

  /// The bits of an entry made or set at `now`.
  @inline(__always)
  func fresh(_ now: Instant) -> UInt32 {
    countsUses ? Self.minutes(now) &<< 8 | Self.initialUses : Self.seconds(now)
  }

  /// The bits of an entry that was `before` and is used at `now`.
  /// - Parameter random: decides whether the logarithmic counter moves.
  @inline(__always)
  func touched(_ before: UInt32, _ now: Instant, _ random: inout RandomGenerator) -> UInt32 {
    countsUses ? counted(before, now, &random) : Self.seconds(now)
  }

  private func counted(_ before: UInt32, _ now: Instant, _ random: inout RandomGenerator) -> UInt32 {
    var uses = decayedUses(before, now)
    if uses < 255 {
      let base = uses > Self.initialUses ? uses - Self.initialUses : 0
      if random.nextUnit() < 1.0 / Double(Int(base) * logFactor + 1) { uses += 1 }
    }
    return Self.minutes(now) &<< 8 | uses
  }

  /// The counter after the decay that is due at `now`.
  func decayedUses(_ bits: UInt32, _ now: Instant) -> UInt32 {
    let uses = bits & 255
    guard decayMinutes > 0 else { return uses }
    let elapsed = (Self.minutes(now) &- (bits &>> 8)) & 0xFFFF
    let periods = elapsed / UInt32(decayMinutes)
    return periods > uses ? 0 : uses - periods
  }

  /// Seconds since the entry was used, by its bits.
  func idleSeconds(_ bits: UInt32, _ now: Instant) -> Int {
    Int((Self.seconds(now) &- bits) & 0xFF_FFFF)
  }

  @inline(__always)
  static func seconds(_ now: Instant) -> UInt32 { UInt32(truncatingIfNeeded: now.unixSeconds) & 0xFF_FFFF }
  private static func minutes(_ now: Instant) -> UInt32 { UInt32(truncatingIfNeeded: now.unixSeconds / 60) & 0xFFFF }
}
