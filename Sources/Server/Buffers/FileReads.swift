internal import Engine
internal import Glibc

/// The memory that files are read into: a block for each read under way, kept for the next.
///
/// Declared after the ring in whoever owns both, so that it is freed after the ring is gone.
struct FileReads: ~Copyable {
  /// A block that the kernel reads into until its completion has come.
  @safe
  private struct Block {
    // Allocated here, freed by `free`; its size is `blockBytes`.
    private let base: UnsafeMutableRawPointer
    var session: SessionHandle
    var isFree = false

    init(_ session: SessionHandle) {
      unsafe base = UnsafeMutableRawPointer.allocate(byteCount: FileReads.blockBytes, alignment: 4096)
      self.session = session
    }

    func free() { unsafe base.deallocate() }

    func submit(_ read: FileRead, _ ring: inout Ring) {
      let count = min(read.byteCount, FileReads.blockBytes)
      unsafe ring.read(
        read.file.descriptor, UnsafeMutableRawBufferPointer(start: base, count: count), offset: UInt64(read.position),
        Token(.fileRead, slot: read.session.slot, generation: read.session.generation))
    }

    /// What the kernel wrote into it.
    func bytes(_ count: Int) -> Bytes {
      precondition(count <= FileReads.blockBytes)
      return unsafe Bytes(UnsafeRawBufferPointer(start: base, count: count))
    }
  }

  /// Bytes of a block: no read is longer.
  static let blockBytes = 256 << 10

  private var blocks: [Block] = []

  init() {}

  deinit { for block in blocks { block.free() } }

  /// Reads under way.
  var count: Int { blocks.count { !$0.isFree } }

  /// Submits a read.
  mutating func submit(_ read: FileRead, _ ring: inout Ring) {
    if let index = blocks.firstIndex(where: { $0.isFree }) {
      blocks[index].isFree = false
      blocks[index].session = read.session
      return blocks[index].submit(read, &ring)
    }
    let block = Block(read.session)
    blocks.append(block)
    block.submit(read, &ring)
  }

  /// A read has ended: calls `body` with what was read, and has the block back then.
  mutating func ended(_ completion: Completion, _ body: (SessionHandle, Result<Bytes, FileFailure>) -> Void) {
    let session = SessionHandle(slot: completion.token.slot, generation: completion.token.generation)
    guard let index = blocks.firstIndex(where: { !$0.isFree && $0.session == session }) else { return }
    if let failure = completion.failure {
      body(session, .failure(FileFailure(failure)))
    } else {
      body(session, .success(blocks[index].bytes(Int(completion.result))))
    }
    blocks[index].isFree = true
  }
}
