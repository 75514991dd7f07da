/// Where Redis 7.2, which we follow, answers otherwise than the 7.0.15 we are compared with.
struct KnownDifference: Sendable {
  /// The command's name, in capitals, or `*`.
  let command: String
  let theirs: String
  let ours: String
  let reason: String

  static let all: [KnownDifference] = [
    KnownDifference(
      command: "*", theirs: "-ERR timeout is negative", ours: "-ERR timeout is out of range",
      reason: "an infinite timeout is out of range; 7.0 converts it to a negative number"),
    KnownDifference(
      command: "XREADGROUP", theirs: "-ERR Unbalanced XREAD list", ours: "-ERR Unbalanced 'xreadgroup' list",
      reason: "the text names the command"),
    KnownDifference(
      command: "XREAD", theirs: "-ERR Unbalanced XREAD list", ours: "-ERR Unbalanced 'xread' list",
      reason: "the text names the command"),
    KnownDifference(
      command: "LPOS", theirs: "", ours: "-ERR value is out of range, value must between",
      reason: "a rank that has no opposite is refused"),
  ]

  func explains(_ words: [[UInt8]], _ ours: Reply, _ theirs: Reply) -> Bool {
    guard command == "*" || String(decoding: words[0], as: UTF8.self).uppercased() == command else { return false }
    return KnownDifference.text(ours).hasPrefix(self.ours) && KnownDifference.text(theirs).hasPrefix(self.theirs)
  }

  private static func text(_ reply: Reply) -> String {
    switch reply {
    case .line(let line): String(decoding: line, as: UTF8.self)
    case .bulk(let bytes): "$" + String(decoding: bytes, as: UTF8.self)
    case .aggregate(let type, let elements): String(UnicodeScalar(type)) + "\(elements.count)"
    }
  }
}
