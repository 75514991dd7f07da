import Foundation
import Testing

/// The ten append-only stages (shared reference "stages").
@Suite(.withServerLogs) struct AppendOnlyStageTests {
  private static let listLine = "file appendonly.aof.1.incr.aof seq 1 type i"

  private func expect(_ client: Client, _ settings: [String: String]) throws {
    for (name, value) in settings {
      try client.command("CONFIG", "GET", name, gives: .array([.bulk(name), .bulk(value)]))
    }
  }

  /// The file's bytes without the commands that choose a database.
  private func recorded(_ folder: TemporaryFolder, _ name: String) throws -> String {
    let text = String(decoding: try folder.read(name), as: UTF8.self)
    return text.replacingOccurrences(of: "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n", with: "")
  }

  @Test func tellsItsDefaults() throws {
    try withServer { server, client in
      try expect(
        client,
        [
          "dir": server.folder, "appendonly": "no", "appenddirname": "appendonlydir",
          "appendfilename": "appendonly.aof", "appendfsync": "everysec",
        ])
    }
  }

  @Test func tellsWhatTheCommandLineSays() throws {
    try withServer(
      "--appendonly", "yes", "--appenddirname", "other", "--appendfilename", "mine.aof", "--appendfsync", "always"
    ) { _, client in
      try expect(
        client,
        ["appendonly": "yes", "appenddirname": "other", "appendfilename": "mine.aof", "appendfsync": "always"])
    }
  }

  @Test(arguments: [true, false]) func makesItsDirectoryOnlyWhereItRecords(isOn: Bool) throws {
    try withServers { yard in
      let folder = try TemporaryFolder()
      try yard.start(["--dir", folder.path, "--appendonly", isOn ? "yes" : "no"])
      #expect(folder.has("appendonlydir") == isOn)
    }
  }

  @Test func takesADirectoryThatIsThere() throws {
    try withServers { yard in
      let folder = try TemporaryFolder()
      try FileManager.default.createDirectory(
        atPath: folder.path + "/appendonlydir", withIntermediateDirectories: true)
      try yard.start(["--dir", folder.path, "--appendonly", "yes"])
      #expect(folder.has("appendonlydir/appendonly.aof.manifest"))
    }
  }

  @Test func beginsWithAnEmptyIncrementOnItsList() throws {
    try withServers { yard in
      let folder = try TemporaryFolder()
      try yard.start(["--dir", folder.path, "--appendonly", "yes"])
      let isEmpty = try folder.read("appendonlydir/appendonly.aof.1.incr.aof").isEmpty
      #expect(isEmpty)
      let list = String(decoding: try folder.read("appendonlydir/appendonly.aof.manifest"), as: UTF8.self)
      #expect(list.split(separator: "\n").contains { $0 == Self.listLine }, "\(list)")
    }
  }

  /// Under `always` the command is in the file when its reply is there, in whatever file the list names.
  @Test func recordsBeforeItAnswers() throws {
    try withServers { yard in
      let folder = try TemporaryFolder()
      try folder.write("", to: "appendonlydir/foreign.aof")
      try folder.write("file foreign.aof seq 1 type i\n", to: "appendonlydir/appendonly.aof.manifest")
      let server = try yard.start(["--dir", folder.path, "--appendonly", "yes", "--appendfsync", "always"])
      try server.connect().exchange("*3\r\n$3\r\nSET\r\n$3\r\nfoo\r\n$3\r\n100\r\n", "+OK\r\n")
      let text = try recorded(folder, "appendonlydir/foreign.aof")
      #expect(text == "*3\r\n$3\r\nSET\r\n$3\r\nfoo\r\n$3\r\n100\r\n")
    }
  }

