// One rule for acknowledgements: a reply leaves when what it tells of is with the kernel, on the disk, and at as many
// replicas, as was asked for. Until then it is held; everything else goes on.

extension Call {
  /// What the session's writes wait for.
  func barrier(of handle: SessionHandle) -> WriteBarrier {
    var barrier =
      sessions[handle].barrier
      ?? WriteBarrier(syncs: configuration.writeBarrierFsync, replicas: configuration.writeBarrierReplicas)
    // Without a file there is nothing to wait for. Where it is on its way, who asked for it waits for its first base.
    if !configuration.appendonly && !appendOnly.isClosing { barrier.syncs = false }
    if syncsAlways { barrier.syncs = true }
    return barrier
  }

  /// Has the asking session's writes wait for what it chooses; nil: for what the server's directives say. That holds for
  /// replies that wait already, too: its own the client may let go.
  mutating func chooseBarrier(_ barrier: WriteBarrier?) {
    let hadOne = sessions[session].barrier != nil
    sessions[session].barrier = barrier
    sessionsWithBarrier += (barrier == nil ? 0 : 1) - (hadOne ? 1 : 0)
    sessions[session].earlierBarrier = WriteBarrier()
    heldReplies.setBarrier(self.barrier(of: session), of: session)
    updateBarrier()
  }

  /// Whether somebody waits for the disk.
  var wantsSync: Bool { heldReplies.countForDisk > 0 }

  /// Whether every write is on the disk before it is acknowledged.
  private var syncsAlways: Bool { isRecording && configuration.appendfsync == .always }

  /// Notes what is asked for now for replies that have not left yet, as what is asked for is about to change.
  mutating func keepBarriers() {
    for handle in sessions.handles where sessions[handle].dependsOn >= 0 {
      sessions[handle].earlierBarrier.add(barrier(of: handle))
    }
    keepsBarriers = true
  }

  /// Tells the log of a barrier without a disk to wait for.
  mutating func warnOfBarrierWithoutFile() {
    guard configuration.writeBarrierFsync, !configuration.appendonly else { return }
    logLine(.warning, "write-barrier-fsync has no effect as long as appendonly is no")
  }

  /// Tells the log of a barrier that nobody gets over as it is.
  mutating func warnOfBarrierWithoutReplicas() {
    let connected = replication.replicas.filter { sessions[$0].replica?.isCounted == true }.count
    guard connected < configuration.writeBarrierReplicas else { return }
    logLine(
      .warning,
      "write-barrier-replicas is \(configuration.writeBarrierReplicas) and \(connected) replicas are connected: replies to writes wait for more"
    )
  }

  /// Looks again whether any session's replies may have to wait, after something changed that decides it.
  mutating func updateBarrier() {
    if heldReplies.count > 0 { releaseHeld() }
    let didHold = holdsReplies
    holdsReplies =
      syncsAlways || configuration.writeBarrierFsync || configuration.writeBarrierReplicas > 0
      || sessionsWithBarrier > 0 || keepsBarriers || heldReplies.count > 0 || appendOnly.lag.isBehind
      || isRecording && configuration.writeBarrierFile
    if holdsReplies, !didHold { forgetAnswered() }
    if syncsAlways && configuration.durableReads {
      undurableKeys.start(logEnd: log.end, synced: appendOnly.syncedOffset)
    } else {
      undurableKeys.stop()
    }
    refusesWrites = appendOnly.trouble != nil || saveTrouble
  }

  /// As long as nothing was held, each write was answered when it was made: what is asked for from now on is for what
  /// comes from now on.
  private mutating func forgetAnswered() {
    for handle in sessions.handles { sessions[handle].dependsOn = -1 }
  }

  /// Whether writes are refused because snapshots, which are wanted, cannot be written.
  var saveTrouble: Bool {
    configuration.stopWritesOnBgsaveError && !configuration.save.isEmpty && !persistence.lastSaveSucceeded
  }

