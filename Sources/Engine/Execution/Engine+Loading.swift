// The data set, loaded from files in slices: clients are told `-LOADING` meanwhile.
extension Engine {
  /// Bytes read in one slice.
  private static var sliceBytes: Int { 1 << 20 }
  /// The session that the commands of an append-only file run in.
  private static var loader: SessionHandle { .own }

  /// Begins to load what the configuration names; to be called once, before any request. `Effect.ready` says when it is
  /// done, `Effect.shutDown` that it could not be.
  public mutating func start(now: Instant) {
    call.now = now
    call.updateBarrier()
    call.warnOfBarrierWithoutFile()
    guard let files = call.host.files else { return call.cause(.ready) }
    do throws(LoadingRefusal) {
      beginLoading(
        call.configuration.appendonly ? try appendOnlyFiles(files) : snapshotFiles(files), asker: .none)
    } catch {
      failLoading(error.reason)
    }
  }

  /// Why files cannot be loaded, for the log.
  private struct LoadingRefusal: Error { let reason: String }

  /// Whether the data set is being loaded.
  public var isLoading: Bool { call.isLoading }

  /// Loads the append-only file again in the place of what there is, once all that was recorded is in it. Where it cannot
  /// be written the file may end within a command: it would be cut off there, and the rest of it written behind that.
  mutating func reloadAppendOnly() {
    guard let asker = call.reloadAsker, let files = call.host.files else { return }
    if let trouble = call.appendOnly.trouble {
      call.reloadAsker = nil
      return answerLoading(asker, .composed("ERR DEBUG LOADAOF cannot load what is not written: \(trouble.reason)"))
    }
    guard call.appendOnly.writtenOffset == call.log.end || !call.isAppending else { return }
    // What a rewrite will put on the list is not on it yet, and without a file being written it is nowhere else.
    guard !call.persistence.isRewriteScheduled, call.snapshot?.isRewrite != true else { return }
    call.reloadAsker = nil
    call.emptyKeyspace()
    do throws(LoadingRefusal) { beginLoading(try appendOnlyFiles(files), asker: asker) } catch {
      failLoading(error.reason)
    }
  }

  // MARK: What there is to load

  private func snapshotFiles(_ files: any FileSystem) -> [DatasetLoading.File] {
    let name = call.configuration.dbfilename
    guard let size = files.size(of: name) else { return [] }
    return [DatasetLoading.File(kind: .snapshot, name: name, path: name, byteCount: size)]
  }

  /// Reads the list of append-only files. An append-only file of a server before Redis 7 becomes the base of a new list.
  private mutating func appendOnlyFiles(_ files: any FileSystem) throws(LoadingRefusal) -> [DatasetLoading.File] {
    let directory = call.appendOnlyDirectory
    let name = AppendOnlyManifest.manifestName(call.configuration.appendfilename)
    let path = "\(directory)/\(name)"
    var bytes: [UInt8]?
    do throws(FileFailure) {
      if files.size(of: path) != nil { bytes = try files.contents(of: path) }
    } catch {
      throw LoadingRefusal(
        reason: "Fatal error: can't open the AOF manifest file \(name) for reading: \(error.reason)")
    }
    var manifest = if let bytes { try readManifest(bytes, name) } else { try listFromNames(files, name) }
    do throws(FileFailure) { try adoptOldAppendOnlyFile(&manifest, files) } catch {
      throw LoadingRefusal(
        reason: "Error migrating the old-style AOF file \(call.configuration.appendfilename): \(error.reason)")
    }
    if let places = try? files.contents(of: call.placesPath) { manifest.adoptPlaces(places) }
    call.appendOnly.manifest = manifest
    var found: [DatasetLoading.File] = []
    for file in (manifest.base.map { [$0] } ?? []) + manifest.increments {
      let path = "\(directory)/\(file.name)"
      guard let size = files.size(of: path) else {
        throw LoadingRefusal(
          reason:
            "Fatal error: can't open the append log file \(file.name) for reading: No such file or directory")
      }
      found.append(
        DatasetLoading.File(
          kind: file.kind == .base ? .base : .increment, name: file.name, path: path, byteCount: size))
    }
    return found
  }

