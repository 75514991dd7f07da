import Glibc
import Testing

@testable import Server

@Suite struct RingListenersTests {
  /// `bind` may change while the port stays: the old socket must not stand in the way of the new one.
  @Test func anAddressIsFreeAsSoonAsItsListenerIsClosed() throws {
    var ring = try Ring(submissions: 16, completions: 32)
    var listeners = Listeners()
    let options = Listeners.Options(backlog: 16, keepAliveSeconds: 0, mark: 0)
    let isOpen = listeners.openTCP(addresses: ["127.0.0.1"], port: 0, options: options) { _ in }
    #expect(isOpen)
    let port = try #require(SocketAddress.local(of: listeners.all[0].descriptor)).port
    for _ in 0..<3 {
      listeners.arm(&ring)
      try ring.enter(waitFor: 0)
      listeners.closeTCP(&ring)
      ring.submitOnly()
      var warnings: [String] = []
      let isOpenAgain = listeners.openTCP(addresses: ["127.0.0.1"], port: port, options: options) {
        warnings.append($0)
      }
      #expect(isOpenAgain)
      #expect(warnings == [])
    }
  }
}
