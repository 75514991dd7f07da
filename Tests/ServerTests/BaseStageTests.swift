import Foundation
import Testing

/// The seven base stages (shared reference "stages"), byte for byte.
@Suite(.withServerLogs) struct BaseStageTests {
  @Test func bindsToItsPortAndAnswersPing() throws {
    try withServer { _, client in try client.exchange("*1\r\n$4\r\nPING\r\n", "+PONG\r\n") }
  }

  @Test func answersManyPingsOnOneConnection() throws {
    try withServer { _, client in
      for _ in 0..<3 { try client.exchange("*1\r\n$4\r\nPING\r\n", "+PONG\r\n") }
      try client.exchange("*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nping\r\n", "+PONG\r\n+PONG\r\n")
      try client.expectSilence()
    }
  }

  @Test func servesConcurrentClients() throws {
    try withServer { server, first in
      let second = try server.connect()
      let third = try server.connect()
      for client in [third, first, second, first] { try client.exchange("*1\r\n$4\r\nPING\r\n", "+PONG\r\n") }
    }
  }

  @Test(arguments: ["ECHO", "echo", "EcHo"]) func echoesItsArgument(name: String) throws {
    try withServer { _, client in
      try client.exchange("*2\r\n$4\r\n\(name)\r\n$3\r\nhey\r\n", "$3\r\nhey\r\n")
    }
  }

  @Test func setsAndGets() throws {
    try withServer { _, client in
      try client.exchange("*3\r\n$3\r\nSET\r\n$3\r\nfoo\r\n$3\r\nbar\r\n", "+OK\r\n")
      try client.exchange("*2\r\n$3\r\nGET\r\n$3\r\nfoo\r\n", "$3\r\nbar\r\n")
      try client.exchange("*2\r\n$3\r\nGET\r\n$7\r\nmissing\r\n", "$-1\r\n")
    }
  }

  @Test(arguments: ["PX", "px", "pX"]) func expires(option: String) throws {
    try withServer { _, client in
      try client.exchange(
        "*5\r\n$3\r\nSET\r\n$3\r\nfoo\r\n$3\r\nbar\r\n$2\r\n\(option)\r\n$3\r\n100\r\n", "+OK\r\n")
      // Still there at once, unless this machine slept for the whole 100 ms.
      let began = Date()
      let reply = try client.command("GET", "foo")
      if Date().timeIntervalSince(began) < 0.05 { #expect(reply == .bulk("bar")) }
      usleep(200_000)
      try client.exchange("*2\r\n$3\r\nGET\r\n$3\r\nfoo\r\n", "$-1\r\n")
    }
  }
}
