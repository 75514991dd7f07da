/// What a submission was for. It travels in the first 8 bits of the user data.
enum Operation: UInt8 {
  case ignored = 0
  case accept
  case receive
  case send
  /// A send that speaks up only when it failed or stayed short.
  case quietSend
  case close
  case cancel
  case connect
  case signal
  case wake
  /// A write to a file; the slot is the stream's number.
  case fileWrite
  /// A sync of a file, likewise.
  case fileSync
  /// The opening of a snapshot's file.
  case snapshotOpen
  /// Its deletion.
  case snapshotRemove
  /// A read of a file for a replica; slot and generation are its connection's.
  case fileRead
}

/// Whose submission a completion answers: `operation (8 bits) | slot (24) | generation (32)`.
///
/// Slots are used again; the generation tells a late completion for the former tenant from one for the present.
struct Token: Equatable {
  static let slotLimit: UInt32 = 1 << 24

  let bits: UInt64

  init(bits: UInt64) { self.bits = bits }

  init(_ operation: Operation, slot: UInt32 = 0, generation: UInt32 = 0) {
    precondition(slot < Token.slotLimit)
    bits = UInt64(operation.rawValue) << 56 | UInt64(slot) << 32 | UInt64(generation)
  }

  var operation: Operation { Operation(rawValue: UInt8(truncatingIfNeeded: bits >> 56)) ?? .ignored }
  var slot: UInt32 { UInt32(truncatingIfNeeded: bits >> 32) & (Token.slotLimit - 1) }
  var generation: UInt32 { UInt32(truncatingIfNeeded: bits) }
}
