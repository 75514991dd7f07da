import Testing

@testable import Engine

/// `durable-reads`, under `appendfsync always`: nobody is shown what is not on the disk, by whatever command.
@Suite struct DurableReadTests {
  /// One engine, and keys that are new in each round.
  private struct Rounds: ~Copyable {
    let files = MemoryFiles()
    var test: TestEngine
    private var number = 0
    private var sessions: [SessionHandle] = []

    init() throws {
      test = try TestEngine(loading: files, ("appendonly", "yes"), ("appendfsync", "always"))
      test.drive(files)
    }

    /// Makes the keys of a round, and brings them to the disk.
    mutating func begin(_ table: DurableReadTable) {
      number += 1
      let client = connect()
      for line in table.setup + ["EXPIRE %1 5000"] { _ = run(line, client) }
      finish()
    }

    /// Brings everything to the disk, and ends all sessions.
    mutating func finish() {
      for _ in 0..<10 where test.engine.call.appendOnly.syncedOffset < test.logEnd {
        test.drive(files)
        test.advance(milliseconds: 1)
      }
      let isDurable = test.engine.call.appendOnly.syncedOffset == test.logEnd
      #expect(isDurable)
      for session in sessions { test.apply(.disconnected(session)) }
      sessions = []
    }

    mutating func connect() -> SessionHandle {
      sessions.append(test.connect())
      return sessions[sessions.count - 1]
    }

    /// Runs a line of the table.
    /// - Parameter key: what takes the place of the key.
    mutating func run(_ line: String, _ session: SessionHandle, on key: Character = "1") -> String {
      let words = line.split(separator: " ").map { word -> [UInt8] in
        if word == "PAYLOAD" { return payload }
        let isKey = word.count == 2 && (word.first == "%" || word.first == "$") && word.last!.isNumber
        guard isKey, let place = word.last else { return Array(word.utf8) }
        return Array("key:\(place == "1" ? key : place):\(number)".utf8)
      }
      var request = Array("*\(words.count)\r\n".utf8)
      for word in words { request += Array("$\(word.count)\r\n".utf8) + word + Array("\r\n".utf8) }
      return test.send(request, from: session)
    }

    /// What DUMP gives of the number 5.
    private var payload: [UInt8] {
      var buffer = ByteBuffer()
      buffer.append([0, 0xC0, 5] as [UInt8])
      DumpPayload.appendFooter(to: &buffer)
      return buffer.array
    }

    /// Whether the session waits for what is not on the disk: with its reply, or before there is one.
    mutating func waits(_ session: SessionHandle, _ reply: String) -> Bool {
      reply.isEmpty && test.engine.call.sessions[session].dependsOn > test.engine.call.appendOnly.syncedOffset
    }

    /// Has a client write what is not on the disk then.
    mutating func write(_ line: String) {
      let end = test.logEnd
      let client = connect()
      let reply = run(line, client)
      let isHeld = waits(client, reply) && test.logEnd > end
      #expect(isHeld, "\(line) changed nothing, or was answered: \(reply)")
    }

    /// Has another client ask.
    mutating func expectHeld(_ line: String, on key: Character = "1", behind write: String) {
      let client = connect()
      let reply = run(line, client, on: key)
      let isHeld = waits(client, reply)
      #expect(isHeld, "\(line) (on \(key)) behind \(write) was answered: \(reply)")
    }
  }

  /// The places of the keys that a line of the table changes.
  private func changed(by line: String) -> [Character] {
    let places = line.split(separator: " ").filter { $0.first == "$" && $0.count == 2 }.compactMap(\.last)
    return places.isEmpty ? ["1"] : places
  }

  @Test(arguments: DurableReadTable.all) func everyReadWaitsForEveryWrite(table: DurableReadTable) throws {
    var rounds = try Rounds()
    for write in table.writes {
      rounds.begin(table)
      rounds.write(write)
      for key in changed(by: write) {
        for read in table.reads + DurableReadTable.readsOfAll { rounds.expectHeld(read, on: key, behind: write) }
      }
      rounds.finish()
    }
  }

  /// What a write found, and left as it was, it tells of in its reply.
  @Test(arguments: DurableReadTable.all) func whatChangesNothingWaitsForWhatItFound(table: DurableReadTable) throws {
    var rounds = try Rounds()
    for write in table.writes {
      for first in [write, "DEL $1"] {
        rounds.begin(table)
        rounds.write(first)
        rounds.expectHeld(write, behind: first)
        rounds.finish()
      }
    }
  }

  @Test(arguments: DurableReadTable.all) func whatIsReadOfOtherKeysWaitsForNobody(table: DurableReadTable) throws {
    var rounds = try Rounds()
    for read in table.reads {
      rounds.begin(table)
      rounds.write("SET $3 1")
      let reply = rounds.run(read, rounds.connect())
      #expect(!reply.isEmpty, "\(read)")
      rounds.finish()
    }
  }

  @Test func theTableHasEveryCommand() throws {
    let test = TestEngine()
    var known: Set<String> = []
    for table in DurableReadTable.all {
      for line in table.writes + table.reads + DurableReadTable.readsOfAll {
        let words = line.lowercased().split(separator: " ")
        known.insert(String(words[0]))
        known.insert("\(words[0])|\(words[1 < words.count ? 1 : 0])")
      }
    }
    // They tell of no value.
    let others: Set<String> = ["pfdebug", "lolwut"]
    for spec in test.engine.call.catalogue.allSpecs where !spec.flags.isDisjoint(with: [.write, .readOnly]) {
      let name = [spec.container, spec.name].compactMap { $0?.description }.joined(separator: "|")
      #expect(known.contains(name) || others.contains(name), "\(name) is not in the table")
    }
  }
}
