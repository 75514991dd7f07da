// Which history the log goes on with: one of its own, a primary's, or that which files tell of.
extension Call {
  /// The database that a reader of the log has selected at its end.
  var streamDatabase: Int {
    guard isReplica else { return log.selectedDatabase ?? 0 }
    let link = replication.link.session
    return replication.link.isUp && sessions.contains(link) ? sessions[link].database : replication.link.streamDatabase
  }

  /// Goes on with the history in which the data stand that are loaded.
  ///
  /// A replica asks its primary to go on from there. A primary begins a history of its own: writes that its replicas have
  /// may be lost, and others take their places. Replicas that have no more than what was loaded go on with it.
  mutating func continueHistory(at place: HistoryPlace) {
    let (identifier, last) = appendOnly.manifest.turns.settle(place.identifier, at: place.offset)
    log.restart(at: place.offset)
    log.activate()
    if isReplica {
      replication.identifier = identifier
      if let last {
        replication.secondIdentifier = last.history
        replication.secondOffset = last.offset + 1
      }
      // A stream that goes on in a database of which there is none here would go on in another.
      replication.link.hasHistory = place.database < keyspace.count
      replication.link.streamDatabase = min(place.database, keyspace.count - 1)
      replication.link.appliedOffset = place.offset
    } else {
      replication.secondIdentifier = identifier
      replication.secondOffset = place.offset + 1
      replication.unreadSince = now.monotonicMicroseconds
      appendOnly.manifest.note(
        HistoryTurn(history: identifier, offset: place.offset, next: replication.identifier))
    }
  }

  /// Begins a history of our own where the one that was followed ends.
  mutating func beginOwnHistory() {
    turnHistory(to: random.hexadecimalDigits(40))
    logLine(
      .notice,
      "Setting secondary replication ID to \(String(decoding: replication.secondIdentifier, as: UTF8.self)), valid up to offset: \(replication.secondOffset). New replication ID is \(String(decoding: replication.identifier, as: UTF8.self))"
    )
  }

  /// The data that the history led to are here no more: nobody may go on from it, neither this server nor its replicas, and
  /// no file may say that it stands there. Until another begins the log is not active, and bears a name that nobody knows.
  mutating func endHistory() {
    replication.identifier = random.hexadecimalDigits(40)
    replication.forgetSecondHistory()
    cutOffUnanswered()
    // What a client wrote went with the history.
    for handle in sessions.handles { sessions[handle].writeOffset = 0 }
    log.restart(at: 0)
    replication.link.hasHistory = false
    replication.link.streamDatabase = 0
    replication.link.appliedOffset = 0
  }

  /// From here on the history goes by another name.
  mutating func turnHistory(to identifier: [UInt8]) {
    let turn = HistoryTurn(history: replication.identifier, offset: log.end, next: identifier)
    replication.beginHistory(identifier, at: log.end)
    guard isAppending, let files = host.files else { return }
    appendOnly.manifest.note(turn)
    do throws(FileFailure) { try files.replace(placesPath, with: appendOnly.manifest.placesText) } catch {
      logLine(.warning, "Can't write \(placesPath), which says where the AOF files lie in the log: \(error.reason)")
      // What it says is no longer so.
      files.remove(placesPath)
    }
  }
}
