/// A HyperLogLog that is being changed: a copy of its bytes, in either encoding, sparse as long as that is possible.
///
/// Dense ones that only rise need no copy; see `StringBlock.raise`.
struct HyperLogLogEditor {
  private(set) var bytes: [UInt8]
  /// Longest sparse form, bytes: `hll-sparse-max-bytes`.
  let sparseLimit: Int

  init(_ bytes: [UInt8], sparseLimit: Int) {
    self.bytes = bytes
    self.sparseLimit = sparseLimit
  }

  var isDense: Bool { bytes[4] == HyperLogLog.Encoding.dense.rawValue }

  /// Marks the cardinality as out of date.
  mutating func forgetCardinality() { bytes[15] |= 0x80 }

  /// Raises a register to `rank`, unless it is as high. O(length) while sparse.
  /// - Returns: whether it rose.
  mutating func raise(_ register: Int, to rank: UInt8) throws(HyperLogLog.Corruption) -> Bool {
    isDense ? raiseDense(register, to: rank) : try raiseSparse(register, to: rank)
  }

  /// Makes a sparse one dense.
  mutating func makeDense() throws(HyperLogLog.Corruption) {
    guard !isDense else { return }
    var registers = [UInt8](repeating: 0, count: HyperLogLog.registerCount)
    try bytes.withBytes { (sparse: Bytes) throws(HyperLogLog.Corruption) in
      try HyperLogLog.merge(sparse, into: &registers)
    }
    bytes.removeSubrange(HyperLogLog.headerBytes...)
    bytes[4] = HyperLogLog.Encoding.dense.rawValue
    bytes += [UInt8](repeating: 0, count: HyperLogLog.denseBytes - HyperLogLog.headerBytes)
    for register in 0..<HyperLogLog.registerCount where registers[register] > 0 {
      _ = raiseDense(register, to: registers[register])
    }
  }

  private mutating func raiseDense(_ register: Int, to rank: UInt8) -> Bool {
    let first = HyperLogLog.denseOffset(register)
    guard bytes.withBytes({ HyperLogLog.denseRegister(register, in: $0) }) < rank else { return false }
    let high = first + 1 < bytes.count ? bytes[first + 1] : 0
    let new = HyperLogLog.denseBytes(register, setTo: rank, bytes[first], high)
    bytes[first] = new.low
    if first + 1 < bytes.count { bytes[first + 1] = new.high }
    return true
  }

  // MARK: Sparse

  private func run(at position: Int) -> HyperLogLog.Run {
    bytes.withBytes { HyperLogLog.Run($0, at: position) }
  }

  /// The run that holds a register.
  /// - Returns: where it begins, its first register, and where the run before it begins.
  private func findRun(of register: Int) throws(HyperLogLog.Corruption) -> (position: Int, first: Int, previous: Int?) {
    var position = HyperLogLog.headerBytes
    var first = 0
    var previous: Int?
    while position < bytes.count {
      let run = run(at: position)
      if register < first + run.length { return (position, first, previous) }
      previous = position
      position += run.byteCount
      first += run.length
    }
    throw HyperLogLog.Corruption()
  }

  private mutating func raiseSparse(_ register: Int, to rank: UInt8) throws(HyperLogLog.Corruption) -> Bool {
    guard rank <= HyperLogLog.Run.maximumValue else { return try raiseAfterConversion(register, to: rank) }
    let (position, first, previous) = try findRun(of: register)
    let run = run(at: position)
    if run.value >= rank { return false }
    let replacement = split(run, before: register - first, rank)
    let growth = replacement.count - run.byteCount
    if growth > 0, bytes.count + growth > sparseLimit { return try raiseAfterConversion(register, to: rank) }
    bytes.replaceSubrange(position..<min(position + run.byteCount, bytes.count), with: replacement)
    mergeRuns(from: previous ?? HyperLogLog.headerBytes)
    forgetCardinality()
    return true
  }

  /// A run with one of its registers, `before` others ahead of it, set to another value.
  private func split(_ run: HyperLogLog.Run, before: Int, _ rank: UInt8) -> [UInt8] {
    func piece(_ length: Int) -> [UInt8] {
      if length == 0 { return [] }
      return run.value == 0 ? HyperLogLog.Run.zeros(length) : [HyperLogLog.Run.byte(value: run.value, length: length)]
    }
    return piece(before) + [HyperLogLog.Run.byte(value: rank, length: 1)] + piece(run.length - before - 1)
  }

  /// Joins neighbours of the same value: looks at five runs, as Redis does, so that the bytes come out the same.
  private mutating func mergeRuns(from start: Int) {
    var position = start
    for _ in 0..<5 {
      guard position < bytes.count else { return }
      let first = run(at: position)
      guard first.value > 0 else {
        position += first.byteCount
        continue
      }
      if position + 1 < bytes.count {
        let second = run(at: position + 1)
        let length = first.length + second.length
        if first.value == second.value, length <= HyperLogLog.Run.maximumLength {
          bytes[position + 1] = HyperLogLog.Run.byte(value: first.value, length: length)
          bytes.remove(at: position)
          continue
        }
      }
      position += 1
    }
  }

  private mutating func raiseAfterConversion(_ register: Int, to rank: UInt8) throws(HyperLogLog.Corruption) -> Bool {
    try makeDense()
    return raiseDense(register, to: rank)
  }
}
