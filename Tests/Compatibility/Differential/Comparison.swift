import Foundation

/// How two replies are compared where they are not the same bytes. This is the whole list, with `Reply.equals` and
/// `KnownDifference`: what is not here is exact.
enum Comparison: Sendable, CustomStringConvertible {
  /// Byte for byte.
  case exact
  /// The elements in any order: what comes out of a hash table in Redis comes in the order of its table.
  case unordered
  /// As `unordered`, of fields with values (or a map's keys with theirs).
  case pairs
  /// As many elements of the same kinds: what Redis draws at random.
  case shape
  /// Integers that far apart at most: what is left of a relative expiry when each server came to it.
  case near(Int64)
  /// XPENDING: the idle time (third of four) of an entry is the servers' own clock.
  case pending
  /// XINFO: idle times and delivery times are the servers' own clocks; 7.2 reports more of consumers than 7.0; the
  /// number of radix tree nodes tells how the index is built, which is our own.
  case information
  /// SORT ALPHA without STORE: Redis asks the C library for the order, to which text ends at a zero byte; those that are
  /// then equal come in any order.
  case collated
  /// Geographic, by distance: members of the same place come in any order, and where COUNT cuts, any of them.
  case distance
  /// OBJECT ENCODING: 7.2 has small lists and small sets as listpacks, which in 7.0 are quicklists and hash tables; and
  /// by the number of elements in the command that makes a value it chooses at once what holds many.
  case encoding
  /// EXEC: each element as its command is compared.
  case transaction([Request])

  var description: String {
    switch self {
    case .exact: "exact"
    case .unordered: "unordered"
    case .pairs: "pairs"
    case .shape: "shape"
    case .near(let distance): "within \(distance)"
    case .pending: "idle time aside"
    case .information: "clocks aside"
    case .collated: "collated"
    case .distance: "by distance"
    case .encoding: "encodings of 7.2 as those of 7.0"
    case .transaction: "each of a transaction"
    }
  }

  /// Whether the replies are equal in this sense.
  func accepts(_ ours: Reply, _ theirs: Reply) -> Bool {
    if ours.equals(theirs) { return true }
    switch self {
    case .exact: return false
    case .unordered: return sameHead(ours, theirs) && sorted(ours) == sorted(theirs)
    case .pairs: return sameHead(ours, theirs) && sortedPairs(ours) == sortedPairs(theirs)
    case .shape: return sameShape(ours, theirs)
    case .near(let distance):
      guard let ours = ours.integer, let theirs = theirs.integer, ours > 0, theirs > 0 else { return false }
      return (ours > theirs ? ours - theirs : theirs - ours) <= distance
    case .pending: return withoutIdleTime(ours) == withoutIdleTime(theirs)
    case .information: return withoutClocks(ours) == withoutClocks(theirs)
    case .collated:
      let hasZero = ((ours.elements ?? []) + (theirs.elements ?? [])).contains { $0.text?.contains(0) == true }
      return hasZero && sameShape(ours, theirs)
    case .distance: return sorted(ours) == sorted(theirs) || withoutNames(ours) == withoutNames(theirs)
    case .encoding:
      switch (
        ours.text.map { String(decoding: $0, as: UTF8.self) }, theirs.text.map { String(decoding: $0, as: UTF8.self) }
      ) {
      case ("listpack", "quicklist"), ("listpack", "hashtable"), ("hashtable", "listpack"), ("skiplist", "listpack"),
        ("hashtable", "intset"), ("listpack", "intset"):
        return true
      default: return false
      }
    case .transaction(let requests):
      guard sameHead(ours, theirs), let ours = ours.elements, let theirs = theirs.elements, ours.count == requests.count
      else {
        return false
      }
      return zip(requests, zip(ours, theirs)).allSatisfy { request, replies in
        request.comparison.accepts(replies.0, replies.1)
          || KnownDifference.all.contains { $0.explains(request.words, replies.0, replies.1) }
      }
    }
  }

