/// Checks of single values. Each returns the reason for a refusal, in Redis's words, or nil.
extension Directive {
  /// - Parameters:
  ///   - kind: `filename` or `dirname`, as the text calls it.
  static func checkBaseName(_ name: String, kind: String) -> @Sendable (String) -> String? {
    { value in
      value.utf8.contains(UInt8(ascii: "/")) || value.utf8.contains(UInt8(ascii: "\\"))
        ? "\(name) can't be a path, just a \(kind)" : nil
    }
  }

  @Sendable static func checkAppendFilename(_ value: String) -> String? {
    if value.isEmpty { return "appendfilename can't be empty" }
    return checkBaseName("appendfilename", kind: "filename")(value)
  }

  @Sendable static func checkAppendDirname(_ value: String) -> String? {
    if value.isEmpty { return "appenddirname can't be empty" }
    return checkBaseName("appenddirname", kind: "dirname")(value)
  }

  @Sendable static func checkAnnouncedHostname(_ value: String) -> String? {
    if value.utf8.count >= 256 { return "Hostnames must be less than 256 characters" }
    let isAllowed = value.utf8.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
    return isAllowed ? nil : "Hostnames may only contain alphanumeric characters, hyphens or dots"
  }

  @Sendable static func checkAnnouncedNodename(_ value: String) -> String? {
    let isAllowed = value.utf8.allSatisfy { !"!#$%&()*+:;<>?@[]^{|}~".utf8.contains($0) }
    return isAllowed ? nil : "Announced human node name contained invalid character"
  }

  /// The title's variables stand in braces (`{{` is a brace itself): `{title} {listen-addr} {server-mode} {port} {tls-port} {unixsocket}
  /// {config-file}`.
  @Sendable static func checkProcessTitle(_ value: String) -> String? {
    let known = ["title", "listen-addr", "server-mode", "port", "tls-port", "unixsocket", "config-file"]
    let refusal = "template format is invalid or contains unknown variables"
    guard !value.isEmpty else { return refusal }
    var rest = Substring(value)
    while let open = rest.firstIndex(of: "{") {
      if rest[open...].hasPrefix("{{") {
        rest = rest[open...].dropFirst(2)
        continue
      }
      guard let close = rest[open...].firstIndex(of: "}") else { return refusal }
      guard known.contains(String(rest[rest.index(after: open)..<close])) else { return refusal }
      rest = rest[rest.index(after: close)...]
    }
    return nil
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    ASCII.isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(ASCII.lowercase(byte))
  }
}
