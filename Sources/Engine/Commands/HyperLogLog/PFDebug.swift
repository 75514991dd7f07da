/// Looks into a HyperLogLog.
enum PFDebug: Command {
  static let spec = CommandSpec(
    "pfdebug", since: "2.8.9", group: .hyperloglog, arity: .exactly(3), flags: [.write, .denyOutOfMemory, .admin],
    keys: [.one([.rw, .access], at: 2)], complexity: "N/A",
    summary: "Shows how a HyperLogLog is kept (GETREG, DECODE, ENCODING), or makes it dense (TODENSE).",
    syntax: "subcommand key")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let entry = try call.findHyperLogLog(2, for: .write) else {
      throw .text("ERR The specified key does not exist")
    }
    let subcommand = call.arguments[1]
    if subcommand.equalsIgnoringCase("getreg") {
      let registers = try makeDense(entry, &call).entry.hyperLogLog()
      call.reply.array(HyperLogLog.registerCount)
      for index in 0..<HyperLogLog.registerCount {
        call.reply.integer(Int(HyperLogLog.denseRegister(index, in: registers)))
      }
    } else if subcommand.equalsIgnoringCase("decode") {
      try decode(try entry.hyperLogLog(), &call)
    } else if subcommand.equalsIgnoringCase("encoding") {
      call.reply.simple(HyperLogLog.encoding(of: try entry.hyperLogLog()) == .dense ? "dense" : "sparse")
    } else if subcommand.equalsIgnoringCase("todense") {
      call.reply.integer(try makeDense(entry, &call).wasSparse ? 1 : 0)
    } else {
      throw .composed("ERR Unknown PFDEBUG subcommand '\(subcommand.text)'")
    }
  }

  private static func makeDense(
    _ entry: Entry, _ call: inout Call
  ) throws(CommandError) -> (entry: Entry, wasSparse: Bool) {
    var editor = try call.editor(entry)
    guard !editor.isDense else { return (entry, false) }
    do {
      try editor.makeDense()
    } catch {
      throw .corruptHyperLogLog
    }
    call.store(editor, 2, existing: entry)
    call.changedQuietly(2)
    guard let dense = call.find(call.arguments[2], hash: call.hash(2), for: .peek) else {
      preconditionFailure("was stored just now")
    }
    return (dense, true)
  }

  /// Answers the runs of a sparse one: `z:length`, `Z:length` and `v:value,length`.
  private static func decode(_ bytes: Bytes, _ call: inout Call) throws(CommandError) {
    guard HyperLogLog.encoding(of: bytes) == .sparse else { throw .text("ERR HLL encoding is not sparse") }
    var text = ByteBuffer()
    var position = HyperLogLog.headerBytes
    while position < bytes.count {
      let run = HyperLogLog.Run(bytes, at: position)
      if !text.isEmpty { text.append(" ") }
      text.append(run.value > 0 ? "v:" : run.byteCount == 2 ? "Z:" : "z:")
      if run.value > 0 {
        text.append(decimal: Int(run.value))
        text.append(",")
      }
      text.append(decimal: run.length)
      position += run.byteCount
    }
    call.reply.bulk(text.bytes)
  }
}

/// Tries the registers and the estimate on random elements.
enum PFSelfTest: Command {
  static let spec = CommandSpec(
    "pfselftest", since: "2.8.9", group: .hyperloglog, arity: .exactly(1), flags: [.admin], complexity: "N/A",
    summary: "Tests the registers and the estimate of HyperLogLogs.")

  /// Rounds in which every register is written and read.
  private static let rounds = 20
  /// Elements added.
  private static let elements = 100_000

  static func execute(_ call: inout Call) throws(CommandError) {
    try testRegisters(&call)
    try testEstimates(&call)
    call.reply.ok()
  }

  private static func testRegisters(_ call: inout Call) throws(CommandError) {
    let block = StringBlock.make(Bytes(), zeros: HyperLogLog.denseBytes)
    defer { block.free() }
    var expected = [UInt8](repeating: 0, count: HyperLogLog.registerCount)
    for _ in 0..<rounds {
      for index in 0..<expected.count {
        let rank = UInt8(call.random.next(below: 64))
        if block.raise(index, to: rank) { expected[index] = rank }
      }
      for index in 0..<expected.count {
        let found = HyperLogLog.denseRegister(index, in: block.bytes)
        guard found == expected[index] else {
          throw .composed("ERR TESTFAILED Register \(index) should be \(expected[index]) but is \(found)")
        }
      }
    }
  }

  /// Adds elements to a dense and to a sparse one: both must agree, and be about right.
  private static func testEstimates(_ call: inout Call) throws(CommandError) {
    let block = StringBlock.make(Bytes(), zeros: HyperLogLog.denseBytes)
    defer { block.free() }
    block.overwrite(at: 0, with: Bytes("HYLL"))
    var sparse = try call.editor(nil)
    let salt = call.random.next()
    var checkpoint = 1
    var element = ByteBuffer()
    for number in 1...elements {
      element.removeAll()
      element.append(littleEndian: UInt64(number) ^ salt)
      let place = HyperLogLog.place(of: element.bytes)
      _ = block.raise(place.register, to: place.rank)
      do { _ = try sparse.raise(place.register, to: place.rank) } catch { throw .corruptHyperLogLog }
      guard number == checkpoint else { continue }
      try check(number, block.bytes, sparse)
      checkpoint *= 10
    }
  }

  private static func check(_ number: Int, _ dense: Bytes, _ sparse: HyperLogLogEditor) throws(CommandError) {
    if number < sparse.sparseLimit / 2, sparse.isDense { throw .text("ERR TESTFAILED sparse encoding not used") }
    let estimate = HyperLogLog.cardinality(HyperLogLog.Histogram(dense))
    guard sparse.bytes.withBytes({ HyperLogLog.cardinality(HyperLogLog.Histogram($0)) }) == estimate else {
      throw .text("ERR TESTFAILED dense/sparse disagree")
    }
    let difference = abs(Double(estimate) - Double(number))
    // Six times the standard error, 1.04 over the square root of the number of registers.
    let allowed = number == 10 ? 1 : (1.04 / 128 * 6 * Double(number)).rounded(.up)
    guard difference <= allowed else {
      throw .composed("ERR TESTFAILED Too big error. card:\(number) abserr:\(Int(difference))")
    }
  }
}
