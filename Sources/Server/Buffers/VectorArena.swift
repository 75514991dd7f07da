internal import Glibc

/// Message headers and vectors of the sends of one turn.
///
/// The kernel copies both while it takes the submission (IORING_FEAT_SUBMIT_STABLE, 5.5), so one arena serves every
/// send and is emptied after each enter. Whoever finds it full enters early.
@safe
struct VectorArena: ~Copyable {
  /// What one send may carry (IOV_MAX).
  static let vectorsPerSend = 1024
  /// The kernel cuts every transfer at 2 GiB less a page; this stays clear of it, so that a send that is silent about its
  /// success has sent all.
  static let largestSend = 1 << 30

  private let headerCapacity: Int
  private let vectorCapacity: Int
  private let bytesPerSend: Int
  // Allocated once, freed in `deinit`, never moved.
  private let headers: UnsafeMutablePointer<msghdr>
  private let vectors: UnsafeMutablePointer<iovec>
  private var headerCount = 0
  private var vectorCount = 0
  private var firstVector = 0
  private var roomInSend = 0

  /// - Parameter bytesPerSend: the most one send carries.
  init(headers: Int = 1024, vectors: Int = 16384, bytesPerSend: Int = VectorArena.largestSend) {
    precondition(vectors >= VectorArena.vectorsPerSend && headers > 0)
    headerCapacity = headers
    vectorCapacity = vectors
    self.bytesPerSend = bytesPerSend
    unsafe self.headers = .allocate(capacity: headers)
    unsafe self.vectors = .allocate(capacity: vectors)
  }

  deinit {
    unsafe headers.deallocate()
    unsafe vectors.deallocate()
  }

  /// Whether one more send, however many vectors it has, finds room.
  var hasRoom: Bool { headerCount < headerCapacity && vectorCapacity - vectorCount >= VectorArena.vectorsPerSend }

  /// Starts the vectors of a send.
  mutating func begin() {
    firstVector = vectorCount
    roomInSend = bytesPerSend
  }

  /// Adds a place to the send begun, or the front of it.
  /// - Returns: how many of its bytes; 0 when the send has as many places or bytes as it may.
  mutating func add(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard vectorCount - firstVector < VectorArena.vectorsPerSend, vectorCount < vectorCapacity else { return 0 }
    let count = min(bytes.count, roomInSend)
    guard count > 0 else { return 0 }
    let place = unsafe iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: count)
    unsafe (vectors + vectorCount).initialize(to: place)
    vectorCount += 1
    roomInSend -= count
    return count
  }

  /// Where the send begun has one piece: that piece, and no vector is used for it.
  @unsafe mutating func takeSinglePiece() -> UnsafeRawBufferPointer? {
    guard vectorCount - firstVector == 1 else { return nil }
    vectorCount -= 1
    let place = unsafe vectors[vectorCount]
    return unsafe UnsafeRawBufferPointer(start: place.iov_base, count: place.iov_len)
  }

  /// The header of the send begun; stays until `removeAll`.
  mutating func end() -> UnsafePointer<msghdr> {
    precondition(headerCount < headerCapacity)
    let header = unsafe headers + headerCount
    unsafe header.initialize(to: msghdr())
    unsafe header.pointee.msg_iov = vectors + firstVector
    unsafe header.pointee.msg_iovlen = vectorCount - firstVector
    headerCount += 1
    return unsafe UnsafePointer(header)
  }

  /// The vectors of what was begun, where they are for a file; they stay until `removeAll`.
  @unsafe func currentVectors() -> UnsafeBufferPointer<iovec> {
    unsafe UnsafeBufferPointer(start: vectors + firstVector, count: vectorCount - firstVector)
  }

  /// Empties the arena, after an enter.
  mutating func removeAll() {
    headerCount = 0
    vectorCount = 0
  }
}