  @Test func recordsInOrderAndOnlyWhatChanges() throws {
    try withServers { yard in
      let folder = try TemporaryFolder()
      let server = try yard.start(["--dir", folder.path, "--appendonly", "yes", "--appendfsync", "always"])
      let client = try server.connect()
      var expected = ""
      for number in 1...5 {
        try client.command("SET", "key\(number)", "\(number)")
        try client.command("GET", "key\(number)")
        try client.command("PING")
        try client.command("ECHO", "hey")
        expected += "*3\r\n$3\r\nSET\r\n$4\r\nkey\(number)\r\n$1\r\n\(number)\r\n"
      }
      let text = try recorded(folder, "appendonlydir/appendonly.aof.1.incr.aof")
      #expect(text == expected)
    }
  }

  @Test(arguments: [1, 1000]) func runsWhatItFinds(count: Int) throws {
    try withServers { yard in
      let folder = try TemporaryFolder()
      try folder.write("file found.aof seq 1 type i\n", to: "appendonlydir/appendonly.aof.manifest")
      var commands = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n"
      for number in 0..<count {
        let key = "key\(number)"
        commands += "*3\r\n$3\r\nSET\r\n$\(key.utf8.count)\r\n\(key)\r\n$3\r\nbar\r\n"
      }
      try folder.write(commands, to: "appendonlydir/found.aof")
      let server = try yard.start(["--dir", folder.path, "--appendonly", "yes"])
      let client = try server.connect()
      try client.awaitLoading()
      try client.command("DBSIZE", gives: .integer(count))
      try client.command("GET", "key\(count - 1)", gives: .bulk("bar"))
    }
  }

  // MARK: Beyond the stages

  /// GETEX is a command that writes; it is recorded only where it did. Under `everysec` the file gets what is written
  /// beside the reply, not ahead of it: so the test waits for the command behind.
  @Test func recordsGetexOnlyWhereItChangesSomething() throws {
    try withServers { yard in
      let folder = try TemporaryFolder()
      let server = try yard.start(["--dir", folder.path, "--appendonly", "yes", "--appendfsync", "everysec"])
      let client = try server.connect()
      let before = "*3\r\n$3\r\nSET\r\n$3\r\nfoo\r\n$3\r\nbar\r\n"
      let behind = "*2\r\n$7\r\nPERSIST\r\n$3\r\nfoo\r\n"
      try client.command("SET", "foo", "bar", gives: .simple("OK"))
      try client.command("GETEX", "foo", gives: .bulk("bar"))
      try client.command("GETEX", "foo", "PERSIST", gives: .bulk("bar"))
      try client.command("GETEX", "foo", "PXAT", "4102444800000", gives: .bulk("bar"))
      try client.command("PERSIST", "foo", gives: .integer(1))
      var text = ""
      try eventually("the last command is in the file") {
        text = try recorded(folder, "appendonlydir/appendonly.aof.1.incr.aof")
        return text.hasSuffix(behind)
      }
      #expect(text == before + "*3\r\n$9\r\nPEXPIREAT\r\n$3\r\nfoo\r\n$13\r\n4102444800000\r\n" + behind)
    }
  }

  /// As in Redis: what was acknowledged is whole again once the rewrite is done.
  @Test func aRewriteBringsADeletedDirectoryBack() throws {
    try withServers { yard in
      let folder = try TemporaryFolder()
      let options = ["--dir", folder.path, "--appendonly", "yes"]
      let first = try yard.start(options)
      let client = try first.connect()
      try client.command("SET", "a", "1")
      try FileManager.default.removeItem(atPath: "\(folder.path)/appendonlydir")
      try client.command("SET", "b", "1")
      try client.command("BGREWRITEAOF")
      try eventually("the rewrite is done") { try first.info("persistence")["aof_rewrite_in_progress"] == "0" }
      #expect(try first.info("persistence")["aof_last_bgrewrite_status"] == "ok")
      try client.command("SET", "c", "1")
      try client.command("SHUTDOWN", "NOSAVE", isAnswered: false)
      _ = try first.waitForExit()
      let second = try yard.start(options)
      #expect(try second.connect().command("DBSIZE") == .integer(3))
    }
  }

