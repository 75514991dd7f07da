internal import Engine

/// A descriptor and what is in flight on it. Who the client *is*, the engine's session knows.
///
/// An idle connection owns this struct and nothing else: no input buffer, no output chunk.
struct Connection: ~Copyable {
  enum Phase: UInt8 {
    case vacant
    /// Ours, to another server; nothing can be sent yet.
    case connecting
    case open
    /// No more is read or sent. The slot is free when nothing is in flight any more.
    case closing
    /// Nothing is in flight, and the descriptor is closed.
    case gone
  }

  enum Sending: UInt8 {
    case idle
    /// Handed over; silence until the completions of the next enter are drained means success.
    case quiet
    /// Waiting for room in the socket; a completion will come.
    case waiting
  }

  let slot: UInt32
  /// Which tenant of the slot this is. Counted up when one leaves.
  var generation: UInt32 = 1
  var descriptor: Int32 = -1
  var phase = Phase.vacant
  var sending = Sending.idle
  /// A connect is in flight.
  var isConnecting = false
  /// A multishot receive is in flight.
  var isReceiving = false
  /// Nothing is received: who would take the bytes cannot keep up. They stay with the kernel, and with the sender.
  var isPaused = false
  /// Waits for a buffer to be free before it is armed again.
  var isStarving = false
  /// The stream ended in order: the other end will say no more, yet may wait for answers.
  var mayStillRead = false
  /// Closed as soon as its output has left.
  var closesAfterOutput = false
  /// The engine put its requests off; input is kept and not parsed until it says otherwise.
  var isHeld = false
  /// Stands in the list of connections with input to parse.
  var isReady = false

  /// The provided buffer whose bytes are parsed in place this turn; `arrivedCount` is 0 when there is none.
  var arrivedBuffer: UInt16 = 0
  var arrivedCount = 0
  /// Input kept from earlier turns.
  var input = InputBuffer()
  /// Not worth parsing before this many bytes are there.
  var neededBytes = 0
  var parser = RequestParser()
  /// What the last `parse` did, for after the step.
  var parsed = Parsed()

  /// Output that is with the kernel, or was and has not left entirely.
  var outgoing = OutputChain()
  /// The number of the last send, to know it by.
  var sendNumber: UInt32 = 0
  /// How many bytes the send in flight covers.
  var submittedBytes = 0
  /// The send in flight takes its bytes from the log, not from `outgoing`.
  var isFeeding = false
  /// The 10 ms in which it last had input, for the adaptive wait.
  var activeEpoch: Int64 = 0

  /// Where parsing stopped.
  struct Parsed {
    var consumed = 0
    var missing = 0
    /// Bytes to make room for at once.
    var room = 0
    var isFailed = false
    /// The request limit was reached: there may be more to parse without new input.
    var hasMore = false
    /// Where in the input the first request lies that the engine put off.
    var deferredFrom: Int?
  }

  init(slot: UInt32) { self.slot = slot }

  var handle: SessionHandle { SessionHandle(slot: slot, generation: generation) }

  func token(_ operation: Operation) -> Token { Token(operation, slot: slot, generation: generation) }

  /// Something of this connection is with the kernel.
  var isInFlight: Bool { isReceiving || isConnecting || sending != .idle }

  /// The bytes to parse: those that arrived, in place, or those kept.
  func bytes(_ buffers: borrowing ReceiveBuffers) -> Bytes {
    arrivedCount > 0 ? buffers.bytes(of: arrivedBuffer, count: arrivedCount) : input.bytes
  }

  /// The tenant left, and nothing of it is with the kernel. Keeps slot and generation apart from the next one's.
  mutating func becomeVacant() {
    let next = generation &+ 1
    let slot = slot
    self = Connection(slot: slot)
    generation = next
  }
}
