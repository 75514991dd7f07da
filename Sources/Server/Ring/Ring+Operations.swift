internal import CURing
internal import Glibc

/// The operations, one submission each. Descriptors are plain ones; memory must outlive the completion.
extension Ring {
  /// Completes at once with 0. For tests, and to make a wait end.
  mutating func nothing(_ token: Token) {
    unsafe curing_prepare_nop(next(token))
  }

  // MARK: Sockets

  /// Accepts until cancelled or failed; each completion's result is a new descriptor, close-on-exec.
  mutating func acceptMultishot(_ descriptor: Int32, _ token: Token) {
    unsafe curing_prepare_accept_multishot(next(token), descriptor)
  }

  /// Receives into provided buffers until it ends: completions without `hasMore` are the last (end of stream 0, an
  /// error, -ENOBUFS, -ECANCELED; at times a plain success).
  mutating func receiveMultishot(_ descriptor: Int32, group: UInt16, _ token: Token) {
    unsafe curing_prepare_receive_multishot(next(token), descriptor, group)
  }

  /// Sends bytes, waiting for room in the socket; the kernel goes on after short sends (MSG_WAITALL), yet the result
  /// may be short where the stream fails midway.
  mutating func send(
    _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, completely: Bool = true, _ token: Token
  ) {
    let flags = Int32(MSG_NOSIGNAL) | (completely ? Int32(MSG_WAITALL) : 0)
    let count = UInt32(clamping: bytes.count)
    unsafe curing_prepare_send(next(token), descriptor, bytes.baseAddress, count, flags)
  }

  /// Sends bytes now or not at all: no completion when all went out, otherwise one with the count sent, or -EAGAIN.
  /// Once `nextCompletion()` was nil after the enter, silence means success and the memory is free.
  mutating func sendQuietly(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, _ token: Token) {
    let entry = unsafe next(token)
    let count = UInt32(clamping: bytes.count)
    unsafe curing_prepare_send(entry, descriptor, bytes.baseAddress, count, Ring.quietFlags)
    unsafe curing_set_quiet(entry)
  }

  /// As `send`, from several places. Header and vectors must stay until the enter returned, the bytes until completion.
  mutating func sendMessage(_ descriptor: Int32, _ message: UnsafePointer<msghdr>, _ token: Token) {
    let flags = UInt32(MSG_NOSIGNAL) | UInt32(MSG_WAITALL)
    unsafe curing_prepare_send_message(next(token), descriptor, message, flags)
  }

  /// As `sendQuietly`, from several places.
  mutating func sendMessageQuietly(_ descriptor: Int32, _ message: UnsafePointer<msghdr>, _ token: Token) {
    let entry = unsafe next(token)
    unsafe curing_prepare_send_message(entry, descriptor, message, UInt32(Ring.quietFlags))
    unsafe curing_set_quiet(entry)
  }

  private static var quietFlags: Int32 {
    Int32(MSG_NOSIGNAL) | Int32(MSG_WAITALL) | Int32(MSG_DONTWAIT)
  }

  /// Connects a socket. The address must stay until completion.
  mutating func connect(_ descriptor: Int32, _ address: UnsafeRawBufferPointer, _ token: Token) {
    unsafe curing_prepare_connect(next(token), descriptor, address.baseAddress!, socklen_t(address.count))
  }

  /// Ends all that is in flight on a descriptor: each completes with -ECANCELED, or as it just did.
  mutating func cancelAll(on descriptor: Int32, _ token: Token) {
    unsafe curing_prepare_cancel_descriptor(next(token), descriptor)
  }

  /// Ends what was submitted with `target`.
  mutating func cancel(_ target: Token, _ token: Token) {
    unsafe curing_prepare_cancel(next(token), target.bits)
  }

  /// Closes a descriptor. Only when nothing is in flight on it: in-flight operations hold the file, not the number.
  mutating func close(_ descriptor: Int32, _ token: Token) {
    unsafe curing_prepare_close(next(token), descriptor)
  }

  // MARK: Files

  /// Closes a file that may have no name any more, and frees its space, without holding up the thread.
  mutating func closeInWorker(_ descriptor: Int32, _ token: Token) {
    unsafe curing_prepare_close_in_worker(next(token), descriptor)
  }

  /// Writes vectors at the end of a file, which is brought to the disk with the write where `isDurable` (RWF_DSYNC). The
  /// vectors must stay until the enter returned, the bytes until completion.
  mutating func write(_ descriptor: Int32, _ vectors: UnsafeBufferPointer<iovec>, isDurable: Bool, _ token: Token) {
    unsafe curing_prepare_write_vectors(
      next(token), descriptor, vectors.baseAddress, UInt32(vectors.count), isDurable)
  }

  /// Brings a file's contents to the disk (fdatasync).
  mutating func syncData(_ descriptor: Int32, _ token: Token) {
    unsafe curing_prepare_sync_data(next(token), descriptor)
  }

  mutating func read(_ descriptor: Int32, _ bytes: UnsafeMutableRawBufferPointer, offset: UInt64, _ token: Token) {
    unsafe curing_prepare_read(next(token), descriptor, bytes.baseAddress!, UInt32(clamping: bytes.count), offset)
  }
}
