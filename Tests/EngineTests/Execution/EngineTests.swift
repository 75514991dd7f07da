import Testing

@testable import Engine

@Suite struct EngineTests {
  @Test func answersTheFirstCommands() {
    var test = TestEngine()
    let client = test.connect()
    #expect(test.run("PING", from: client) == "+PONG\r\n")
    #expect(test.run("ping hello", from: client) == "$5\r\nhello\r\n")
    #expect(test.run("GET missing", from: client) == "$-1\r\n")
    #expect(test.run(["SET", "key", "value"], from: client) == "+OK\r\n")
    #expect(test.run(["GET", "key"], from: client) == "$5\r\nvalue\r\n")
    #expect(test.run(["SET", "key", "12"], from: client) == "+OK\r\n")
    #expect(test.run(["GET", "key"], from: client) == "$2\r\n12\r\n")
    #expect(
      test.run("nonsense a b", from: client)
        == "-ERR unknown command 'nonsense', with args beginning with: 'a' 'b' \r\n")
    #expect(test.run("GET", from: client) == "-ERR wrong number of arguments for 'get' command\r\n")
  }

  @Test func keepsManyKeys() {
    var test = TestEngine()
    let client = test.connect()
    for index in 0..<20000 { #expect(test.run(["SET", "key:\(index)", "value:\(index)"], from: client) == "+OK\r\n") }
    for index in 0..<20000 {
      let value = "value:\(index)"
      #expect(test.run(["GET", "key:\(index)"], from: client) == "$\(value.utf8.count)\r\n\(value)\r\n")
    }
  }

  @Test func runsAPipelineInOrder() {
    var test = TestEngine()
    let client = test.connect()
    var request = ""
    var expected = ""
    for index in 0..<1000 {
      request += "SET k \(index)\r\nGET k\r\n"
      expected += "+OK\r\n$\("\(index)".utf8.count)\r\n\(index)\r\n"
    }
    #expect(test.send(Array(request.utf8), from: client) == expected)
  }
}
