// The log on its way to the file that replicas read who join: what the host asks for in each turn and reports back.
extension Engine {
  mutating func nextSpillWrite() -> FileWrite? {
    guard !isEnding, let spill = call.replication.spill, spill.gather(call.log) else { return nil }
    return FileWrite(file: spill.file, isDurable: false)
  }

  mutating func spillWritten(_ result: Result<Int, FileFailure>) {
    guard let spill = call.replication.spill else { return }
    switch result {
    case .success(let count): spill.writeEnded(count, &call.log)
    case .failure(let failure):
      spill.writeEnded(0, &call.log)
      call.goOnInMemory(failure.reason)
    }
  }
}
