// What is noted of every command that ran: how often, how long, and whether that was too long.
extension Engine {
  /// A session as CLIENT LIST shows it; nil where there is none.
  public func description(of handle: SessionHandle) -> String? {
    call.sessions.contains(handle) ? call.description(of: handle) : nil
  }

  /// Whether cheap commands may be timed together: nobody asks for the time of each.
  var sharesTiming: Bool {
    call.configuration.latencyMonitorThreshold == 0
      && (call.configuration.slowlogLogSlowerThan < 0 || call.configuration.slowlogLogSlowerThan >= 1000)
  }

  /// Notes cheap commands that ran one after the other: each gets its part of the time.
  mutating func account(_ identities: InlineArray<16, Int32>, _ count: Int, since clock: inout Int64) {
    guard count > 0 else { return }
    let finished = call.host.monotonicNanoseconds()
    if count == 1 {
      observe(Int(identities[0]), nanoseconds: finished - clock)
    } else {
      let each = (finished - clock) / Int64(count)
      for index in 0..<count { record(Int(identities[index]), nanoseconds: each) }
    }
    clock = finished
  }

  /// Notes the command that ran last; its arguments are still at hand.
  mutating func observe(_ identity: Int, nanoseconds: Int64) {
    record(identity, nanoseconds: nanoseconds)
    let limit = Int64(call.configuration.slowlogLogSlowerThan)
    if limit >= 0, nanoseconds / 1000 >= limit { noteSlow(identity, nanoseconds) }
    let threshold = Int64(call.configuration.latencyMonitorThreshold)
    if threshold > 0, nanoseconds / 1_000_000 >= threshold {
      let isFast = call.catalogue[identity].flags.contains(.fast)
      call.latencyMonitor.record(
        isFast ? "fast-command" : "command", milliseconds: nanoseconds / 1_000_000, now: call.now)
    }
  }

  @inline(__always)
  private mutating func record(_ identity: Int, nanoseconds: Int64) {
    call.commandStatistics[identity].calls += 1
    call.commandStatistics[identity].nanoseconds += nanoseconds
    guard call.configuration.latencyTracking else { return }
    if call.commandStatistics[identity].histogram < 0 {
      call.commandStatistics[identity].histogram = call.histograms.add()
    }
    call.histograms.record(nanoseconds, in: call.commandStatistics[identity].histogram)
  }

  @inline(never)
  private mutating func noteSlow(_ identity: Int, _ nanoseconds: Int64) {
    guard !call.catalogue[identity].flags.contains(.skipSlowLog), call.sessions.contains(call.session) else { return }
    call.slowLog.add(
      call.arguments, secrets: call.redactions,
      microseconds: nanoseconds / 1000, peer: call.sessions[call.session].origin.peer,
      name: call.sessions[call.session].name, now: call.now, limit: call.configuration.slowlogMaxLen)
  }

  /// Takes what INFO shows per second or at its highest.
  mutating func sampleStatistics() {
    call.statistics.sampleRates(call.hostSample, now: call.now)
    call.noteMemoryPeak()
  }
}
