/// Where a connection came from, as INFO and CLIENT LIST show it.
public struct ConnectionOrigin: Sendable {
  /// `address:port` of the other end, or the socket's path followed by `:0`.
  public var peer: String
  /// `address:port` of this end, or the socket's path followed by `:0`.
  public var local: String
  /// The file descriptor's number. A label: for CLIENT LIST, and for `HostFunctions.shutDown`.
  public var descriptor: Int32
  public var isUnixSocket: Bool

  public init(peer: String, local: String, descriptor: Int32, isUnixSocket: Bool) {
    self.peer = peer
    self.local = local
    self.descriptor = descriptor
    self.isUnixSocket = isUnixSocket
  }
}