  private func sameHead(_ ours: Reply, _ theirs: Reply) -> Bool {
    guard case .aggregate(let ourType, let ours) = ours, case .aggregate(let theirType, let theirs) = theirs else {
      return false
    }
    return ourType == theirType && ours.count == theirs.count
  }

  private func sorted(_ reply: Reply) -> [String] { (reply.elements ?? []).map { "\($0)" }.sorted() }

  private func sortedPairs(_ reply: Reply) -> [String] {
    let elements = reply.elements ?? []
    return stride(from: 0, to: elements.count - 1, by: 2).map { "\(elements[$0]) \(elements[$0 + 1])" }.sorted()
  }

  private func sameShape(_ ours: Reply, _ theirs: Reply) -> Bool {
    switch (ours, theirs) {
    case (.bulk, .bulk): true
    case (.line(let ours), .line(let theirs)): ours.first == theirs.first && ours.first != UInt8(ascii: "-")
    case (.aggregate(let ourType, let ours), .aggregate(let theirType, let theirs)):
      ourType == theirType && ours.count == theirs.count && zip(ours, theirs).allSatisfy(sameShape)
    default: false
    }
  }

  /// What WITHDIST and the like tell of each member, in order.
  private func withoutNames(_ reply: Reply) -> [[Reply]?] {
    (reply.elements ?? []).map { $0.elements.map { Array($0.dropFirst()) } ?? [$0] }
  }

  private func withoutIdleTime(_ reply: Reply) -> Reply {
    guard case .aggregate(let type, let entries) = reply else { return reply }
    return .aggregate(
      type,
      entries.map { entry in
        guard case .aggregate(let type, var fields) = entry, fields.count == 4 else { return entry }
        fields[2] = .bulk([])
        return .aggregate(type, fields)
      })
  }

  /// Without the fields that stand for a clock, and with every time in milliseconds replaced.
  private func withoutClocks(_ reply: Reply) -> Reply {
    if let number = reply.integer, number > 1_600_000_000_000, number < 4_000_000_000_000 { return .bulk([]) }
    guard case .aggregate(let type, let elements) = reply else { return reply }
    var kept: [Reply] = []
    var index = 0
    while index < elements.count {
      defer { index += 1 }
      if case .bulk(let name) = elements[index], index + 1 < elements.count,
        ["idle", "inactive", "seen-time", "active-time", "radix-tree-nodes"].contains(
          String(decoding: name, as: UTF8.self))
      {
        index += 1
      } else {
        kept.append(withoutClocks(elements[index]))
      }
    }
    return .aggregate(type == UInt8(ascii: "%") ? UInt8(ascii: "*") : type, kept)
  }
}

extension Reply {
  /// Equal, but for floating-point numbers: 7.2 writes the shortest decimal of a double, 7.0 seventeen digits.
  func equals(_ theirs: Reply) -> Bool {
    if self == theirs { return true }
    if case .aggregate(let type, let elements) = self, case .aggregate(let otherType, let others) = theirs {
      return type == otherType && elements.count == others.count && zip(elements, others).allSatisfy { $0.equals($1) }
    }
    switch (self, theirs) {
    case (.bulk(let mine), .bulk(let other)): return Reply.isSameDouble(mine, other)
    case (.line(let mine), .line(let other)):
      return mine.first == UInt8(ascii: ",") && other.first == UInt8(ascii: ",")
        && Reply.isSameDouble(Array(mine.dropFirst()), Array(other.dropFirst()))
    default: return false
    }
  }

  static func isSameDouble(_ ours: [UInt8], _ theirs: [UInt8]) -> Bool {
    let (ours, theirs) = (String(decoding: ours, as: UTF8.self), String(decoding: theirs, as: UTF8.self))
    guard theirs.contains(where: { $0 == "." || $0 == "e" }), let value = Double(theirs), Double(ours) == value else {
      return false
    }
    return String(format: "%.17g", value) == theirs
  }
}
