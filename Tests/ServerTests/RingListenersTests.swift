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

  /// Closed ones hold nothing any more once their accepts are over: what a shutdown waits for.
  @Test func acceptsAreCountedUntilTheirLastCompletion() throws {
    var ring = try Ring(submissions: 16, completions: 32)
    var listeners = Listeners()
    let options = Listeners.Options(backlog: 16, keepAliveSeconds: 0, mark: 0)
    _ = listeners.openTCP(addresses: ["127.0.0.1", "127.0.0.2"], port: 0, options: options) { _ in }
    listeners.arm(&ring)
    try ring.enter(waitFor: 0)
    #expect(listeners.acceptsInFlight == 2)
    listeners.closeAll(&ring)
    for completion in try ring.gather(6) where completion.token.operation == .accept {
      #expect(listeners.accepted(completion) == nil)
    }
    #expect(listeners.acceptsInFlight == 0)
  }

  @Test func aTakenAddressIsToldFromOtherFailures() throws {
    var listeners = Listeners()
    let options = Listeners.Options(backlog: 16, keepAliveSeconds: 0, mark: 0)
    _ = listeners.openTCP(addresses: ["127.0.0.1"], port: 0, options: options) { _ in }
    let port = try #require(SocketAddress.local(of: listeners.all[0].descriptor)).port
    let isOpenTwice = listeners.openTCP(addresses: ["127.0.0.1"], port: port, options: options) { _ in }
    #expect(!isOpenTwice && listeners.foundAddressTaken)
    let isElsewhere = listeners.openTCP(addresses: ["192.0.2.1"], port: port, options: options) { _ in }
    #expect(!isElsewhere && !listeners.foundAddressTaken)
  }

  @Test func numbersNeedNoResolver() throws {
    for host in ["127.0.0.1", "::1", "10.1.2.3", "fe80::1"] { #expect(SocketAddress.isNumeric(host)) }
    for host in ["localhost", "example.invalid", "*", "", "1.2.3.4.5"] { #expect(!SocketAddress.isNumeric(host)) }
    let found = try SocketAddress.resolve(host: "::1", port: 7, family: AF_UNSPEC, passive: false)
    #expect(found.first?.text == "[::1]:7")
  }

  /// The kernel reads an address as late as it likes: a second attempt must not write over the first one's.
  @Test func eachConnectHasItsOwnAddress() throws {
    var ring = try Ring(submissions: 16, completions: 32)
    var listeners = Listeners()
    let options = Listeners.Options(backlog: 16, keepAliveSeconds: 0, mark: 0)
    _ = listeners.openTCP(addresses: ["127.0.0.1", "127.0.0.2"], port: 0, options: options) { _ in }
    var addresses: [ConnectAddress] = []
    var sockets: [Int32] = []
    var wanted: [String] = []
    for listener in listeners.all {
      let local = try #require(SocketAddress.local(of: listener.descriptor))
      let address = try ConnectAddress(host: try #require(local.hostText), port: local.port)
      let descriptor = try SocketOptions.socket(family: address.family)
      ring.connect(descriptor, address, Token(.connect))
      addresses.append(address)
      sockets.append(descriptor)
      wanted.append(local.text)
    }
    #expect(try ring.gather(2).map(\.result) == [0, 0])
    #expect(sockets.map { SocketAddress.peer(of: $0)?.text } == wanted)
    for descriptor in sockets { close(descriptor) }
    withExtendedLifetime(addresses) {}
  }
}
