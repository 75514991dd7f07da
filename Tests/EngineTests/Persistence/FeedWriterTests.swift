import Testing

@testable import Engine

/// From a feed into a file: what snapshots and a replica's received file share.
@Suite struct FeedWriterTests {

  private func append(_ count: Int, to feed: SnapshotFeed) {
    [UInt8](repeating: 1, count: count).withBytes { feed.append($0) }
  }

  private func nextBytes(_ writer: FeedWriter) -> Int {
    var bytes = 0
    writer.forEachPiece(limit: .max) { bytes += $0.count }
    return bytes
  }

  @Test func oneWriteAtATimeAndWhatFollowsIsOfTheNext() {
    let feed = SnapshotFeed()
    var writer = FeedWriter(from: feed)
    #expect(!writer.wantsWrite && !writer.wantsSync)
    append(100, to: feed)
    #expect(writer.wantsWrite && nextBytes(writer) == 100)
    writer.writeStarted()
    append(50, to: feed)
    #expect(!writer.wantsWrite && writer.isInFlight && writer.isWriting && !writer.isSyncing)
    // The kernel took a part.
    writer.ended(written: 30)
    #expect(writer.wantsWrite && !writer.isInFlight && nextBytes(writer) == 120)
    // A write that failed has put nothing into the file: all is still there.
    writer.writeStarted()
    writer.ended()
    #expect(writer.wantsWrite && nextBytes(writer) == 120)
  }

  @Test func theSyncComesWhenAllIsWritten() {
    let feed = SnapshotFeed()
    var writer = FeedWriter(from: feed)
    append(10, to: feed)
    feed.finish()
    #expect(!writer.wantsSync)
    writer.writeStarted()
    #expect(!writer.wantsSync)
    writer.ended(written: 10)
    #expect(writer.wantsSync && !writer.wantsWrite)
    writer.syncStarted()
    #expect(writer.isInFlight && writer.isSyncing && !writer.wantsSync)
    writer.ended()
    #expect(!writer.isInFlight)
  }

  /// What waits to be brought to the disk is bounded, and whoever asks when it is over hears of the end alone.
  @Test func muchIsBroughtToTheDiskBeforeItGoesOn() {
    let feed = SnapshotFeed()
    var writer = FeedWriter(from: feed, unsyncedLimitBytes: 100)
    append(150, to: feed)
    writer.writeStarted()
    writer.ended(written: 60)
    #expect(writer.wantsWrite && !writer.wantsSync)
    writer.writeStarted()
    writer.ended(written: 50)
    #expect(!writer.wantsWrite && writer.wantsSync)
    writer.syncStarted()
    #expect(!writer.wantsWrite && !writer.wantsSync && writer.isSyncing)
    writer.ended()
    #expect(writer.wantsWrite && !writer.wantsSync && !writer.isThrough)
    writer.writeStarted()
    feed.finish()
    writer.ended(written: 40)
    #expect(writer.wantsSync && writer.isThrough)
  }

  /// However much there is: a write of all of it would hold up whoever carries it out.
  @Test func aWriteTakesLittleAtOnce() {
    let feed = SnapshotFeed()
    let writer = FeedWriter(from: feed)
    append(2 << 20, to: feed)
    #expect(nextBytes(writer) <= 256 << 10)
  }
}
