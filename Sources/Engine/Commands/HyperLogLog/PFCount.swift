/// Estimates how many different elements were added to any of several keys.
enum PFCount: Command {
  static let spec = CommandSpec(
    "pfcount", since: "2.8.9", group: .hyperloglog, arity: .atLeast(2), flags: [.readOnly, .mayReplicate],
    keys: [.range([.rw, .access])],
    complexity: "O(1) for one key, which mostly knows the answer; O(N) with N the number of keys",
    summary: "Estimates how many different elements were added to one or several HyperLogLogs.",
    syntax: "key [key ...]")

  static func execute(_ call: inout Call) throws(CommandError) {
    if call.arguments.count > 2 { return try countUnion(&call) }
    guard let entry = try call.findHyperLogLog(1, for: .read) else { return call.reply.integer(0) }
    let bytes = try entry.hyperLogLog()
    if let kept = HyperLogLog.keptCardinality(bytes) { return call.reply.integer(Int64(bitPattern: kept)) }
    let histogram = HyperLogLog.Histogram(bytes)
    guard histogram.total == HyperLogLog.registerCount else { throw .corruptHyperLogLog }
    let cardinality = HyperLogLog.cardinality(histogram)
    call.keyspace[call.database].openBlock(entry, hash: call.hash(1), minimumCount: 0)
      .block.keep(cardinality: cardinality)
    // The cardinality is part of the value: replicas are to have the same.
    call.changed(1)
    call.replicate("PFCOUNT", call.arguments[1])
    call.reply.integer(Int64(bitPattern: cardinality))
  }

  private static func countUnion(_ call: inout Call) throws(CommandError) {
    var registers = [UInt8](repeating: 0, count: HyperLogLog.registerCount)
    for index in 1..<call.arguments.count {
      guard let entry = try call.findHyperLogLog(index, for: .read) else { continue }
      try call.merge(entry, into: &registers)
    }
    let cardinality = HyperLogLog.cardinality(HyperLogLog.Histogram(registers: registers))
    call.reply.integer(Int64(bitPattern: cardinality))
  }
}

/// Merges several into one.
enum PFMerge: Command {
  static let spec = CommandSpec(
    "pfmerge", since: "2.8.9", group: .hyperloglog, arity: .atLeast(2), flags: [.write, .denyOutOfMemory],
    keys: [.one([.rw, .access, .insert]), .range([.ro, .access], from: 2)],
    complexity: "O(N) with N the number of keys",
    summary: "Merges HyperLogLogs into the first of them.", syntax: "destkey [sourcekey [sourcekey ...]]")

  static func execute(_ call: inout Call) throws(CommandError) {
    var registers = [UInt8](repeating: 0, count: HyperLogLog.registerCount)
    var anyIsDense = false
    for index in 1..<call.arguments.count {
      guard let entry = try call.findHyperLogLog(index, for: .read) else { continue }
      if try HyperLogLog.encoding(of: entry.hyperLogLog()) == .dense { anyIsDense = true }
      try call.merge(entry, into: &registers)
    }
    let existing = call.find(1, for: .write)
    var editor = try call.editor(existing)
    do {
      if anyIsDense { try editor.makeDense() }
      for register in 0..<registers.count where registers[register] > 0 {
        _ = try editor.raise(register, to: registers[register])
      }
    } catch {
      throw .corruptHyperLogLog
    }
    editor.forgetCardinality()
    call.store(editor, 1, existing: existing)
    call.changed(1)
    call.notify(.string, "pfadd", 1)
    call.reply.ok()
  }
}

extension Call {
  /// Raises registers to what they are in a key's value.
  fileprivate func merge(_ entry: Entry, into registers: inout [UInt8]) throws(CommandError) {
    let bytes = try entry.hyperLogLog()
    do {
      try HyperLogLog.merge(bytes, into: &registers)
    } catch {
      throw .corruptHyperLogLog
    }
  }
}
