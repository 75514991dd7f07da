import Testing

@testable import Engine

@Suite struct CommitGatheringTests {
  /// A gathering after a write that took from 1,000 to 1,400 and for which so many replies waited.
  private func after(waiting: Int) -> CommitGathering {
    var gathering = CommitGathering()
    gathering.began(1000)
    gathering.ended(1400, waiting: waiting)
    return gathering
  }

  @Test func fewClientsDoNotWait() {
    #expect(!after(waiting: 7).waits(1400))
  }

  @Test func goesOnUntilAsManyWaitAsBefore() {
    var gathering = after(waiting: 20)
    #expect(gathering.waits(1400))
    gathering.note(1420, waiting: 19)
    #expect(gathering.waits(1420))
    gathering.note(1430, waiting: 20)
    #expect(!gathering.waits(1430))
  }

  @Test func endsWhenNobodyComesAnyMore() {
    var gathering = after(waiting: 20)
    gathering.note(1410, waiting: 5)
    #expect(gathering.waits(1469))
    gathering.note(1469, waiting: 5)
    #expect(!gathering.waits(1470), "60 µs after the last one came")
  }

  @Test func isNeverLongerThanTheDiskTook() {
    var gathering = after(waiting: 1000)
    for moment in stride(from: 1400 as Int64, to: 1800, by: 10) {
      gathering.note(moment, waiting: Int(moment - 1400))
      #expect(gathering.waits(moment))
    }
    gathering.note(1800, waiting: 401)
    #expect(!gathering.waits(1800))
    #expect(gathering.deadline == 1800)
  }

  @Test func aWriteThatWasBegunEndsIt() {
    var gathering = after(waiting: 20)
    gathering.began(1410)
    #expect(!gathering.waits(1411))
  }
}
