internal import Engine

extension VectorArena {
  /// Begins a send with the front of a chain: all of it where it has at most `vectorsPerSend` pieces. The chain must
  /// stay as it is until the send is over.
  /// - Returns: how many bytes that are.
  mutating func gather(_ chain: borrowing OutputChain) -> Int {
    begin()
    var covered = 0
    // The chain owns the bytes; its owner keeps it until the send's end.
    unsafe chain.forEachPiece(limit: VectorArena.vectorsPerSend) { piece in
      unsafe covered += add(piece)
    }
    return covered
  }

  /// Adds bytes that stay where they are, unchanged, until the send is over: the log's.
  /// - Returns: how many of them; 0 when the send has as many pieces or bytes as it may.
  mutating func add(_ bytes: Bytes) -> Int { unsafe bytes.withUnsafeBytes { unsafe add($0) } }
}

extension Ring {
  /// Submits one write, at the end of a file, of what was gathered in the arena since `begin`.
  mutating func writeGathered(
    _ arena: borrowing VectorArena, to descriptor: Int32, isDurable: Bool, _ token: Token
  ) {
    // Vectors stay until the enter; the bytes' owner keeps them until the completion.
    unsafe write(descriptor, arena.currentVectors(), isDurable: isDurable, token)
  }

  /// Submits one send of what was gathered in the arena since `begin`: a plain one where that is a single piece.
  mutating func sendGathered(_ arena: inout VectorArena, on descriptor: Int32, isQuiet: Bool, _ token: Token) {
    if let only = unsafe arena.takeSinglePiece() {
      if isQuiet { unsafe sendQuietly(descriptor, only, token) } else { unsafe send(descriptor, only, token) }
    } else {
      let header = unsafe arena.end()
      if isQuiet {
        unsafe sendMessageQuietly(descriptor, header, token)
      } else {
        unsafe sendMessage(descriptor, header, token)
      }
    }
  }
}
