import Testing

@testable import Engine

@Suite struct ClientTests {
  @Test func describesAConnection() {
    var test = TestEngine()
    let client = test.connect()
    #expect(test.run("CLIENT SETNAME fred", from: client) == "+OK\r\n")
    #expect(test.run("CLIENT SETINFO LIB-NAME lettuce", from: client) == "+OK\r\n")
    #expect(test.run("client setinfo lib-ver 1.2", from: client) == "+OK\r\n")
    _ = test.run("SELECT 3", from: client)
    test.advance(milliseconds: 5000)
    let expected =
      "id=1 addr=127.0.0.1:50001 laddr=127.0.0.1:6379 fd=8 name=fred age=5 idle=0 flags=N db=3 sub=0 psub=0 ssub=0 "
      + "multi=-1 qbuf=26 qbuf-free=0 argv-mem=10 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 omem=0 tot-mem="
    let line = test.run(["CLIENT", "INFO"], from: client)
    #expect(line.drop { $0 != "i" }.hasPrefix(expected))
    #expect(line.hasSuffix(" events=r cmd=client|info user=default redir=-1 resp=2 lib-name=lettuce lib-ver=1.2\n\r\n"))
    let other = test.connect()
    #expect(test.run("CLIENT ID", from: other) == ":2\r\n")
    #expect(test.run("CLIENT LIST", from: other).split(separator: "\n").count == 3)
    #expect(test.run("CLIENT LIST ID 2 1 7", from: other).contains("\r\nid=2") == true)
    #expect(test.run("CLIENT LIST TYPE replica", from: other) == "$0\r\n\r\n")
    #expect(test.run("CLIENT LIST TYPE nonsense", from: other) == "-ERR Unknown client type 'nonsense'\r\n")
    #expect(test.run("CLIENT LIST ID x", from: other) == "-ERR Invalid client ID\r\n")
    #expect(test.run("CLIENT LIST ID", from: other) == "-ERR syntax error\r\n")
  }