  /// The list that is not there, from the names of the files: one base and its one increment are what there is before the
  /// first rewrite, also where a crash came just before the first list. Of more nobody knows what belongs to what, and
  /// new files under the old names would be the end of the data. An increment alone was begun as the file was being
  /// switched on, and its base never came.
  private mutating func listFromNames(_ files: any FileSystem, _ name: String) throws(LoadingRefusal)
    -> AppendOnlyManifest
  {
    let directory = call.appendOnlyDirectory
    let found = files.names(in: directory).compactMap { file in
      LeftoverName.part(file, prefix: call.configuration.appendfilename).map {
        AppendOnlyManifest.File(name: file, sequence: $0.sequence, kind: $0.kind)
      }
    }
    let bases = found.filter { $0.kind == .base }
    var manifest = AppendOnlyManifest()
    guard let base = bases.first else { return manifest }
    guard bases.count == 1, found.allSatisfy({ $0.sequence == 1 }) else {
      throw LoadingRefusal(
        reason:
          "Fatal error: the AOF manifest file \(name) is not there, but \(bases[bases.count - 1].name) is. Put it back, or move the files in \(directory) away to start with nothing."
      )
    }
    manifest.base = base
    manifest.increments = found.filter { $0.kind == .increment }
    call.logLine(.warning, "The AOF manifest file \(name) is not there: it is written anew for what is in \(directory)")
    return manifest
  }

  private mutating func readManifest(_ bytes: [UInt8], _ name: String) throws(LoadingRefusal) -> AppendOnlyManifest {
    do throws(AppendOnlyManifest.Failure) { return try AppendOnlyManifest(bytes) } catch {
      call.logLine(.warning, "\n*** FATAL AOF MANIFEST FILE ERROR ***\n")
      if let line = error.line {
        call.logLine(.warning, "Reading the manifest file, at line \(line)")
        call.logLine(.warning, ">>> '\(error.text)'")
      }
      throw LoadingRefusal(reason: "\(error.reason)")
    }
  }

  /// Takes the append-only file of a server before Redis 7, which has no directory of its own, over as the base.
  ///
  /// The list first: where the server ends between the two steps, the list has that file alone, which is still where it
  /// was, and the next start goes on from there.
  private mutating func adoptOldAppendOnlyFile(
    _ manifest: inout AppendOnlyManifest, _ files: any FileSystem
  ) throws(FileFailure) {
    let name = call.configuration.appendfilename
    let directory = call.appendOnlyDirectory
    guard files.size(of: name) != nil else { return }
    if !manifest.isEmpty {
      guard manifest.increments.isEmpty, manifest.base?.name == name, files.size(of: "\(directory)/\(name)") == nil
      else { return }
    }
    try files.makeDirectory(directory)
    manifest.base = AppendOnlyManifest.File(name: name, sequence: 1, kind: .base)
    try call.writeManifest(manifest, files)
    try files.rename(name, to: "\(directory)/\(name)")
    call.logLine(
      .notice, "Successfully migrated an old-style AOF configuration (\(name)) into the AOF directory (\(directory)).")
  }

  // MARK: Loading

  /// Loads files in the slices to come.
  mutating func beginLoading(_ files: [DatasetLoading.File], asker: SessionHandle, isFromPrimary: Bool = false) {
    guard !files.isEmpty else { return finishLoading(asker) }
    call.loading = DatasetLoading(files: files, asker: asker, isFromPrimary: isFromPrimary, now: call.now)
    call.sessions.insertOwn(now: call.now)
    call.sessions[.own].flags = [.authenticated, .primary]
  }

  /// Loads one slice.
  /// - Returns: whether there is more to load.
  mutating func runLoadingSlice() -> Bool {
    guard call.isLoading, let files = call.host.files else { return false }
    if call.loading!.isFromPrimary, makesRoom() { return true }
    guard !mustPauseLoading else { return false }
    do throws(LoadingRefusal) {
      try loadSlice(files)
    } catch {
      failLoading(error.reason)
    }
    return call.isLoading
  }

