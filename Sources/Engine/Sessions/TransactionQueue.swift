/// Requests kept for later: those of a MULTI until EXEC, or the one that waits for keys. Only sessions in such a state
/// have one.
final class TransactionQueue {
  struct Request: BitwiseCopyable {
    /// The command's identity in the catalogue.
    let identity: Int
    let firstArgument: Int
    let argumentCount: Int
    /// All arguments, one behind the other.
    let bytes: OwnedBytes
  }

  private var requests = Slab<Request>(capacity: 8)
  private var arguments = Slab<Bytes>(capacity: 16)
  private var scratch = ByteBuffer()
  /// Bytes that the queue holds.
  private(set) var byteCount = 0

  init() {}

  deinit { for index in 0..<requests.count { requests[index].bytes.free() } }

  var count: Int { requests.count }

  /// The command of the request at `index`.
  func identity(at index: Int) -> Int { requests[index].identity }

  /// The arguments of the request at `index`, good until the queue changes or goes.
  func arguments(at index: Int) -> Arguments {
    let first = requests[index].firstArgument
    return Arguments(arguments, first..<first + requests[index].argumentCount)
  }

  /// Copies a request to the end of the queue.
  /// - Parameter replacements: arguments to be kept instead of those of `request`, by index.
  func append(_ request: Arguments, identity: Int, replacing replacements: [Int: [UInt8]] = [:]) {
    scratch.removeAll(keeping: 4096)
    for index in 0..<request.count {
      if let other = replacements[index] { scratch.append(other) } else { scratch.append(request[index]) }
    }
    let owned = OwnedBytes(copying: scratch.bytes)
    requests.append(
      Request(identity: identity, firstArgument: arguments.count, argumentCount: request.count, bytes: owned))
    var start = 0
    for index in 0..<request.count {
      let end = start + (replacements[index]?.count ?? request[index].count)
      arguments.append(owned.bytes[start..<end])
      start = end
    }
    byteCount += owned.count + request.count * MemoryLayout<Bytes>.stride + MemoryLayout<Request>.stride
  }
}
