/// Adds elements.
enum PFAdd: Command {
  static let spec = CommandSpec(
    "pfadd", since: "2.8.9", group: .hyperloglog, arity: .atLeast(2), flags: [.write, .denyOutOfMemory, .fast],
    keys: [.one([.rw, .insert])], complexity: "O(1) for each element",
    summary: "Adds elements to a HyperLogLog, made where there is none.", syntax: "key [element [element ...]]")

  static func execute(_ call: inout Call) throws(CommandError) {
    let existing = try call.findHyperLogLog(1, for: .write)
    var changes = existing == nil ? 1 : 0
    if let existing, try HyperLogLog.encoding(of: existing.hyperLogLog()) == .dense {
      changes = addToDense(existing, &call)
    } else {
      try addToSparse(existing, &changes, &call)
    }
    if changes > 0 {
      call.changed(1, count: changes)
      call.notify(.string, "pfadd", 1)
    }
    call.reply.integer(changes > 0 ? 1 : 0)
  }

  private static func addToDense(_ entry: Entry, _ call: inout Call) -> Int {
    let block = call.keyspace[call.database].openBlock(entry, hash: call.hash(1), minimumCount: 0).block
    var changes = 0
    for index in 2..<max(call.arguments.count, 2) {
      let place = HyperLogLog.place(of: call.arguments[index])
      if block.raise(place.register, to: place.rank) { changes += 1 }
    }
    if changes > 0 { block.keep(cardinality: nil) }
    return changes
  }

  /// What was added before a corruption is met stays added, as in Redis.
  private static func addToSparse(_ existing: Entry?, _ changes: inout Int, _ call: inout Call) throws(CommandError) {
    var editor = try call.editor(existing)
    var isCorrupt = false
    for index in 2..<max(call.arguments.count, 2) {
      let place = HyperLogLog.place(of: call.arguments[index])
      do {
        if try editor.raise(place.register, to: place.rank) { changes += 1 }
      } catch {
        isCorrupt = true
        break
      }
    }
    if changes > 0 {
      if !isCorrupt { editor.forgetCardinality() }
      call.store(editor, 1, existing: existing)
    }
    if isCorrupt { throw .corruptHyperLogLog }
  }
}
