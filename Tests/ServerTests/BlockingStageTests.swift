import Foundation
import Testing

/// The stages about waiting for an element (shared reference "stages", ec3 and xj7), byte for byte, and what only real
/// connections show.
@Suite(.withServerLogs) struct BlockingStageTests {
  private let blpop = "*3\r\n$5\r\nBLPOP\r\n$4\r\nlist\r\n$1\r\n0\r\n"
  private func rpush(_ element: String) -> String {
    "*3\r\n$5\r\nRPUSH\r\n$4\r\nlist\r\n$\(element.utf8.count)\r\n\(element)\r\n"
  }
  private func served(_ element: String) -> String {
    "*2\r\n$4\r\nlist\r\n$\(element.utf8.count)\r\n\(element)\r\n"
  }

  /// ec3: the one who has waited longest is served; the one who pushes is told the length it saw.
  @Test func servesWhoWaitedLongest() throws {
    try withServer { server, pusher in
      let first = try server.connect()
      let second = try server.connect()
      try first.send(blpop)
      try awaitBlocked(1, pusher)
      try second.send(blpop)
      try awaitBlocked(2, pusher)
      try pusher.exchange(rpush("one"), ":1\r\n")
      try first.expect(served("one"))
      try second.expectSilence()
      try pusher.exchange(rpush("two"), ":1\r\n")
      try second.expect(served("two"))
    }
  }

  /// xj7: with a timeout, nothing before it, then a null array; and an element at once.
  @Test func givesUpAfterItsTime() throws {
    try withServer { server, pusher in
      let waiting = try server.connect()
      let began = Date()
      try waiting.exchange("*3\r\n$5\r\nBLPOP\r\n$4\r\nlist\r\n$3\r\n0.2\r\n", "*-1\r\n")
      #expect(Date().timeIntervalSince(began) >= 0.2)
      try waiting.send("*3\r\n$5\r\nBLPOP\r\n$4\r\nlist\r\n$3\r\n600\r\n")
      try awaitBlocked(1, pusher)
      try pusher.exchange(rpush("foo"), ":1\r\n")
      try waiting.expect(served("foo"))
    }
  }

  @Test func goesOnWithWhatWasSentBehindIt() throws {
    try withServer { server, pusher in
      let waiting = try server.connect()
      try waiting.send(blpop + "*1\r\n$4\r\nPING\r\n")
      try awaitBlocked(1, pusher)
      try waiting.send("*2\r\n$4\r\nECHO\r\n$2\r\nhi\r\n")
      try pusher.exchange(rpush("x"), ":1\r\n")
      try waiting.expect(served("x") + "+PONG\r\n$2\r\nhi\r\n")
    }
  }

  @Test func aClosedConnectionTakesNothing() throws {
    try withServer { server, pusher in
      do {
        let gone = try server.connect()
        try gone.send(blpop)
        try awaitBlocked(1, pusher)
        gone.closeWithReset()
      }
      try awaitBlocked(0, pusher)
      try pusher.exchange(rpush("kept"), ":1\r\n")
      try pusher.exchange("*2\r\n$4\r\nLLEN\r\n$4\r\nlist\r\n", ":1\r\n")
    }
  }

  /// Asks until so many clients wait.
  private func awaitBlocked(_ count: Int, _ client: Client) throws {
    let end = Date().addingTimeInterval(20)
    while Date() < end {
      let reply = try client.command("INFO", "clients")
      if reply.text.contains("blocked_clients:\(count)") { return }
      usleep(2000)
    }
    Issue.record("there are never \(count) clients that wait")
  }
}
