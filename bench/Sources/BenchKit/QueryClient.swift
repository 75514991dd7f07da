internal import Glibc

/// A blocking client for the few questions a measurement asks: it understands one-line and bulk replies.
public final class QueryClient {
  private let descriptor: Int32
  private var input: [UInt8] = []

  public init(_ endpoint: Endpoint) throws { descriptor = try endpoint.connect() }

  deinit { close(descriptor) }

  /// Sends a command; returns the text of its reply, without type and length.
  ///
  /// - Throws: `BenchError` where the connection ends or the reply is an error.
  public func ask(_ arguments: String...) throws -> String {
    var request = "*\(arguments.count)\r\n"
    for argument in arguments { request += "$\(argument.utf8.count)\r\n\(argument)\r\n" }
    guard send(descriptor, request, request.utf8.count, Int32(MSG_NOSIGNAL)) == request.utf8.count else {
      throw BenchError.system("send")
    }
    let line = try readLine()
    switch line.first {
    case "-": throw BenchError(String(line.dropFirst()))
    case "$":
      let length = Int(line.dropFirst()) ?? -1
      return length < 0 ? "" : String(try take(length + 2).dropLast(2))
    default: return String(line.dropFirst())
    }
  }

  /// The fields of INFO, with those that a plain INFO leaves out where the server has `everything`.
  public func info() throws -> [String: String] {
    var fields: [String: String] = [:]
    for line in try ask("INFO", "everything").split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2 { fields[String(parts[0])] = String(parts[1]) }
    }
    return fields
  }

  private func readLine() throws -> String {
    while true {
      if let end = input.firstIndex(of: 10) {
        let line = String(decoding: input[..<end].dropLast(), as: UTF8.self)
        input.removeFirst(end + 1)
        return line
      }
      try fill()
    }
  }

  private func take(_ count: Int) throws -> String {
    while input.count < count { try fill() }
    defer { input.removeFirst(count) }
    return String(decoding: input[..<count], as: UTF8.self)
  }

  private func fill() throws {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &chunk, chunk.count, 0)
    guard count > 0 else { throw BenchError("the server closed the connection") }
    input.append(contentsOf: chunk[..<count])
  }
}
