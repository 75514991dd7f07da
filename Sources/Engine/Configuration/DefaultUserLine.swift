/// A line `user default …` of a configuration file, as far as `requirepass` can say the same: the user is on, may do everything with
/// every key and channel, and has one password or needs none. redis-server writes such a line at each CONFIG REWRITE.
///
/// Source: the rules of Redis's access control, which are applied from left to right to a user who may do nothing.
struct DefaultUserLine {
  enum Password: Equatable {
    /// None is asked for.
    case open
    case text([UInt8])
    /// SHA-256, 64 hexadecimal digits in lower case.
    case digest([UInt8])
  }

  let password: Password

  /// - Parameter words: the line behind `user`.
  /// - Returns: nil where it says anything else.
  init?(_ words: [[UInt8]]) {
    guard let name = words.first, decoded(name) == "default" else { return nil }
    var rules = Rules()
    for word in words.dropFirst() {
      guard rules.take(word) else { return nil }
    }
    guard let password = rules.password, rules.isOn, rules.reachesKeys, rules.reachesChannels, rules.runsCommands else {
      return nil
    }
    self.password = password
  }

  /// What the rules so far make of the user.
  private struct Rules {
    var isOn = false
    var password: Password?
    var reachesKeys = false
    var reachesChannels = false
    var runsCommands = false

    /// - Returns: whether the rule is one that `requirepass` leaves room for.
    mutating func take(_ rule: [UInt8]) -> Bool {
      switch lowercasedText(rule) {
      case "on": isOn = true
      case "off": isOn = false
      case "sanitize-payload", "clearselectors": break
      case "nopass": password = .open
      case "resetpass": password = nil
      case "~*", "allkeys": reachesKeys = true
      case "resetkeys": reachesKeys = false
      case "&*", "allchannels": reachesChannels = true
      case "resetchannels": reachesChannels = false
      case "+@all", "allcommands": runsCommands = true
      case "-@all", "nocommands": runsCommands = false
      case "reset": self = Rules()
      default: return takePassword(rule)
      }
      return true
    }

    private mutating func takePassword(_ rule: [UInt8]) -> Bool {
      let value = Array(rule.dropFirst())
      let found: Password
      switch rule.first {
      case UInt8(ascii: ">") where !value.isEmpty: found = .text(value)
      case UInt8(ascii: "#") where value.count == 64: found = .digest(value)
      default: return false
      }
      // A second password is one more, which `requirepass` cannot say.
      guard password == nil || password == .open || password == found else { return false }
      password = found
      return true
    }
  }
}
