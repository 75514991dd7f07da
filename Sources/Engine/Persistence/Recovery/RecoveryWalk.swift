/// The way through a lineage's increments up to a moment.
struct RecoveryWalk {
  let lineage: RecoveryLineage
  let target: RecoveryTarget
  /// The increments that are part of it, how many bytes of each, and whether that is all of it.
  private(set) var taken: [(file: AppendOnlyManifest.File, byteCount: Int, isWhole: Bool)] = []
  private(set) var notices: [String] = []
  /// The time noted last.
  private(set) var lastSecond: Int64?
  /// Where in the log that was noted.
  private(set) var lastSecondOffset: Int64?
  /// The time noted next, behind the moment.
  private(set) var nextSecond: Int64?
  /// Whether commands follow the time noted last.
  private var hasCommandsSince = false
  /// The log's offset reached.
  private(set) var offset: Int64?
  /// Whether commands stand ahead of the first time noted.
  private var hasUndated = false
  /// Whether the moment was reached before the end.
  private(set) var isReached = false

  init(_ lineage: RecoveryLineage, _ target: RecoveryTarget) {
    self.lineage = lineage
    self.target = target
    offset = lineage.offset
  }

  /// Whether all there is was taken without coming to an offset.
  var isShort: Bool {
    guard case .offset(let wanted) = target, let offset else { return false }
    return !isReached && offset < wanted
  }

  // MARK: One increment

  /// Where in an increment the last command, or transaction, ended.
  private struct Place {
    var position = 0
    /// The log's offset where the increment begins.
    let start: Int64?
    var offset: Int64?
    var isInTransaction = false
    /// Bytes of lines seen so far that are none of the log's.
    var remarkBytes: Int

    /// - Parameter end: where the increment before it ends.
    init(_ place: AppendOnlyManifest.Place?, after end: Int64?) {
      start = place?.offset ?? end
      offset = start
      remarkBytes = place?.opening.count ?? 0
    }
  }

  /// Takes in an increment.
  /// - Parameter mayBeCut: whether nothing follows, so that it may end within a command.
  /// - Returns: whether the next is to be taken in.
  mutating func take(
    _ file: AppendOnlyManifest.File, _ source: RecoverySource, mayBeCut: Bool
  ) throws(RecoveryRefusal) -> Bool {
    guard try follows(file, source) else { return false }
    var place = Place(file.place, after: offset)
    let ending: AppendOnlyScan.Ending
    do throws(FileFailure) {
      ending = try AppendOnlyScan.walk(source.path(file), source.files) { part, range in
        see(part, range, &place)
      }
    } catch {
      throw RecoveryRefusal("\(file.name) cannot be read: \(error.reason).")
    }
    taken.append((file, place.position, ending == .whole && !place.isInTransaction))
    offset = place.offset
    switch ending {
    case .stopped:
      isReached = true
      return false
    case .whole where !place.isInTransaction: return true
    case .damaged(let position):
      throw RecoveryRefusal(
        "\(file.name) is damaged at byte \(position): what stands there is no command. What lies before can be recovered: \(reach)."
      )
    case .whole, .cut:
      guard mayBeCut else {
        throw RecoveryRefusal(
          "\(file.name) ends within a command or a transaction behind byte \(place.position), and other files follow. What lies before can be recovered: \(reach)."
        )
      }
      notices.append(
        "\(file.name) ends within a command or a transaction; what is whole goes to byte \(place.position).")
      return true
    }
  }

  /// Whether an increment goes on where the files before it ended.
  /// - Throws: where something between them is not to be had: nobody could tell what the data were behind it.
  private func follows(
    _ file: AppendOnlyManifest.File, _ source: RecoverySource
  ) throws(RecoveryRefusal) -> Bool {
    guard !lineage.isCurrent, let offset else { return true }
    var gap: String?
    if source.files.size(of: source.path(file)) == nil {
      gap = "\(file.name) is on the list of append-only files and is not there"
    } else if file.place == nil {
      gap = "Nothing tells where in the log \(file.name) lies: another server wrote it"
    } else if file.place?.offset != offset {
      // A history that begins anew at another offset does not follow.
      let next = taken.last.map { $0.file.sequence + 1 } ?? lineage.base?.place?.firstIncrement
      if file.sequence == next { return false }
      gap = "What precedes \(file.name) is no longer on the list of append-only files"
    }
    if let gap { throw RecoveryRefusal("\(gap). What lies before can be recovered: \(reach).") }
    return true
  }

  /// How far the files went so far, in words.
  private var reach: String {
    let time = lastSecond.map { "up to \($0) (\(CalendarTime.text($0)))" }
    return [offset.map { "up to offset:\($0)" }, time].compactMap { $0 }.joined(separator: ", ")
  }

