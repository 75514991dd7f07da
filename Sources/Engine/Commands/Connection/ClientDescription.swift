extension Call {
  /// Appends the line that describes a session in CLIENT LIST and in the log, without a line end.
  ///
  /// The fields are those of Redis 7.2 in their order. What Redis says of its two kinds of output buffer is said here of
  /// the first chunk of output (`rbs`, `rbp`, `obl`) and of all that follow it (`oll`, `omem`).
  func describe(_ handle: SessionHandle, into line: inout ByteBuffer) {
    describeIdentity(handle, into: &line)
    describeState(handle, into: &line)
    describeMemory(handle, into: &line)
    let session = sessions[handle].lastCommand
    line.append(" cmd=")
    line.append(text: session.map { catalogue.specs[$0].fullName } ?? "NULL")
    line.append(" user=")
    line.append(sessions[handle].user)
    line.append(" redir=")
    line.append(decimal: trackingRedirection(handle))
    line.append(" resp=")
    line.append(decimal: sessions[handle].protocolVersion)
    line.append(" lib-name=")
    line.append(sessions[handle].libraryName)
    line.append(" lib-ver=")
    line.append(sessions[handle].libraryVersion)
    guard let barrier = sessions[handle].barrier else { return }
    // Ringdove's own, and only where there is one.
    line.append(barrier.syncs ? " barrier=fsync:on,replicas:" : " barrier=fsync:off,replicas:")
    line.append(decimal: barrier.replicas)
  }

  /// The description of a session, for a log line.
  func description(of handle: SessionHandle) -> String {
    var line = ByteBuffer()
    describe(handle, into: &line)
    return line.text
  }

  private func describeIdentity(_ handle: SessionHandle, into line: inout ByteBuffer) {
    line.append("id=")
    line.append(decimal: sessions[handle].id)
    line.append(" addr=")
    line.append(text: sessions[handle].origin.peer)
    line.append(" laddr=")
    line.append(text: sessions[handle].origin.local)
    line.append(" fd=")
    line.append(decimal: Int64(sessions[handle].origin.descriptor))
    line.append(" name=")
    line.append(sessions[handle].name)
    line.append(" age=")
    line.append(decimal: now.unixSeconds - sessions[handle].connectedAt / 1_000_000)
    line.append(" idle=")
    line.append(decimal: now.unixSeconds - sessions[handle].lastInteraction / 1_000_000)
  }

  private func describeState(_ handle: SessionHandle, into line: inout ByteBuffer) {
    let flags = sessions[handle].flags
    line.append(" flags=")
    var isPlain = true
    for (flag, letter) in Session.Flags.letters where flags.contains(flag) {
      line.append(letter)
      isPlain = false
    }
    if isPlain { line.append(UInt8(ascii: "N")) }
    line.append(" db=")
    line.append(decimal: sessions[handle].database)
    let own = sessions[handle].subscriptions
    line.append(" sub=")
    line.append(decimal: own?.channels.count ?? 0)
    line.append(" psub=")
    line.append(decimal: own?.patterns.count ?? 0)
    line.append(" ssub=")
    line.append(decimal: own?.shardChannels.count ?? 0)
    line.append(" multi=")
    line.append(decimal: sessions[handle].queue?.count ?? -1)
  }

  private func describeMemory(_ handle: SessionHandle, into line: inout ByteBuffer) {
    let usage = memoryUsage(of: handle)
    line.append(" qbuf=")
    line.append(decimal: usage.input)
    line.append(" qbuf-free=0 argv-mem=")
    line.append(decimal: usage.arguments)
    line.append(" multi-mem=")
    line.append(decimal: usage.queue)
    line.append(" rbs=")
    line.append(decimal: usage.firstChunk)
    line.append(" rbp=")
    line.append(decimal: min(usage.output, usage.firstChunk))
    line.append(" obl=")
    line.append(decimal: min(usage.output, usage.firstChunk))
    line.append(" oll=")
    line.append(decimal: (usage.furtherOutput + OutputPool.chunkBytes - 1) / OutputPool.chunkBytes)
    line.append(" omem=")
    line.append(decimal: usage.furtherOutput)
    line.append(" tot-mem=")
    line.append(decimal: usage.total)
    line.append(" events=r")
    if sessions[handle].bytesInFlight > 0 { line.append(UInt8(ascii: "w")) }
  }
}

/// What a session costs, bytes.
struct SessionMemory: BitwiseCopyable {
  /// Of the request that runs.
  var arguments = 0
  /// Of what waits for EXEC.
  var queue = 0
  /// Of an unfinished request, and of the one that runs.
  var input = 0
  /// That wait to be sent, or are under way; for a replica, what it has before it in the log too.
  var output = 0
  /// Room of the first chunk of output, or 0 where there is no output.
  var firstChunk = 0

  /// Output beyond the first chunk: what the output buffer limits are about.
  var furtherOutput: Int { max(output - firstChunk, 0) }
  var total: Int { MemoryLayout<Session>.stride + arguments + queue + input + max(output, firstChunk) }
}

extension Call {
  func memoryUsage(of handle: SessionHandle) -> SessionMemory {
    var usage = SessionMemory()
    usage.queue = sessions[handle].queue?.byteCount ?? 0
    usage.arguments = sessions[handle].wait?.request.byteCount ?? 0
    usage.input = sessions[handle].inputBytes
    usage.output = sessions[handle].pendingOutputBytes
    if handle == session {
      usage.input += requestBytes
      for index in 0..<arguments.count { usage.arguments += arguments[index].count }
      usage.output += reply.pendingCount
    }
    if let cursor = sessions[handle].cursor {
      usage.output += log.pendingBytes(cursor)
    } else if usage.output > 0 {
      usage.firstChunk = OutputPool.chunkBytes
    }
    return usage
  }
}

extension Session.Flags {
  /// The letters of CLIENT LIST, in Redis's order.
  static let letters: [(Session.Flags, UInt8)] = [
    (.monitor, UInt8(ascii: "O")), (.replica, UInt8(ascii: "S")), (.primary, UInt8(ascii: "M")),
    (.subscriber, UInt8(ascii: "P")), (.transaction, UInt8(ascii: "x")), (.blocked, UInt8(ascii: "b")),
    (.tracking, UInt8(ascii: "t")), (.trackingBroken, UInt8(ascii: "R")), (.trackingBroadcast, UInt8(ascii: "B")),
    (.dirtyTransaction, UInt8(ascii: "d")), (.closing, UInt8(ascii: "c")), (.aborted, UInt8(ascii: "A")),
    (.unixSocket, UInt8(ascii: "U")), (.readOnly, UInt8(ascii: "r")), (.noEvict, UInt8(ascii: "e")),
    (.noTouch, UInt8(ascii: "T")),
  ]
}