  /// What both kinds of rewrite leave is what there was, for every type.
  @Test(arguments: ["yes", "no"]) func aRewriteKeepsEverything(preamble: String) throws {
    try withServers { yard in
      let folder = try TemporaryFolder()
      let options = ["--dir", folder.path, "--appendonly", "yes", "--aof-use-rdb-preamble", preamble]
      let first = try yard.start(options)
      let client = try first.connect()
      try fill(client)
      try client.command("BGREWRITEAOF")
      try eventually("the rewrite is done") { try first.info("persistence")["aof_rewrite_in_progress"] == "0" }
      let base = preamble == "yes" ? "appendonly.aof.2.base.rdb" : "appendonly.aof.2.base.aof"
      #expect(folder.has("appendonlydir/\(base)"))
      let digest = try first.digest()
      let groups = try client.command("XINFO", "GROUPS", "stream")
      let pending = try client.command("XPENDING", "stream", "group")
      try client.command("SHUTDOWN", "NOSAVE", isAnswered: false)
      let status = try first.waitForExit()
      #expect(status == 0)
      let second = try yard.start(options)
      let again = try second.connect()
      try again.awaitLoading()
      let digestAgain = try second.digest()
      #expect(digestAgain == digest)
      let groupsAgain = try again.command("XINFO", "GROUPS", "stream")
      #expect(groupsAgain == groups)
      let pendingAgain = try again.command("XPENDING", "stream", "group")
      #expect(pendingAgain == pending)
    }
  }

  private func fill(_ client: Client) throws {
    for number in 0..<200 {
      try client.command("RPUSH", "list", "element \(number)")
      try client.command("SADD", "set", "member \(number)")
      try client.command("SADD", "numbers", "\(number)")
      try client.command("ZADD", "sorted", "\(number).125", "member \(number)")
      try client.command("HSET", "hash", "field \(number)", "value \(number)")
      try client.command("XADD", "stream", "\(number + 1)-1", "field", "value \(number)")
    }
    try client.command("SET", "string", "text", "EX", "1000")
    try client.command("SET", "number", "12345")
    try client.command("ZADD", "sorted", "-inf", "least", "+inf", "most")
    try client.command("XADD", "emptied", "5-5", "a", "b")
    try client.command("XDEL", "emptied", "5-5")
    try client.command("XGROUP", "CREATE", "stream", "group", "0")
    try client.command("XREADGROUP", "GROUP", "group", "reader", "COUNT", "3", "STREAMS", "stream", ">")
    try client.command("XGROUP", "CREATECONSUMER", "stream", "group", "idle")
    try client.command("SELECT", "3")
    try client.command("SET", "elsewhere", "x")
    try client.command("SELECT", "0")
  }

  /// Switched off and on under writes, at any moment, the file is whole again with its next base.
  @Test func switchingOffAndOnLosesNothing() throws {
    try withServers { yard in
      let folder = try TemporaryFolder()
      let options = ["--dir", folder.path, "--appendonly", "yes", "--appendfsync", "always"]
      let first = try yard.start(options)
      let client = try first.connect()
      let switcher = try first.connect()
      for round in 0..<20 {
        try client.send((0..<50).flatMap { request("SET", "key:\(round):\($0)", "value") })
        try switcher.command("CONFIG", "SET", "appendonly", "no", gives: .simple("OK"))
        try switcher.command("CONFIG", "SET", "appendonly", "yes", gives: .simple("OK"))
        for _ in 0..<50 {
          let reply = try client.read()
          #expect(reply == .simple("OK"))
        }
      }
      try eventually("the file has its base") {
        let state = try first.info("persistence")
        return state["aof_rewrite_in_progress"] == "0" && state["aof_rewrite_scheduled"] == "0"
      }
      try client.command("SET", "last", "one", gives: .simple("OK"))
      first.kill()
      let second = try yard.start(options)
      let again = try second.connect()
      try again.awaitLoading()
      try again.command("DBSIZE", gives: .integer(1001))
    }
  }

