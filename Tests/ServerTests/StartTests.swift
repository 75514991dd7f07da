import CURing
import Foundation
import Testing

/// What a start makes of its configuration beyond single values: included files, renamed commands, supervisors.
@Suite(.withServerLogs) struct StartTests {
  private func withFile(_ text: String, _ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "ringdove-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try text.replacing("FOLDER", with: folder).write(toFile: folder + "/server.conf", atomically: true, encoding: .utf8)
    try body(folder)
  }

  @Test func patternsIncludeWhatMatchesInOrder() throws {
    try withFile("include FOLDER/part*\ninclude FOLDER/none*.conf\ninclude FOLDER/[l]ast") { folder in
      for (name, text) in [("part1", "timeout 1\nhz 20"), ("part2", "timeout 2"), ("last", "maxclients 77")] {
        try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
      }
      try withServers { yard in
        let client = try yard.start([folder + "/server.conf"]).connect()
        for (name, value) in [("timeout", "2"), ("hz", "20"), ("maxclients", "77")] {
          #expect(try client.command("CONFIG", "GET", name).elements.last == .bulk(value))
        }
      }
    }
  }

  /// In the log of what it wrote, a renamed command is found again.
  @Test func commandsAreRenamed() throws {
    let lines = """
      rename-command CONFIG hidden
      rename-command SET put
      rename-command EVAL ""
      rename-command GET SET
      appendonly yes
      appendfsync always
      """
    try withFile(lines) { folder in
      try withServers { yard in
        let options = [folder + "/server.conf", "--dir", folder]
        let server = try yard.start(options)
        var client = try server.connect()
        try client.exchange("PUT a 1\r\nSET a\r\n", "+OK\r\n$1\r\n1\r\n")
        try client.exchange("HIDDEN GET hz\r\n", "*2\r\n$2\r\nhz\r\n$2\r\n10\r\n")
        #expect(try client.command("GET", "a").text.contains("unknown command"))
        #expect(try client.command("CONFIG", "GET", "hz").text.contains("unknown command"))
        server.kill()
        client = try yard.start(options).connect()
        try client.exchange("SET a\r\n", "$1\r\n1\r\n")
      }
    }
  }

  @Test(arguments: [
    (["--rename-command", "nope", "x"], "No such command in rename-command"),
    (["--rename-command", "GET", "eval"], "Target command name already exists"),
    (["--port", "0"], "Configured to not listen anywhere, exiting."),
  ]) func wrongStartsEndWithAReason(options: [String], reason: String) throws {
    try withServers { yard in
      let server = try yard.start(options, awaitReady: false)
      #expect(try server.waitForExit() == 1)
      #expect(server.log().contains(reason), "\(server.log())")
    }
  }

  @Test func theVerboseLogNamesWhoComesAndGoes() throws {
    try withServers { yard in
      let server = try yard.start(["--loglevel", "verbose"])
      try Client(port: server.port).exchange("CLIENT SETNAME guest\r\n", "+OK\r\n")
      let gone = #/ - Client closed connection id=\d+ addr=127\.0\.0\.1:\d+ .* name=guest /#
      try eventually("it has gone") { server.log().contains(gone) }
      #expect(server.log().contains(" - Accepted 127.0.0.1:"))
    }
  }

  /// systemd's side of `Type=notify`: a socket for datagrams, with a path or a name of the kernel's.
  @Test(arguments: [true, false]) func aSupervisorHearsOfTheStartAndTheEnd(isAbstract: Bool) throws {
    let name = NSTemporaryDirectory() + "ringdove-\(UUID().uuidString)"
    let listening = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    defer {
      close(listening)
      unlink(name)
    }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = (isAbstract ? [0] : []) + Array(name.utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listening, $0, socklen_t(2 + bytes.count)) }
    }
    #expect(bound == 0)
    try withServers { yard in
      let place = Place(
        host: "127.0.0.1", launcher: ["/usr/bin/env", "NOTIFY_SOCKET=\(isAbstract ? "@" : "")\(name)"])
      let server = try yard.start(["--supervised", isAbstract ? "systemd" : "auto"], place: place)
      server.mayEnd = true
      server.signal(SIGTERM)
      #expect(try server.waitForExit() == 0)
      #expect(server.log().contains("Supervised by systemd."))
    }
    var heard = ""
    var datagram = [UInt8](repeating: 0, count: 1000)
    while true {
      let count = recv(listening, &datagram, datagram.count, Int32(MSG_DONTWAIT))
      guard count > 0 else { break }
      heard += String(decoding: datagram[..<count], as: UTF8.self)
    }
    #expect(
      heard == "STATUS=Ringdove is loading...\nSTATUS=Ready to accept connections\nREADY=1\nSTOPPING=1\n")
  }
}