  /// Whether the log up to `offset` is on the disk, as far as it goes there at all.
  private func isOnDisk(_ offset: Int64) -> Bool {
    // What is written while the file is closed does not go there, but the reply comes after those that tell what does.
    // What came before there was a log is in the base.
    isRecording && (offset <= 1 || min(offset, appendOnly.closesAt ?? .max) <= durableOffset)
  }

  /// Whether the log up to `offset` is still to be handed to the kernel, and replies are to wait for that.
  private func isAheadOfFile(_ offset: Int64) -> Bool {
    configuration.writeBarrierFile && isRecording
      && min(offset, appendOnly.closesAt ?? .max) > appendOnly.writtenOffset
  }

  /// Whether the log up to `offset` is as safe as was asked for.
  private func isSafe(_ offset: Int64, _ barrier: WriteBarrier) -> Bool {
    guard offset >= 0 else { return true }
    return isSafeHere(offset, barrier)
      && (barrier.replicas == 0 || replicasThatAcknowledged(offset) >= Int64(barrier.replicas))
  }

  /// Whether the log up to `offset` is as safe on this server as was asked for.
  private func isSafeHere(_ offset: Int64, _ barrier: WriteBarrier) -> Bool {
    !(barrier.syncs && !isOnDisk(offset) || isAheadOfFile(offset) || isAheadOfDisk(offset))
  }

  /// Puts the session's output aside where it tells of something that is not safe yet, or where such output is ahead.
  /// - Returns: whether it did.
  mutating func hold(_ handle: SessionHandle) -> Bool {
    let offset = sessions[handle].dependsOn
    var barrier = barrier(of: handle)
    barrier.add(sessions[handle].earlierBarrier)
    guard sessions[handle].heldBytes > 0 || !isSafe(offset, barrier) else {
      // What was safe once need not be proven again: the replicas that have it may go.
      sessions[handle].dependsOn = -1
      sessions[handle].earlierBarrier = WriteBarrier()
      return false
    }
    var chain = OutputChain()
    swap(&chain, &sessions[handle].output)
    guard !chain.isEmpty else { return true }
    sessions[handle].heldBytes += chain.count
    sessions[handle].earlierBarrier = barrier
    if barrier.replicas > 0 { replication.wantsAcknowledgement = true }
    heldReplies.append(handle, offset: offset, barrier, chain)
    return true
  }

  /// Lets go of the replies that may leave now. Costs a comparison for each that waits, however many replicas there are.
  mutating func releaseHeld() {
    guard heldReplies.count > 0 else { return }
    var held = HeldReplies()
    swap(&held, &heldReplies)
    let acknowledged = held.countForReplicas > 0 ? acknowledgedOffsets() : []
    held.release(
      where: { handle, offset, barrier in
        guard sessions.contains(handle) else { return true }
        guard isSafeHere(offset, barrier) else { return false }
        return barrier.replicas == 0
          || barrier.replicas <= acknowledged.count && offset <= acknowledged[barrier.replicas - 1]
      },
      { handle, offset, chain in
        putBack(handle, chain)
        // As long as something is held behind it, what comes next goes behind that.
        if sessions.contains(handle), sessions[handle].heldBytes == 0, sessions[handle].dependsOn == offset {
          sessions[handle].dependsOn = -1
        }
      })
    swap(&held, &heldReplies)
    guard heldReplies.count == 0 else { return }
    forgetKeptBarriers()
  }

  /// Goes by what is asked for now alone, once nothing is held that was written before; to be called where a turn ends, when
  /// all that must be held is.
  mutating func forgetKeptBarriers() {
    guard keepsBarriers, heldReplies.count == 0 else { return }
    keepsBarriers = false
    updateBarrier()
  }