  /// A replica that records puts what its primary gave in the place of what it had, in the file too.
  @Test func aReplicaRecordsItsPrimarysData() throws {
    try withServers { yard in
      let folder = try TemporaryFolder()
      let options = ["--dir", folder.path, "--appendonly", "yes", "--appendfsync", "always"]
      let primary = try yard.start()
      let writer = try primary.connect()
      for number in 0..<100 { try writer.command("SET", "key:\(number)", "value") }
      let replica = try yard.start(options)
      try replica.connect().command("SET", "mine", "alone", gives: .simple("OK"))
      try replica.connect().command("REPLICAOF", "127.0.0.1", "\(primary.port)", gives: .simple("OK"))
      try expectInStep(primary, [replica])
      try writer.command("SELECT", "2")
      for number in 0..<100 { try writer.command("RPUSH", "list", "\(number)") }
      try expectInStep(primary, [replica])
      try eventually("the file has its base, and everything") {
        let state = try replica.info("persistence")
        return state["aof_rewrite_in_progress"] == "0" && state["aof_rewrite_scheduled"] == "0"
          && state["aof_buffer_length"] == "0"
      }
      replica.kill()
      let again = try yard.start(options)
      try again.connect().awaitLoading()
      let digest = try again.digest()
      #expect(try primary.digest() == digest)
    }
  }

  /// A file that ends within a command is cut there, and goes on from there.
  @Test func cutsOffWhatIsNotWhole() throws {
    try withServers { yard in
      let folder = try TemporaryFolder()
      try folder.write(Self.listLine + "\n", to: "appendonlydir/appendonly.aof.manifest")
      let command = "*2\r\n$4\r\nINCR\r\n$3\r\nfoo\r\n"
      try folder.write(command + command + String(command.dropLast(4)), to: "appendonlydir/appendonly.aof.1.incr.aof")
      for expected in 3...4 {
        let server = try yard.start(["--dir", folder.path, "--appendonly", "yes", "--appendfsync", "always"])
        let client = try server.connect()
        try client.awaitLoading()
        try client.command("INCR", "foo", gives: .integer(expected))
        server.kill()
      }
    }
  }

  @Test(arguments: [
    ("file a seq 1 type i\nfile b seq 1 type i\n", "Found a non-monotonic sequence number"),
    ("file a seq 1 type b\nfile b seq 2 type b\n", "Found duplicate base file information"),
    ("file a seq 1 type x\n", "Unknown AOF file type"),
    ("file a seq 1\n", "Invalid AOF manifest file format"),
    ("", "Found an empty AOF manifest"),
    ("file gone.aof seq 1 type i\n", "gone.aof for reading: No such file or directory"),
  ])
  func refusesAListThatIsWrong(list: String, complaint: String) throws {
    try withServers { yard in
      let folder = try TemporaryFolder()
      try folder.write(list, to: "appendonlydir/appendonly.aof.manifest")
      let server = try yard.start(["--dir", folder.path, "--appendonly", "yes"], awaitReady: false)
      let status = try server.waitForExit()
      #expect(status == 1)
      #expect(server.log().split(separator: "\n").last?.contains(complaint) == true, "\(server.log())")
    }
  }

  /// The file of a server before Redis 7 is taken over, wherever the last try ended.
  @Test(arguments: [false, true]) func takesOverAnOldFile(wasInterrupted: Bool) throws {
    try withServers { yard in
      let folder = try TemporaryFolder()
      try folder.write("*3\r\n$3\r\nSET\r\n$3\r\nfoo\r\n$3\r\nbar\r\n", to: "appendonly.aof")
      if wasInterrupted {
        try folder.write("file appendonly.aof seq 1 type b\n", to: "appendonlydir/appendonly.aof.manifest")
      }
      let server = try yard.start(["--dir", folder.path, "--appendonly", "yes"])
      let client = try server.connect()
      try client.awaitLoading()
      try client.command("GET", "foo", gives: .bulk("bar"))
      #expect(!folder.has("appendonly.aof") && folder.has("appendonlydir/appendonly.aof"))
    }
  }
}

extension Client {
  /// Sends a command that ends the server.
  func command(_ arguments: String..., isAnswered: Bool) throws {
    try send(request(arguments.map { Array($0.utf8) }))
    if isAnswered { _ = try read() }
  }
}
