internal import Synchronization

/// A member that keeps a large struct where it is.
///
/// The compiler passes a struct whose layout it knows by value, which for one that is large means by a copy on the
/// stack: a method of the engine's `Call` that was not inlined copied 3.7 KB for every command, a look at a session
/// 321 bytes. An atomic has an address for an identity, so a struct that holds one is only ever passed by address.
struct StaysInPlace: ~Copyable {
  private let identity = Atomic<UInt8>(0)
}