  /// - Returns: whether the moment is not reached yet.
  private mutating func see(
    _ part: AppendOnlyScan.Part, _ range: Range<Int>, _ place: inout Place
  ) -> Bool {
    switch part {
    case .time(let second):
      if case .second(let wanted) = target, second > wanted {
        nextSecond = second
        return false
      }
      lastSecond = second
      lastSecondOffset = place.offset
      hasCommandsSince = false
      place.remarkBytes += range.count
    case .remark: place.remarkBytes += range.count
    case .command:
      if lastSecond == nil { hasUndated = true }
      hasCommandsSince = true
    case .begin: place.isInTransaction = true
    case .end: place.isInTransaction = false
    }
    guard !place.isInTransaction else { return true }
    if let start = place.start {
      let reached = start + Int64(max(0, range.upperBound - place.remarkBytes))
      if case .offset(let wanted) = target, reached > wanted {
        if place.offset != wanted {
          notices.append(
            "offset:\(wanted) lies within a command or a transaction: what is whole before it ends at offset:\(place.offset ?? start)."
          )
        }
        return false
      }
      place.offset = reached
    }
    place.position = range.upperBound
    return true
  }

  // MARK: Whether the end is the moment

  /// Whether nothing tells when the commands ran among which the moment lies.
  var isUndated: Bool {
    guard case .second = target, lastSecond == nil else { return false }
    return hasUndated || lineage.base != nil && lineage.baseSecond == nil
  }

  /// Says how far the times noted bear out that the end is the moment: what follows a time ran within that second only where
  /// times were noted throughout.
  mutating func noticeDoubt() {
    guard case .second(let wanted) = target, let last = lastSecond else { return }
    let time = "\(last) (\(CalendarTime.text(last)))"
    if !isReached, last < wanted { notices.append("The last time noted is \(time): this is all there is.") }
    guard hasCommandsSince, nextSecond ?? .max > last + 1 else { return }
    let stretch = nextSecond.map { "between \(time) and \($0) (\(CalendarTime.text($0)))" } ?? "after \(time)"
    var span = ""
    if let from = lastSecondOffset, let offset { span = ", from offset:\(from) to offset:\(offset)" }
    notices.append(
      "No time is noted \(stretch). Where 'aof-timestamp-enabled' was off for a while then, the moment lies somewhere in what follows \(time)\(span), and all of that is here."
    )
  }
}

extension RecoverySource {
  /// Finds the way to a moment, from the newest base that leads there.
  func reach(_ target: RecoveryTarget) throws(RecoveryRefusal) -> RecoveryWalk {
    switch target {
    case .second(let second): try reach(second: second)
    case .offset(let offset): try reach(offset: offset)
    }
  }

  private func reach(second: Int64) throws(RecoveryRefusal) -> RecoveryWalk {
    guard let lineage = lineages.first(where: { ($0.baseSecond ?? .min) <= second }) else {
      let earliest = lineages.last?.baseSecond ?? 0
      throw RecoveryRefusal(
        "\(second) (\(CalendarTime.text(second))) lies before everything that is kept: the oldest base holds the data as of \(earliest) (\(CalendarTime.text(earliest)))."
      )
    }
    var walk = try walk(lineage, .second(second))
    guard !walk.isUndated else {
      throw RecoveryRefusal(
        "Nothing tells when the commands ran that follow the base \(lineage.base?.name ?? "") and precede the first time noted: record with 'aof-timestamp-enabled yes', or give a log offset (offset:N)."
      )
    }
    walk.noticeDoubt()
    return walk
  }

  private func reach(offset: Int64) throws(RecoveryRefusal) -> RecoveryWalk {
    guard lineages.contains(where: { $0.offset != nil }) else {
      throw RecoveryRefusal(
        "Nothing tells at which log offset these files begin: they were written by another server. Give a time, or start Ringdove on them once."
      )
    }
    var end: Int64?
    for lineage in lineages {
      guard let start = lineage.offset, start <= offset else { continue }
      let walk = try walk(lineage, .offset(offset))
      if !walk.isShort { return walk }
      end = max(end ?? 0, walk.offset ?? 0)
    }
    guard let end else {
      let first = lineages.compactMap(\.offset).min() ?? 0
      throw RecoveryRefusal("offset:\(offset) lies before everything that is kept, which begins at offset:\(first).")
    }
    throw RecoveryRefusal("offset:\(offset) lies behind the end of what is recorded, which is offset:\(end).")
  }

  private func walk(_ lineage: RecoveryLineage, _ target: RecoveryTarget) throws(RecoveryRefusal) -> RecoveryWalk {
    var walk = RecoveryWalk(lineage, target)
    for (index, file) in lineage.increments.enumerated() {
      // Whatever follows is not needed, nor need it be there.
      if case .offset(let offset) = target, offset == walk.offset, lineage.base != nil || !walk.taken.isEmpty { break }
      // As at a start: a rewrite begins another increment while the one before it is still written.
      let mayBeCut = lineage.increments[(index + 1)...].allSatisfy { (files.size(of: path($0)) ?? 0) == 0 }
      guard try walk.take(file, self, mayBeCut: mayBeCut) else { break }
    }
    return walk
  }
}