  @Test func checksNames() {
    var test = TestEngine()
    let client = test.connect()
    #expect(test.run("CLIENT GETNAME", from: client) == "$-1\r\n")
    #expect(
      test.run(["CLIENT", "SETNAME", "a b"], from: client)
        == "-ERR Client names cannot contain spaces, newlines or special characters.\r\n")
    #expect(
      test.run(["CLIENT", "SETINFO", "lib-name", "a\nb"], from: client)
        == "-ERR lib-name cannot contain spaces, newlines or special characters.\r\n")
    #expect(test.run("CLIENT SETINFO foo bar", from: client) == "-ERR Unrecognized option 'foo'\r\n")
    #expect(test.run("CLIENT SETNAME x", from: client) == "+OK\r\n")
    #expect(test.run(["CLIENT", "SETNAME", ""], from: client) == "+OK\r\n")
    #expect(test.run("CLIENT GETNAME", from: client) == "$-1\r\n")
  }

  @Test func refusesWhatIsNoSubcommand() {
    var test = TestEngine()
    let client = test.connect()
    #expect(test.run("CLIENT", from: client) == "-ERR wrong number of arguments for 'client' command\r\n")
    #expect(test.run("client foo", from: client) == "-ERR unknown subcommand 'foo'. Try CLIENT HELP.\r\n")
    #expect(test.run("CLIENT REPLY", from: client) == "-ERR wrong number of arguments for 'client|reply' command\r\n")
    #expect(
      test.run("CLIENT CACHING yes", from: client)
        == "-ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode "
        + "enabled\r\n")
    #expect(test.run("CLIENT GETREDIR", from: client) == ":-1\r\n")
    #expect(test.run("CLIENT TRACKING off", from: client) == "+OK\r\n")
    #expect(
      test.run("CLIENT TRACKINGINFO", from: client)
        == "*6\r\n$5\r\nflags\r\n*1\r\n$3\r\noff\r\n$8\r\nredirect\r\n:-1\r\n$8\r\nprefixes\r\n*0\r\n")
    #expect(test.run("CLIENT HELP", from: client).contains("\r\n+CLIENT <subcommand>") == true)
    #expect(test.run("CLIENT UNBLOCK 5", from: client) == ":0\r\n")
    #expect(
      test.run("CLIENT UNBLOCK 5 foo", from: client)
        == "-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR\r\n")
  }

  @Test func killsByFilter() {
    var test = TestEngine()
    let first = test.connect()
    let second = test.connect()
    let third = test.connect()
    #expect(test.run("CLIENT KILL 127.0.0.1:1", from: first) == "-ERR No such client\r\n")
    #expect(test.run("CLIENT KILL 127.0.0.1:50002", from: first) == "+OK\r\n")
    #expect(test.isEnded(second) == true)
    #expect(test.run("PING", from: second) == "")
    #expect(test.run("CLIENT LIST", from: first).contains("id=2 ") == false)
    #expect(test.run("CLIENT KILL ID 2", from: first) == ":0\r\n")
    #expect(test.run("CLIENT KILL ID 0", from: first) == "-ERR client-id should be greater than 0\r\n")
    #expect(test.run("CLIENT KILL TYPE x", from: first) == "-ERR Unknown client type 'x'\r\n")
    #expect(test.run("CLIENT KILL USER x", from: first) == "-ERR No such user 'x'\r\n")
    #expect(test.run("CLIENT KILL SKIPME x", from: first) == "-ERR syntax error\r\n")
    #expect(test.run("CLIENT KILL MAXAGE 10 SKIPME no", from: first) == ":0\r\n")
    #expect(test.run("CLIENT KILL TYPE normal LADDR 127.0.0.1:6379", from: first) == ":1\r\n")
    #expect(test.isEnded(third) == true)
    #expect(test.isEnded(first) == false)
    #expect(test.send(Array("CLIENT KILL SKIPME no ID 1\r\nPING\r\n".utf8), from: first) == ":1\r\n")
    #expect(test.isEnded(first) == true)
  }

  @Test func dropsWhatFollowsQuit() {
    var test = TestEngine()
    let client = test.connect()
    #expect(test.send(Array("SET a 1\r\nQUIT\r\nSET a 2\r\n".utf8), from: client) == "+OK\r\n+OK\r\n")
    #expect(test.isEnded(client) == true)
    #expect(test.run("GET a", from: test.connect()) == "$1\r\n1\r\n")
  }

  @Test func staysSilentWhenAsked() {
    var test = TestEngine()
    let client = test.connect()
    #expect(test.send(Array("CLIENT REPLY OFF\r\nPING\r\nnonsense\r\n".utf8), from: client) == "")
    #expect(test.send(Array("PING\r\nCLIENT REPLY ON\r\nPING\r\n".utf8), from: client) == "+OK\r\n+PONG\r\n")
    let skipping = "ECHO a\r\nCLIENT REPLY SKIP\r\nECHO b\r\nECHO c\r\nCLIENT REPLY SKIP\r\nnonsense\r\nECHO d\r\n"
    #expect(test.send(Array(skipping.utf8), from: client) == "$1\r\na\r\n$1\r\nc\r\n$1\r\nd\r\n")
    #expect(test.run("CLIENT REPLY foo", from: client) == "-ERR syntax error\r\n")
  }

  @Test func forgetsStateOnReset() {
    var test = TestEngine()
    let client = test.connect()
    _ = test.run("HELLO 3 SETNAME x", from: client)
    _ = test.run("SELECT 4", from: client)
    _ = test.run("MONITOR", from: client)
    _ = test.run("CLIENT NO-TOUCH on", from: client)
    #expect(test.run("RESET", from: client) == "+RESET\r\n")
    #expect(test.run("GET a", from: client) == "$-1\r\n")
    let line = test.run("CLIENT INFO", from: client)
    #expect(line.contains(" name= ") && line.contains(" flags=N db=0 ") && line.contains(" resp=2 "))
  }
}