  /// `key-load-delay`: whether more was loaded than there was time for.
  private var mustPauseLoading: Bool {
    let delay = Int64(call.configuration.keyLoadDelay)
    guard delay > 0, let loading = call.loading else { return false }
    return Int64(loading.steps) * delay > call.now.monotonicMicroseconds - loading.startedAt.monotonicMicroseconds
  }

  private mutating func loadSlice(_ files: any FileSystem) throws(LoadingRefusal) {
    guard let file = call.loading!.file else { return finishLoading() }
    var count = 0
    do throws(FileFailure) {
      if call.loading!.open == nil {
        call.loading!.open = try files.open(file.path, for: .reading)
      }
      guard let open = call.loading!.open else { return }
      let interval = call.configuration.loadingProcessEventsIntervalBytes
      count = try files.read(open, atMost: min(Self.sliceBytes, interval), into: &call.loading!.buffer)
    } catch {
      throw LoadingRefusal(reason: "Fatal error: can't open the file \(file.name) for reading: \(error.reason)")
    }
    if count == 0 {
      if call.loading!.holdsNothing, file.isNeverEmpty { throw emptyFile(file) }
      return try endFile(file, files)
    }
    let isFirst = call.loading!.offset == 0 && call.loading!.buffer.count == count
    call.loading!.noteRead(count)
    if let progress = call.loading!.progressToTell(now: call.now) { call.logLine(.notice, progress) }
    if isFirst, file.kind != .increment { try openSnapshot(file) }
    try loadBuffer(file)
  }

  /// Says what wrote the snapshot, as soon as it has said so itself.
  private mutating func announce() {
    guard let version = call.loading?.takeProducer() else { return }
    call.logLine(.notice, "Loading RDB produced by version \(version)")
  }

  /// Finds out whether a base is a snapshot or commands.
  private mutating func openSnapshot(_ file: DatasetLoading.File) throws(LoadingRefusal) {
    let isSnapshot =
      call.loading!.buffer.bytes[0] != UInt8(ascii: "*") && call.loading!.buffer.bytes[0] != UInt8(ascii: "#")
    guard file.kind == .snapshot || isSnapshot else { return }
    if file.kind == .base { call.logLine(.notice, "Reading RDB base file on AOF loading...") }
    // What has expired stays away, unless commands follow that count on it.
    call.loading!.begin(
      SnapshotLoader(
        .snapshot(call.configuration, hash: call.keyspace.hash),
        verifiesChecksum: call.configuration.rdbchecksum && !call.debugging.skipsChecksums,
        leavingOutExpiredAt: file.kind == .snapshot && !call.isReplica ? call.now.unixMilliseconds : nil,
        deletion: call.configuration.lazyfreeLazyExpire ? "UNLINK" : "DEL"))
  }

  private mutating func loadBuffer(_ file: DatasetLoading.File) throws(LoadingRefusal) {
    if call.loading!.readsSnapshot {
      guard try loadSnapshot(file) else { return }
    }
    try replay(file)
  }

  /// - Returns: whether the snapshot is over.
  private mutating func loadSnapshot(_ file: DatasetLoading.File) throws(LoadingRefusal) -> Bool {
    do throws(RDBError) {
      let hasEnded = try call.loading!.feedSnapshot(into: &call.keyspace, now: call.now)
      announce()
      adoptPlace()
      return hasEnded
    } catch {
      if file.kind == .snapshot, !call.loading!.isFromPrimary {
        call.logLine(.warning, "Terminating server after rdb file reading failure.")
      }
      throw LoadingRefusal(reason: "Fatal error loading the DB \(file.name): \(error.description). Exiting.")
    }
  }

  /// A snapshot file has said where it stands: the server goes on from there. A primary's replicas hear of the keys that had
  /// expired meanwhile.
  private mutating func adoptPlace() {
    guard let loading = call.loading, loading.asker == .none, !loading.isFromPrimary, let place = loading.place else {
      return
    }
    if !call.log.isActive { call.continueHistory(at: place) }
    guard !call.isReplica else { return }
    var deletions = EffectList()
    swap(&deletions, &loading.deletions)
    deletions.forEachEffect { database, command in
      call.log.select(database)
      call.log.append(command)
    }
  }

