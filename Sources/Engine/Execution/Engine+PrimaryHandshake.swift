// What a replica asks its primary before it is sent anything.
extension Engine {
  mutating func ask(_ question: PrimaryLink.Question) {
    call.replication.link.stage = .handshake(question)
    let configuration = call.configuration
    let hasHistory = call.replication.link.hasHistory
    let identifier = String(decoding: call.replication.identifier, as: UTF8.self)
    let next = call.log.end + 1
    var words: [String]
    switch question {
    case .ping: words = ["PING"]
    case .authenticate:
      let password = String(decoding: configuration.masterauth, as: UTF8.self)
      words = configuration.masteruser.isEmpty ? ["AUTH", password] : ["AUTH", configuration.masteruser, password]
    case .listeningPort:
      let port = configuration.replicaAnnouncePort > 0 ? configuration.replicaAnnouncePort : configuration.port
      words = ["REPLCONF", "listening-port", "\(port)"]
    case .address: words = ["REPLCONF", "ip-address", configuration.replicaAnnounceIp]
    case .capabilities: words = ["REPLCONF", "capa", "eof", "capa", "psync2"]
    case .synchronise:
      call.replication.link.knowsNoOffsets = false
      if hasHistory {
        call.logLine(.notice, "Trying a partial resynchronization (request \(identifier):\(next)).")
        words = ["PSYNC", identifier, "\(next)"]
      } else {
        call.logLine(.notice, "Partial resynchronization not possible (no cached master)")
        words = ["PSYNC", "?", "-1"]
      }
      if call.replication.failover?.stage == .inProgress { words.append("FAILOVER") }
    }
    call.write(to: call.replication.link.session) { writer in
      writer.array(words.count)
      for word in words { writer.bulk(word) }
    }
  }

  mutating func readAnswer(to question: PrimaryLink.Question, _ bytes: Bytes) -> Int {
    guard let (text, length) = line(bytes) else { return awaitLine(bytes) }
    if text.isEmpty { return length }
    let answer = text.text
    let isError = answer.hasPrefix("-")
    switch question {
    case .ping:
      guard
        !isError || answer.hasPrefix("-NOAUTH") || answer.hasPrefix("-NOPERM")
          || answer.hasPrefix("-ERR operation not permitted")
      else {
        abandonLink("Error reply to PING from master: '\(answer)'")
        return length
      }
      call.logLine(.notice, "Master replied to PING, replication can continue...")
      ask(call.configuration.masterauth.isEmpty ? .listeningPort : .authenticate)
    case .authenticate:
      if isError { abandonLink("Unable to AUTH to MASTER: \(answer)") } else { ask(.listeningPort) }
    case .listeningPort:
      if isError {
        call.logLine(.notice, "(Non critical) Master does not understand REPLCONF listening-port: \(answer)")
      }
      ask(call.configuration.replicaAnnounceIp.isEmpty ? .capabilities : .address)
    case .address:
      if isError { call.logLine(.notice, "(Non critical) Master does not understand REPLCONF ip-address: \(answer)") }
      ask(.capabilities)
    case .capabilities:
      if isError { call.logLine(.notice, "(Non critical) Master does not understand REPLCONF capa: \(answer)") }
      ask(.synchronise)
    case .synchronise: readSynchronisation(answer)
    }
    return length
  }

  private mutating func readSynchronisation(_ answer: String) {
    let words = answer.split(separator: " ").map(String.init)
    if call.replication.failover?.stage == .inProgress {
      guard words.first == "+FULLRESYNC" || words.first == "+CONTINUE" else {
        call.logLine(.notice, "Master is currently unable to PSYNC: \(answer)")
        return call.abortFailover("Failover target rejected psync request")
      }
      call.endFailover()
    }
    if words.first == "+FULLRESYNC" {
      guard words.count == 3, words[1].utf8.count == 40, let offset = Int64(words[2]),
        HistoryPlace.offsets.contains(offset)
      else { return abandonLink("Master replied with wrong +FULLRESYNC syntax: \(answer)") }
      call.replication.link.promisedIdentifier = Array(words[1].utf8)
      call.replication.link.promisedOffset = offset
      call.replication.link.stage = .payloadHeader
      call.logLine(.notice, "Full resync from master: \(words[1]):\(offset)")
    } else if words.first == "+CONTINUE" {
      call.logLine(.notice, "Successful partial resynchronization with master.")
      if words.count > 1, words[1].utf8.count == 40, Array(words[1].utf8) != call.replication.identifier {
        call.turnHistory(to: Array(words[1].utf8))
        call.logLine(.notice, "Master replication ID changed to \(words[1])")
        call.dropReplicas()
      }
      call.logLine(.notice, "MASTER <-> REPLICA sync: Master accepted a Partial Resynchronization.")
      beginStreaming()
      call.reach(.resumed)
    } else if answer.hasPrefix("-NOMASTERLINK") || answer.hasPrefix("-LOADING") {
      abandonLink("Master is currently unable to PSYNC but should be in the future: \(answer)")
    } else {
      fallBack(answer)
    }
  }

  /// The primary knows no PSYNC: SYNC gets a snapshot and the stream behind it, without a history or offsets.
  private mutating func fallBack(_ answer: String) {
    if answer.hasPrefix("-ERR") {
      call.logLine(.notice, "Master does not support PSYNC or is in error state (reply: \(answer))")
    } else {
      call.logLine(.warning, "Unexpected reply to PSYNC from master: \(answer)")
    }
    call.logLine(.notice, "Retrying with SYNC...")
    call.replication.link.knowsNoOffsets = true
    // For our own replicas the history is one that nobody else tells of.
    call.replication.link.promisedIdentifier = call.random.hexadecimalDigits(40)
    call.replication.link.promisedOffset = 0
    call.replication.link.stage = .payloadHeader
    call.write(to: call.replication.link.session) { $0.raw("SYNC\r\n") }
  }
}