  /// Gives a session its output again. It goes beside `output`, which the writer may hold just now, or which may be held
  /// behind other replies of the session's that still wait.
  private mutating func putBack(_ handle: SessionHandle, _ chain: consuming OutputChain) {
    guard sessions.contains(handle) else {
      let count = chain.count
      var chain = chain
      return reply.pool.release(count, of: &chain)
    }
    sessions[handle].heldBytes -= chain.count
    if sessions[handle].heldBytes == 0 { sessions[handle].earlierBarrier = WriteBarrier() }
    sessions[handle].released.append(chain)
    noteOutput(handle)
  }

  /// Nobody can say any more whether what was written is on the disk: who waits for that is not answered, but cut off.
  mutating func abandonHeld() {
    let lost = dropHeld(all: false)
    if lost > 0 { logLine(.warning, "\(lost) clients were cut off: whether their writes are on the disk is unknown") }
  }

  /// Another history takes the place of the one that replies wait for, and its offsets mean other writes: who was not
  /// told yet that a write is safe will not be told, but is cut off.
  mutating func cutOffUnanswered() {
    var lost = dropHeld(all: true)
    for handle in sessions.handles {
      // What was written in this very turn was not held yet.
      var barrier = barrier(of: handle)
      barrier.add(sessions[handle].earlierBarrier)
      if !sessions[handle].flags.contains(.aborted), !isSafe(sessions[handle].dependsOn, barrier) {
        abort(handle)
        lost += 1
      }
      sessions[handle].dependsOn = -1
    }
    if lost > 0 { logLine(.warning, "\(lost) clients were cut off: whether their writes outlive this is unknown") }
  }

  /// Drops the replies that are held, all or those that wait for the disk, and cuts off whom they were for.
  /// - Returns: how many clients that were.
  private mutating func dropHeld(all: Bool) -> Int {
    var held = HeldReplies()
    swap(&held, &heldReplies)
    var lost: [SessionHandle] = []
    held.release(
      where: { handle, offset, barrier in
        all || !sessions.contains(handle) || !isSafeHere(offset, barrier)
      },
      { handle, _, chain in
        let count = chain.count
        var chain = chain
        reply.pool.release(count, of: &chain)
        if sessions.contains(handle), !lost.contains(handle) { lost.append(handle) }
      })
    swap(&held, &heldReplies)
    for handle in lost {
      sessions[handle].heldBytes = 0
      abort(handle)
    }
    return lost.count
  }

  /// Whether the command reads keys whose names come from patterns, and are known only when it has run (SORT).
  private var followsPatterns: Bool {
    for index in 2..<max(2, arguments.count)
    where arguments[index].equalsIgnoringCase("by") || arguments[index].equalsIgnoringCase("get") {
      return true
    }
    return false
  }

  /// Up to where the log must be safe for what the command read to be: all of it, where nobody knows which keys those were.
  private func undurableOffset(ofKeysOf entry: Catalogue.Entry) -> Int64 {
    if entry.flags.contains(.followsPatterns), followsPatterns { return log.end }
    guard let keys = catalogue.keys(entry.identity, arguments) else { return log.end }
    return keys.reduce(0) { offset, key in
      max(offset, undurableKeys.offset(hash: keyspace.hash(arguments[key.index]), logEnd: log.end))
    }
  }

  /// Notes that the asking session's reply tells of keys: where one of them was changed and is not safe yet, the reply
  /// waits for that.
  @inline(never)
  mutating func noteReads(_ entry: Catalogue.Entry) {
    // Where all is on the disk, nothing that was read has to wait.
    guard session != .none, appendOnly.syncedOffset < log.end else { return }
    var offset: Int64 = 0
    if entry.hasKeys {
      offset = undurableOffset(ofKeysOf: entry)
    } else if !entry.flags.isDisjoint(with: [.readOnly, .runsQueue]) {
      // Who counts or lists keys has read them all.
      offset = log.end
    }
    if offset > 0, offset > sessions[session].dependsOn { sessions[session].dependsOn = offset }
  }
}
