/// The requests that arrived in one turn, in order, as flat lists.
///
/// Filled by the parser, applied by the engine, emptied for the next turn. Arguments are views into whatever buffers
/// the bytes arrived in; those must stay as they are until the step is over.
public struct RequestBatch: ~Copyable {
  /// One request of one session.
  public struct Request: BitwiseCopyable {
    public var session: SessionHandle
    /// Index of the first argument in the batch's list.
    public var firstArgument: Int
    /// How many arguments; zero where `failure` is set.
    public var argumentCount: Int
    /// Where in the input offered to the parser this request begins and ends, bytes.
    public var inputStart: Int
    public var inputEnd: Int
    /// Set where the bytes were no request: the session ends here.
    public var failure: ProtocolError?
    /// Set by the engine where the session could not run it now: it must be offered again.
    public var isDeferred = false
  }

  private(set) var requests = Slab<Request>(capacity: 256)
  private var arguments = Slab<Bytes>(capacity: 1024)
  // Arguments of inline requests, their quotes resolved.
  private var kept = Slab<OwnedBytes>(capacity: 1)
  /// How many requests of this batch the engine put off.
  public private(set) var deferredCount = 0

  public init() {}

  deinit { for index in 0..<kept.count { kept[index].free() } }

  public var count: Int { requests.count }
  public subscript(_ index: Int) -> Request {
    @inline(__always) get { requests[index] }
  }

  /// How many arguments have been appended so far: the next request's `firstArgument`.
  var argumentCount: Int { arguments.count }

  func argument(_ index: Int) -> Bytes { arguments[index] }

  @inline(__always)
  mutating func append(argument: Bytes) { arguments.append(argument) }

  /// Forgets arguments of a request that turned out to be incomplete.
  mutating func dropArguments(from count: Int) { arguments.truncate(to: count) }

  @inline(__always)
  mutating func append(_ request: Request) { requests.append(request) }

  mutating func markDeferred(_ index: Int) {
    requests[index].isDeferred = true
    deferredCount += 1
  }

  /// The arguments of `request`, good until the batch changes.
  @inline(__always)
  func arguments(of request: Request) -> Arguments {
    Arguments(arguments, request.firstArgument..<request.firstArgument + request.argumentCount)
  }

  /// Where bytes stand that the parser passed over as no request: an empty line, or a list of nothing. Clients may send
  /// them, files may not hold them.
  /// - Parameter consumed: what the parser, offered input from offset 0, says of it.
  /// - Returns: the offset of the first of them; nil: every byte belongs to a request.
  func firstGap(before consumed: Int) -> Int? {
    var end = 0
    for index in 0..<count {
      let request = requests[index]
      if request.inputStart != end { return end }
      if request.failure != nil { return nil }
      end = request.inputEnd
    }
    return end == consumed ? nil : end
  }

  /// Copies `text` and keeps it until the batch is emptied.
  /// - Returns: a view of the copy.
  mutating func keep(_ text: Bytes) -> Bytes {
    let owned = OwnedBytes(copying: text)
    kept.append(owned)
    return owned.bytes
  }

  /// Empties the batch for the next turn.
  public mutating func removeAll() {
    requests.removeAll()
    arguments.removeAll()
    for index in 0..<kept.count { kept[index].free() }
    kept.removeAll()
    deferredCount = 0
  }
}
