internal import Glibc

/// Connections that have said PING once and are silent since.
public final class IdleClients {
  private let sockets: [Int32]

  /// - Throws: `BenchError` where one cannot connect or gets no answer.
  public init(_ endpoint: Endpoint, count: Int) throws {
    raiseDescriptorLimit(to: count + 256)
    sockets = try (0..<count).map { _ in try endpoint.connect() }
    let request = "*1\r\n$4\r\nPING\r\n"
    var reply = [UInt8](repeating: 0, count: 64)
    for socket in sockets {
      guard send(socket, request, request.utf8.count, Int32(MSG_NOSIGNAL)) > 0,
        recv(socket, &reply, reply.count, 0) > 0
      else { throw BenchError("a client got no answer to PING") }
    }
  }

  deinit { for socket in sockets { close(socket) } }
}