  // MARK: Commands

  /// Whether a command, or a remark, begins with this byte.
  private static func mayBegin(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "*") || byte == UInt8(ascii: "#") }

  /// Runs the commands in the buffer that are all there.
  private mutating func replay(_ file: DatasetLoading.File) throws(LoadingRefusal) {
    while !call.loading!.buffer.isEmpty {
      let input = call.loading!.buffer.bytes
      guard file.kind != .snapshot else { return call.loading!.consume(input.count) }
      let (consumed, ending) = call.loading!.parser.parse(
        input, session: Self.loader, limits: .file, maximumRequests: 256, into: &linkBatch)
      guard linkBatch.firstGap(before: consumed) == nil else { throw badFormat(file) }
      let start = call.loading!.offset
      for index in 0..<linkBatch.count {
        let request = linkBatch[index]
        let first = input[request.inputStart]
        if request.failure != nil || !Self.mayBegin(first) { throw badFormat(file) }
        if first == UInt8(ascii: "*") {
          try replay(linkBatch.arguments(of: request), file)
        } else {
          call.loading!.unsettledAnnotationBytes += request.inputEnd - request.inputStart
        }
        if call.loading!.transaction == nil { call.loading!.settle(at: start + request.inputEnd) }
      }
      linkBatch.removeAll()
      call.loading!.consume(consumed)
      if consumed == 0 || ending != .requestLimit { return }
    }
  }

  private mutating func replay(_ arguments: Arguments, _ file: DatasetLoading.File) throws(LoadingRefusal) {
    let name = arguments[0]
    if arguments.count == 1, name.equalsIgnoringCase("multi") {
      // Where one began before that never ended, something is missing.
      guard call.loading!.transaction == nil else { throw badFormat(file) }
      call.loading!.transaction = TransactionQueue()
      return
    }
    if arguments.count == 1, name.equalsIgnoringCase("exec") {
      guard let queue = call.loading!.transaction else { throw badFormat(file) }
      call.loading!.transaction = nil
      for index in 0..<queue.count { try run(queue.arguments(at: index), call.catalogue[queue.identity(at: index)]) }
      return
    }
    guard var entry = call.catalogue.find(name) else {
      throw LoadingRefusal(reason: "Unknown command '\(name.text)' reading the append only file \(file.name)")
    }
    if entry.hasSubcommands, arguments.count > 1, let found = call.catalogue.findSubcommand(arguments[1], of: entry) {
      entry = found
    }
    guard entry.arity.accepts(arguments.count), isOfALog(entry, arguments) else { throw badFormat(file) }
    if let queue = call.loading!.transaction {
      queue.append(arguments, identity: entry.identity)
    } else {
      try run(arguments, entry)
    }
  }

  /// Whether a log of writes can hold the command: what changes data, and what a primary tells its replicas besides.
  /// Anything else is of nobody's log, and is meant for sessions with a client.
  func isOfALog(_ entry: Catalogue.Entry, _ arguments: Arguments) -> Bool {
    if !entry.flags.isDisjoint(with: [.write, .mayReplicate]) { return true }
    let name = arguments[0]
    if name.equalsIgnoringCase("select") || name.equalsIgnoringCase("ping") { return true }
    return name.equalsIgnoringCase("replconf") && arguments.count == 3 && arguments[1].equalsIgnoringCase("getack")
  }

  /// Runs a command of the file: nobody is answered, and nothing is recorded.
  private mutating func run(_ arguments: Arguments, _ entry: Catalogue.Entry) throws(LoadingRefusal) {
    guard aim(at: Self.loader) else { return }
    call.reply.isMuted = true
    call.isFromPrimary = true
    call.arguments = arguments
    call.hashedArgument = 0
    let errorsBefore = call.statistics.errorReplies
    executeSilently(entry)
    call.loading?.commands += 1
    call.isFromPrimary = false
    if call.statistics.errorReplies != errorsBefore { try noteFailure(entry) }
  }

  /// A command that was recorded since it succeeded has failed: the data are not what they were.
  /// `propagation-error-behavior` decides what becomes of that.
  private mutating func noteFailure(_ entry: Catalogue.Entry) throws(LoadingRefusal) {
    let name = call.catalogue.specs[entry.identity].fullName
    call.statistics.unexpectedErrorReplies += 1
    call.logLine(
      .warning,
      "== CRITICAL == This server is sending an error to its AOF-loading-client: '\(call.reply.lastMutedError)' after processing the command '\(name)'"
    )
    guard call.configuration.propagationErrorBehavior == .panic else { return }
    throw LoadingRefusal(
      reason: "This server panicked sending an error to its AOF-loading-client after processing the command '\(name)'")
  }

  private func badFormat(_ file: DatasetLoading.File) -> LoadingRefusal {
    LoadingRefusal(
      reason:
        "Bad file format reading the append only file \(file.name): make a backup of your AOF file, then use ./redis-check-aof --fix <filename.manifest>. What is whole ends at offset \(call.loading?.validOffset ?? 0)"
    )
  }

  // MARK: Ends

  private mutating func endFile(_ file: DatasetLoading.File, _ files: any FileSystem) throws(LoadingRefusal) {
    if let open = call.loading!.open { files.close(open) }
    releaseWriter()
    let isCut = call.loading!.readsSnapshot || !call.loading!.buffer.isEmpty || call.loading!.transaction != nil
    let isLeft = !call.loading!.buffer.isEmpty && !call.loading!.readsSnapshot
    if isLeft, !Self.mayBegin(call.loading!.buffer.bytes[0]) { throw badFormat(file) }
    if isCut { try endCutFile(file, files) }
    let seconds = Double(call.now.monotonicMicroseconds - call.loading!.fileStartedAt) / 1_000_000
    switch file.kind {
    case .snapshot:
      for name in call.loading!.emptyKeyNames { call.logLine(.notice, "rdbLoadObject skipping empty key: \(name)") }
      call.logLine(
        .notice,
        "Done loading RDB, keys loaded: \(call.loading!.loadedKeys), keys expired: \(call.loading!.expiredKeys), empty keys skipped: \(call.loading!.emptyKeys)."
      )
      call.logLine(.notice, "DB loaded from disk: \(seconds.text(decimals: 3)) seconds")
    case .base:
      call.logLine(.notice, "DB loaded from base file \(file.name): \(seconds.text(decimals: 3)) seconds")
      call.loading!.endBase(at: call.appendOnly.manifest.base?.place)
    case .increment:
      call.logLine(.notice, "DB loaded from incr file \(file.name): \(seconds.text(decimals: 3)) seconds")
      notePlace(of: file)
    }
    call.sessions[.own].database = 0
    call.loading!.nextFile(now: call.now)
    if call.loading!.file == nil { finishLoading() }
  }

  /// Remembers where in the log an increment begins.
  private mutating func notePlace(of file: DatasetLoading.File) {
    guard let index = call.appendOnly.manifest.increments.firstIndex(where: { $0.name == file.name }) else { return }
    let place = call.appendOnly.manifest.increments[index].place
    call.appendOnly.manifest.increments[index].place = call.loading!.endIncrement(
      at: place, database: call.sessions[.own].database)
  }

  /// A snapshot has a beginning and an end whatever it holds: one of no bytes has lost them.
  private func emptyFile(_ file: DatasetLoading.File) -> LoadingRefusal {
    LoadingRefusal(
      reason:
        "Short read or OOM loading DB. Unrecoverable error, aborting now. \(file.name) is empty: unexpected EOF reading RDB file, at offset 0"
    )
  }

  /// A file ends within a command, or within a transaction.
  private mutating func endCutFile(_ file: DatasetLoading.File, _ files: any FileSystem) throws(LoadingRefusal) {
    guard file.kind != .snapshot, !call.loading!.readsSnapshot else {
      throw LoadingRefusal(
        reason:
          "Short read or OOM loading DB. Unrecoverable error, aborting now. Unexpected EOF reading RDB file, at offset \(call.loading!.offset) of \(file.name)"
      )
    }
    if call.loading!.transaction != nil {
      call.logLine(.warning, "Revert incomplete MULTI/EXEC transaction from AOF file \(file.name)")
    }
    // Only what was written last can have been cut short by a crash.
    guard call.configuration.aofLoadTruncated, call.loading!.isLastFile else {
      throw LoadingRefusal(
        reason:
          "Unexpected end of file reading the append only file \(file.name). You can: 1) Make a backup of your AOF file, then use ./redis-check-aof --fix <filename.manifest>. 2) Alternatively you can set the 'aof-load-truncated' configuration option to yes and restart the server. What is whole ends at offset \(call.loading!.validOffset)"
      )
    }
    let offset = call.loading!.validOffset
    call.logLine(.warning, "!!! Warning: short read while loading the AOF file \(file.name)!!!")
    call.logLine(.warning, "AOF loaded anyway because aof-load-truncated is enabled")
    call.logLine(.warning, "Truncating the AOF \(file.name) at offset \(offset)")
    do throws(FileFailure) { try files.truncate(file.path, to: offset) } catch {
      throw LoadingRefusal(reason: "Error truncating the AOF file \(file.name): \(error.reason)")
    }
  }

  /// Everything is there: the server serves, and records from now on.
  /// - Parameter asker: who waits for it, where nothing was there to load.
  private mutating func finishLoading(_ asker: SessionHandle = .none) {
    let asker = call.loading?.asker ?? asker
    let isFromPrimary = call.loading?.isFromPrimary ?? false
    if call.isLoading {
      releaseWriter()
      call.persistence.loadedKeys = call.loading!.loadedKeys
      call.persistence.expiredKeysAtLoad = call.loading!.expiredKeys
      let seconds = Double(call.now.monotonicMicroseconds - call.loading!.startedAt.monotonicMicroseconds) / 1_000_000
      if call.configuration.appendonly, !isFromPrimary {
        call.logLine(.notice, "DB loaded from append only file: \(seconds.text(decimals: 3)) seconds")
      }
      discard(takeOutput(.own), of: .own)
      call.sessions.remove(.own)
      if asker == .none, !isFromPrimary, call.configuration.appendonly { continueLog() }
    }
    let loaded = call.loading
    call.loading = nil
    call.keyspace.changes = 0
    if isFromPrimary, let loaded { return adoptLoadedFile(loaded.files[0].path, loaded.place) }
    if let files = call.host.files, call.configuration.appendonly, !call.isAppending {
      do throws(FileFailure) { try call.openAppendOnly(files, loaded) } catch {
        return failLoading("Can't open or create the append-only file in \(call.appendOnlyDirectory): \(error.reason)")
      }
    }
    if asker == .none, let files = call.host.files { call.removeLeftovers(files) }
    if asker == .none { call.cause(.ready) } else { answerLoading(asker) }
  }

  /// The log goes on where the files end: offsets, and what stands in which file, outlive the process.
  private mutating func continueLog() {
    guard let loading = call.loading, !call.log.isActive else { return }
    guard loading.logHistory.isEmpty else {
      return call.continueHistory(
        at: HistoryPlace(identifier: loading.logHistory, offset: loading.logEnd, database: loading.logDatabase))
    }
    call.log.restart(at: loading.logEnd)
    if call.isReplica { call.replication.link.streamDatabase = min(loading.logDatabase, call.keyspace.count - 1) }
  }

  private mutating func failLoading(_ reason: String) {
    call.logLine(.warning, reason)
    if let loading = call.loading, loading.isFromPrimary {
      if let open = loading.open { call.host.files?.close(open) }
      releaseWriter()
      discard(takeOutput(.own), of: .own)
      call.sessions.remove(.own)
      call.loading = nil
      return abandonLoadedFile(loading.files[0].path)
    }
    // Also where a client asked for it: what there was is gone, and a part of it is nothing to serve.
    call.loading = nil
    call.cause(.shutDown(status: 1))
  }

  /// Answers the client who had the data set loaded again.
  private mutating func answerLoading(_ asker: SessionHandle, _ refusal: CommandError? = nil) {
    guard call.sessions.contains(asker) else { return }
    call.sessions.setBlocked(asker, false)
    call.write(to: asker) { if let refusal { $0.error(refusal) } else { $0.ok() } }
    call.cause(.resume(asker))
  }
}
