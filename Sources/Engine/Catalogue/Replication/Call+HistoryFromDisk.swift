// What memory no longer holds of the log, from the increments of the append-only file: a replica that was away for long
// goes on from where it was, without a snapshot.
extension Call {
  /// What is sent from files at least, however small the data set, bytes.
  private static var leastWorthwhileBytes: Int { 64 << 20 }
  /// How many times that much may be written while a replica is at it: one that is slower than that will hardly ever be in
  /// step, and files are held for it.
  private static var patience: Int64 { 4 }

  /// Begins to read the log from `offset`, where the increments hold it up to what memory holds.
  /// - Returns: nil where they do not, or where a snapshot would be shorter.
  mutating func readHistory(from offset: Int64) -> HistoryReader? {
    guard isRecording, let files = host.files, log.end - offset <= worthwhileBytes else { return nil }
    let increments = historyParts(from: offset)
    guard let first = increments.first else { return nil }
    var parts: [HistoryReader.Part] = []
    for (file, end) in increments {
      guard let place = file.place else { continue }
      let path = appendOnlyPath(file.name)
      guard let open = try? files.open(path, for: .reading) else {
        for part in parts { files.close(part.file) }
        return nil
      }
      parts.append(
        HistoryReader.Part(
          name: file.name, file: open, firstByte: place.opening.count, start: place.offset, end: end,
          byteCount: files.size(of: path) ?? 0))
    }
    return HistoryReader(parts, from: offset, isPlain: parts[0].isPlain || isPlainSegment(first.file))
  }

  var worthwhileBytes: Int64 { Int64(max(keyspace.usedBytes, Self.leastWorthwhileBytes)) }

  /// Bytes that a replica's reader may be behind the log's end; nil: as many as there are. Whoever lets replicas have more
  /// output in memory lets them have more in files.
  var historyLimitBytes: Int64? {
    let output = configuration.clientOutputBufferLimit.replica
    if output.hardBytes == 0, output.softBytes == 0 { return nil }
    return max(Self.patience * worthwhileBytes, Int64(output.hardBytes))
  }

  /// Whether an increment that is still written holds nothing but the log, and will, up to the log's end.
  private func isPlainSegment(_ file: AppendOnlyManifest.File) -> Bool {
    guard let place = file.place, let segment = appendOnly.segments.first, segment.name == file.name,
      !appendOnly.hasTimesToSay
    else { return false }
    return Int64(segment.byteCount - place.opening.count) == appendOnly.writtenOffset - place.offset
  }

  /// The increments that hold the log from `offset` on, each with the offset behind its last byte, up to that which is
  /// written now.
  private func historyParts(from offset: Int64) -> [(file: AppendOnlyManifest.File, end: Int64?)] {
    var found: [(file: AppendOnlyManifest.File, end: Int64?)] = []
    var end: Int64?
    let all = (appendOnly.manifest.history.filter { $0.isIncrement } + appendOnly.manifest.increments)
      .sorted { $0.sequence < $1.sequence }
    for file in all.reversed() {
      guard let place = file.place, agrees(place.history, upTo: place.offset),
        now.monotonicMicroseconds >= replication.damagedFiles[file.name] ?? .min, place.offset <= end ?? .max
      else { return [] }
      found.insert((file, end), at: 0)
      if place.offset <= offset { return found }
      end = place.offset
    }
    return []
  }

  /// Whether a history is the one that the log goes on with, up to `offset` at least: it bears its name, or it is called by
  /// a name of before, as memory or the append-only file tells.
  func agrees(_ identifier: [UInt8], upTo offset: Int64) -> Bool {
    guard offset >= 0, offset <= log.end else { return false }
    if identifier == replication.identifier { return true }
    if identifier == replication.secondIdentifier, offset < replication.secondOffset { return true }
    guard isAppending,
      let turn = appendOnly.manifest.turns.leading(to: replication.identifier).last(where: { $0.history == identifier })
    else { return false }
    return offset <= turn.offset
  }

  /// Another increment begins: who reads the log from files goes on with it. It is opened now, since a rewrite may delete it
  /// before that.
  mutating func goOnReading(_ increment: AppendOnlyManifest.File) {
    guard replication.readerCount > 0, let place = increment.place, let files = host.files else { return }
    for handle in replication.replicas where sessions.contains(handle) {
      guard let reader = sessions[handle].replica?.reader, reader.spill == nil, sessions[handle].cursor == nil else {
        continue
      }
      guard let open = try? files.open(appendOnlyPath(increment.name), for: .reading) else {
        logLine(
          .warning,
          "Can't send replica \(replicaName(handle)) the log from files: \(increment.name) cannot be opened")
        abort(handle)
        continue
      }
      reader.append(
        HistoryReader.Part(
          name: increment.name, file: open, firstByte: place.opening.count, start: place.offset, end: nil, byteCount: 0)
      )
    }
  }

  /// Bytes of the file at hand that may be read now.
  func readableBytes(_ part: HistoryReader.Part, of reader: HistoryReader) -> Int {
    if let spill = reader.spill { return Int((part.end ?? spill.written) - part.start) }
    if let segment = appendOnly.segments.first(where: { $0.name == part.name }) { return segment.byteCount }
    // Nothing is written to it any more. A rewrite may have deleted it: it is read to its end.
    return host.files?.size(of: appendOnlyPath(part.name)) ?? .max
  }

  /// The increments end where they have come to: who reads them gets the rest from memory, which keeps it.
  mutating func endReadingAtWritten() {
    guard replication.readerCount > 0, let written = appendOnly.cursor?.position else { return }
    endReading(nil, at: written)
  }

  /// Nothing comes to a spill any more, or to the increments (nil): who reads there gets the rest from memory.
  mutating func endReading(_ spill: LogSpill?, at written: Int64) {
    for handle in replication.replicas where sessions.contains(handle) {
      guard let reader = sessions[handle].replica?.reader, reader.spill === spill, sessions[handle].cursor == nil else {
        continue
      }
      reader.end(at: written)
      sessions[handle].cursor = log.cursor(at: max(written, reader.next))
    }
  }

  /// Has a replica be sent what a reader finds, ahead of what memory holds.
  mutating func feed(_ reader: HistoryReader, to handle: SessionHandle) {
    let feed = SnapshotFeed()
    feed.add(handle)
    sessions[handle].replica?.feed = feed
    sessions[handle].replica?.history = reader
  }

  /// Gives a replica's reader up; its files are closed once the host has done with them.
  mutating func release(_ reader: HistoryReader) {
    replication.readerCount -= 1
    reader.isAbandoned = true
    closeFiles(of: reader)
  }

  /// Closes the files of a reader that was given up, where nothing of it is with the host.
  mutating func closeFiles(of reader: HistoryReader) {
    guard !reader.isReading else { return }
    if let spill = reader.spill { return spill.leave() }
    for file in reader.files { cause(.closeFile(file)) }
  }
}
