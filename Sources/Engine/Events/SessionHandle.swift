/// The identity of a client: the slot its connection holds, and which tenant of that slot it is.
///
/// Chosen by whoever owns the connections. A handle outlives its connection without harm: the slot's next tenant has
/// another generation, so what arrives for the old one finds nobody.
public struct SessionHandle: Hashable, Sendable, BitwiseCopyable {
  public let slot: UInt32
  public let generation: UInt32

  @inlinable public init(slot: UInt32, generation: UInt32) {
    self.slot = slot
    self.generation = generation
  }

  /// No connection's handle: who acts when nobody asked.
  public static let none = SessionHandle(slot: .max, generation: 0)

  /// The server's own: who runs the commands of a file that is being loaded.
  public static let own = SessionHandle(slot: .max - 1, generation: 0)
}
