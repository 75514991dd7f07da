internal import Glibc

/// Counts complete RESP2 and RESP3 replies in a stream that may be cut anywhere. It keeps no reply, only the first
/// error line.
struct ReplyScanner {
  private enum Place { case type, line, bulk }

  private var place = Place.type
  private var type: UInt8 = 0
  private var number = 0
  private var isNegative = false
  private var bulkLeft = 0
  /// Elements still to come before the outermost reply is whole.
  private var elementsLeft = 1
  private(set) var errors = 0
  private(set) var firstError: [UInt8] = []
  private var keepsErrorText = false

  /// Takes `count` bytes; returns how many replies they completed.
  mutating func scan(_ bytes: UnsafePointer<UInt8>, count: Int) -> Int {
    var index = 0
    var replies = 0
    while index < count {
      switch place {
      case .type:
        // "+OK\r\n" at the outermost level: what a loaded server answers most.
        if elementsLeft == 1, bytes[index] == 43, count - index >= 5, bytes[index + 1] == 79, bytes[index + 3] == 13 {
          index += 5
          replies += 1
          continue
        }
        begin(type: bytes[index])
        index += 1
      case .line:
        index = scanLine(bytes, from: index, count: count, replies: &replies)
      case .bulk:
        let taken = min(bulkLeft, count - index)
        bulkLeft -= taken
        index += taken
        if bulkLeft == 0 { finishElement(&replies) }
      }
    }
    return replies
  }

  private mutating func begin(type: UInt8) {
    self.type = type
    number = 0
    isNegative = false
    place = .line
    if type == 45 {
      errors += 1
      keepsErrorText = firstError.isEmpty
    }
  }

  private mutating func scanLine(
    _ bytes: UnsafePointer<UInt8>, from start: Int, count: Int, replies: inout Int
  ) -> Int {
    var index = start
    while index < count {
      let byte = bytes[index]
      index += 1
      if byte == 10 {
        finishLine(&replies)
        return index
      }
      if byte >= 48 && byte <= 57 {
        number = number &* 10 &+ Int(byte - 48)
      } else if byte == 45 {
        isNegative = true
      }
      if keepsErrorText && byte != 13 { firstError.append(byte) }
    }
    return index
  }

  private mutating func finishLine(_ replies: inout Int) {
    keepsErrorText = false
    place = .type
    switch type {
    case 36, 61, 33:  // $ = !
      if isNegative { return finishElement(&replies) }
      bulkLeft = number + 2
      place = .bulk
    case 42, 126, 62:  // * ~ >
      elementsLeft += isNegative ? 0 : number
      finishElement(&replies)
    case 37:  // %
      elementsLeft += number * 2
      finishElement(&replies)
    default:
      finishElement(&replies)
    }
  }

  private mutating func finishElement(_ replies: inout Int) {
    place = .type
    elementsLeft -= 1
    if elementsLeft == 0 {
      elementsLeft = 1
      replies += 1
    }
  }
}
