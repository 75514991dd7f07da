/// Tells the log's bytes in an increment from the lines that are none of the log's (those that begin with `#` where a
/// command could), and sees to it that what is there are commands.
///
/// Keeps its place between pieces, however they are cut. Values are stepped over, not looked at.
struct AnnotationFilter {
  private enum State {
    /// Where a command may begin.
    case boundary
    case annotation
    /// Digits, up to the end of the line: how many arguments there are, or how long one is.
    case argumentCount
    case argumentSign
    case argumentLength
    /// In an argument, its end of line included.
    case argument
  }

  private var state = State.boundary
  private var number = 0
  private var argumentsLeft = 0
  private var bytesLeft = 0
  /// Whether there may be lines that are none of the log's.
  private let allowsAnnotations: Bool

  init(allowsAnnotations: Bool = true) { self.allowsAnnotations = allowsAnnotations }

  /// More than any count or length that could be meant.
  private static var numberLimit: Int { 1 << 40 }

  /// Takes further bytes, and calls `body` with runs of those that are the log's.
  /// - Returns: false where they are no commands: the file is damaged.
  mutating func feed(_ bytes: Bytes, _ body: (Bytes) -> Void) -> Bool {
    var index = 0
    // Where the run of the log's bytes at hand begins.
    var start = 0
    while index < bytes.count {
      if state == .argument {
        let step = min(bytesLeft, bytes.count - index)
        index += step
        bytesLeft -= step
        if bytesLeft == 0 { endArgument() }
        continue
      }
      let byte = bytes[index]
      if allowsAnnotations, state == .boundary, byte == UInt8(ascii: "#") {
        if index > start { body(bytes[start..<index]) }
        state = .annotation
      } else if state == .annotation {
        if byte == UInt8(ascii: "\n") {
          state = .boundary
          start = index + 1
        }
      } else if !step(byte) {
        if index > start { body(bytes[start..<index]) }
        return false
      }
      index += 1
    }
    if state != .annotation, index > start { body(bytes[start..<index]) }
    return true
  }

  /// One byte of a command's frame.
  private mutating func step(_ byte: UInt8) -> Bool {
    switch state {
    case .boundary:
      if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { return true }
      guard byte == UInt8(ascii: "*") else { return false }
      begin(.argumentCount)
    case .argumentSign:
      guard byte == UInt8(ascii: "$") else { return false }
      begin(.argumentLength)
    case .argumentCount, .argumentLength:
      if byte == UInt8(ascii: "\r") { return true }
      if byte == UInt8(ascii: "\n") { return endNumber() }
      guard byte >= 48, byte <= 57, number < Self.numberLimit else { return false }
      number = number * 10 + Int(byte - 48)
    case .annotation, .argument: break
    }
    return true
  }

  private mutating func begin(_ next: State) {
    state = next
    number = 0
  }

  private mutating func endNumber() -> Bool {
    if state == .argumentLength {
      bytesLeft = number + 2
      state = .argument
    } else {
      guard number > 0 else { return false }
      argumentsLeft = number
      state = .argumentSign
    }
    return true
  }

  private mutating func endArgument() {
    argumentsLeft -= 1
    state = argumentsLeft == 0 ? .boundary : .argumentSign
  }
}
