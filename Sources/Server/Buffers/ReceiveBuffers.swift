internal import CURing
internal import Engine
internal import Glibc

/// The memory connections receive into: buffers of one size that the kernel picks from a ring (provided buffers).
///
/// An idle connection owns none. A filled buffer belongs to the turn that got it and goes back after the step:
///
///     kernel ──completion(buffer 7)──▶ turn ──bytes(of: 7)──▶ parser … ──recycle(7)──▶ publish() ──▶ kernel
///
/// The pages are the kernel's to give when first touched: unused buffers cost no memory. But the kernel fills buffers in
/// the order it got them, so all that circulate are touched soon: no more circulate than the busiest turn needed twice.
/// Declared *after* the ring in whoever owns both, so that it is freed after the ring is gone.
@safe
struct ReceiveBuffers: ~Copyable {
  static let group: UInt16 = 1

  let count: Int
  let sizeBytes: Int
  /// Buffers the kernel may fill, as far as we know.
  private(set) var available: Int
  /// Buffers that were handed out at all: those numbered below this.
  private(set) var circulating: Int
  /// How many circulate at first.
  private static let initiallyCirculating = 64
  private var unpublished = 0
  /// One mapping: the ring of descriptions, then the buffers. Unmapped in `deinit`.
  private let mapping: UnsafeMutableRawBufferPointer
  private let buffers: UnsafeMutableRawPointer

  /// - Parameters:
  ///   - count: a power of two, at most 32768.
  ///   - sizeBytes: of each buffer.
  init(count: Int, sizeBytes: Int, registeredWith ring: inout Ring) throws(RingRefusal) {
    precondition(count > 0 && count <= 32768 && count & (count - 1) == 0)
    precondition(sizeBytes > 0)
    let page = 4096
    let descriptions = (count * 16 + page - 1) / page * page
    let length = descriptions + count * sizeBytes
    let base = unsafe mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let base = unsafe base, unsafe base != MAP_FAILED else {
      throw RingRefusal(step: "mapping receive buffers", errno: .last)
    }
    do throws(RingRefusal) {
      unsafe try ring.registerBuffers(base, entries: UInt32(count), group: ReceiveBuffers.group)
    } catch {
      unsafe munmap(base, length)
      throw error
    }
    self.count = count
    self.sizeBytes = sizeBytes
    available = 0
    circulating = min(count, ReceiveBuffers.initiallyCirculating)
    unsafe mapping = UnsafeMutableRawBufferPointer(start: base, count: length)
    unsafe buffers = base + descriptions
    unsafe curing_buffers_reset(base)
    for identifier in 0..<circulating { recycle(UInt16(identifier)) }
    handOver()
  }

  deinit {
    unsafe munmap(mapping.baseAddress!, mapping.count)
  }

  /// The first bytes of a buffer, good until it is recycled.
  func bytes(of identifier: UInt16, count: Int) -> Bytes {
    precondition(Int(identifier) < self.count && count >= 0 && count <= sizeBytes)
    let base = unsafe (buffers + Int(identifier) * sizeBytes).assumingMemoryBound(to: UInt8.self)
    return unsafe Bytes(base: base, count: count)
  }

  /// Notes that the kernel filled a buffer.
  mutating func took() { available -= 1 }

  /// Gives a buffer back with the next `publish()`.
  mutating func recycle(_ identifier: UInt16) {
    precondition(Int(identifier) < count)
    let address = unsafe buffers + Int(identifier) * sizeBytes
    unsafe curing_buffers_add(
      mapping.baseAddress!, address, UInt32(sizeBytes), identifier, UInt32(count - 1), Int32(unpublished))
    unpublished += 1
  }

  /// Lets the kernel have what was recycled, and as many again where the turn used more than half of what there was.
  mutating func publish() {
    guard unpublished > 0 else { return }
    if available < circulating / 2, circulating < count {
      let more = min(circulating * 2, count)
      for identifier in circulating..<more { recycle(UInt16(identifier)) }
      circulating = more
    }
    handOver()
  }

  private mutating func handOver() {
    unsafe curing_buffers_publish(mapping.baseAddress!, Int32(unpublished))
    available += unpublished
    unpublished = 0
  }
}
