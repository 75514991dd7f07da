import Testing

@testable import Engine

@Suite struct PublicationFanOutTests {
  @Test func tenThousandSubscribersGetTheSameBytes() {
    var test = TestEngine()
    let publisher = test.connect()
    var subscribers: [SessionHandle] = []
    for number in 0..<10_000 {
      let client = test.connect()
      if number % 2 == 1 { _ = test.run("HELLO 3", from: client) }
      _ = test.run("SUBSCRIBE all", from: client)
      subscribers.append(client)
    }
    #expect(test.run("PUBLISH all hello", from: publisher) == ":10000\r\n")
    for (number, client) in subscribers.enumerated() {
      let expected = "\(number % 2 == 1 ? ">" : "*")3\r\n$7\r\nmessage\r\n$3\r\nall\r\n$5\r\nhello\r\n"
      if test.output(of: client) != expected { Issue.record("subscriber \(number)") }
    }
    for client in subscribers { test.apply(.disconnected(client)) }
    #expect(test.run("PUBLISH all hello", from: publisher) == ":0\r\n")
    #expect(test.engine.call.pubSub.channels.count == 0)
  }
}
