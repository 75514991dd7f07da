// Single bits.

/// Sets or clears a bit.
enum SetBit: Command {
  static let spec = CommandSpec(
    "setbit", since: "2.2.0", group: .bitmap, arity: .exactly(4), flags: [.write, .denyOutOfMemory],
    keys: [.one([.rw, .access, .update])],
    summary: "Sets or clears a bit of the string at a key, with zeros before it where the string is shorter.",
    syntax: "key offset value")

  static func execute(_ call: inout Call) throws(CommandError) {
    let offset = try call.bitOffset(at: 2)
    guard let bit = call.arguments[3].parseInt64(), bit & ~1 == 0 else {
      throw .text("ERR bit is not an integer or out of range")
    }
    let existing = try call.findString(1, for: .write)
    let isGrown = (existing?.string.count ?? 0) <= offset >> 3
    let block = call.openString(existing, minimumCount: offset >> 3 + 1).block
    let byte = block.bytes[offset >> 3]
    let mask: UInt8 = 0x80 &>> UInt8(offset & 7)
    let isSet = byte & mask != 0
    if existing == nil { call.created(1) }
    if isGrown || isSet != (bit == 1) {
      block.overwrite(at: offset >> 3, with: bit == 1 ? byte | mask : byte & ~mask)
      call.changed(1)
      call.notify(.string, "setbit", 1)
    }
    call.reply.integer(isSet ? 1 : 0)
  }
}

/// Returns a bit.
enum GetBit: Command {
  static let spec = CommandSpec(
    "getbit", since: "2.2.0", group: .bitmap, arity: .exactly(3), flags: [.readOnly, .fast],
    keys: [.one([.ro, .access])], summary: "Returns a bit of the string at a key.", syntax: "key offset")

  static func execute(_ call: inout Call) throws(CommandError) {
    let offset = try call.bitOffset(at: 2)
    guard let string = try call.findString(1, for: .read)?.string else { return call.reply.integer(0) }
    call.reply.integer(string.withBytes { Int($0.bitField(at: offset, width: 1)) })
  }
}
