/// Reads an append-only file of commands without running any: what stands where.
struct AppendOnlyScan {
  enum Part: Equatable {
    /// A line `#TS:`, unix seconds.
    case time(Int64)
    /// Another line that begins with `#`.
    case remark
    case command
    /// MULTI and EXEC.
    case begin
    case end
  }

  enum Ending: Equatable {
    /// At the end of a command.
    case whole
    /// Within a command that begins there, bytes from the file's beginning.
    case cut(at: Int)
    /// What stands there is no command.
    case damaged(at: Int)
    /// Where the caller had enough.
    case stopped
  }

  private static let sliceBytes = 1 << 20

  /// Calls `visit` with each part of a file and where it stands, until that says false.
  static func walk(
    _ path: String, _ files: any FileSystem, _ visit: (Part, Range<Int>) -> Bool
  ) throws(FileFailure) -> Ending {
    let file = try files.open(path, for: .reading)
    defer { files.close(file) }
    var buffer = ByteBuffer()
    var parser = RequestParser()
    var batch = RequestBatch()
    var offset = 0
    while true {
      guard try files.read(file, atMost: sliceBytes, into: &buffer) > 0 else {
        return buffer.isEmpty ? .whole : .cut(at: offset)
      }
      while !buffer.isEmpty {
        let input = buffer.bytes
        let (consumed, ending) = parser.parse(
          input, session: .own, limits: .file, maximumRequests: 256, into: &batch)
        let gap = batch.firstGap(before: consumed) ?? .max
        for index in 0..<batch.count {
          let request = batch[index]
          guard request.inputStart < gap else { return .damaged(at: offset + gap) }
          let first = input[request.inputStart]
          let start = offset + request.inputStart
          guard request.failure == nil, first == UInt8(ascii: "*") || first == UInt8(ascii: "#") else {
            return .damaged(at: start)
          }
          let part = part(batch.arguments(of: request), isRemark: first == UInt8(ascii: "#"))
          guard visit(part, start..<offset + request.inputEnd) else { return .stopped }
        }
        guard gap == .max else { return .damaged(at: offset + gap) }
        batch.removeAll()
        buffer.removeFirst(consumed)
        offset += consumed
        if consumed == 0 || ending != .requestLimit { break }
      }
    }
  }

  private static func part(_ arguments: Arguments, isRemark: Bool) -> Part {
    let name = arguments[0]
    if isRemark {
      guard name.count > 4, name[0..<4] == Bytes("#TS:"), let second = name.dropFirst(4).parseInt64() else {
        return .remark
      }
      return .time(second)
    }
    guard arguments.count == 1 else { return .command }
    if name.equalsIgnoringCase("multi") { return .begin }
    return name.equalsIgnoringCase("exec") ? .end : .command
  }
}
