import Testing

@testable import Engine

/// Commands with the replies they get, one command a line, its reply behind it:
///
///     SET key value -> +OK
///     GET key       -> $5 value
///     wait 1500                      (milliseconds)
///
/// A reply is written as it goes over the wire, its lines joined by blanks. Played to an engine always, and to a real
/// redis-server too where one is installed, unless the transcript holds what only this server, or Redis 7.2, says.
struct Transcript {
  struct Step {
    var command: String
    var reply: String
  }
  let steps: [Step]

  init(_ text: String) {
    steps = text.split(separator: "\n").compactMap { line in
      let line = line.trimmingPrefix { $0 == " " }
      guard !line.isEmpty, !line.hasPrefix("#") else { return nil }
      if line.hasPrefix("wait ") { return Step(command: String(line), reply: "") }
      guard let arrow = line.range(of: " -> ") else { preconditionFailure("no reply: \(line)") }
      var command = line[..<arrow.lowerBound]
      while command.hasSuffix(" ") { command.removeLast() }
      return Step(command: String(command), reply: String(line[arrow.upperBound...]))
    }
  }

  /// Plays the transcript to a fresh engine, and to a redis-server.
  /// - Parameter waitingOutTimeouts: whether the engine's clock moves to the end of what a command waits for.
  static func expect(
    _ text: String, configuration: Configuration = Configuration(), comparesWithRedis: Bool = true,
    waitingOutTimeouts: Bool = false, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let transcript = Transcript(text)
    var test = TestEngine(configuration)
    let client = test.connect()
    for step in transcript.steps {
      if let milliseconds = step.wait {
        test.advance(milliseconds: milliseconds)
        continue
      }
      var reply = test.run(step.command, from: client)
      if waitingOutTimeouts, reply.isEmpty, let deadline = test.engine.nextDeadline {
        test.advance(milliseconds: (deadline - test.now.monotonicMicroseconds + 999) / 1000)
        test.engine.runTimers(now: test.now)
        reply = test.output(of: client)
      }
      #expect(flat(reply) == step.reply, "\(step.command)", sourceLocation: sourceLocation)
    }
    guard comparesWithRedis, RealRedis.isInstalled, transcript.steps.allSatisfy({ $0.wait == nil }) else { return }
    do {
      let redis = try RealRedis()
      for step in transcript.steps {
        #expect(
          flat(try redis.raw(step.command)) == step.reply, "redis-server: \(step.command)",
          sourceLocation: sourceLocation)
      }
    } catch {
      Issue.record("\(error)", sourceLocation: sourceLocation)
    }
  }

  /// A reply on one line.
  static func flat(_ reply: String) -> String {
    reply.split(separator: "\r\n", omittingEmptySubsequences: false).dropLast().joined(separator: " ")
  }
}

extension Transcript.Step {
  var wait: Int64? { command.hasPrefix("wait ") ? Int64(command.dropFirst(5)) : nil }
}
