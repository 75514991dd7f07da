internal import Glibc

/// The sockets the server listens on, and the accepts in flight on them.
struct Listeners: ~Copyable {
  private(set) var all: [Listener] = []
  private var nextIdentity: UInt32 = 1
  /// Accepts whose last completion has not come: each holds its socket, closed or not.
  private(set) var acceptsInFlight = 0
  /// Whether the last `openTCP` failed because another socket listens there.
  private(set) var foundAddressTaken = false

  /// How many connections may wait to be accepted, and what those accepted inherit.
  struct Options {
    var backlog: Int
    var keepAliveSeconds: Int
    var mark: Int
  }

  deinit {
    for listener in all {
      Glibc.close(listener.descriptor)
      if case .unix(let path) = listener.kind { Files.remove(path) }
    }
  }

  // MARK: - Opening

  /// Listens on every address for `port`.
  ///
  /// - Parameters:
  ///   - addresses: of `bind`: IPv4 or IPv6 numbers or names, `*` for all IPv4, `::*` for all IPv6. A leading `-` marks
  ///     one that may be missing on this machine.
  ///   - warn: hears each address that could not be had, in Redis's words.
  /// - Returns: false, with nothing left open, when an address that must be had cannot.
  mutating func openTCP(addresses: [String], port: Int, options: Options, warn: (String) -> Void) -> Bool {
    var opened: [Listener] = []
    foundAddressTaken = false
    for entry in addresses {
      let isOptional = entry.hasPrefix("-")
      let address = isOptional ? String(entry.dropFirst()) : entry
      do throws(ListenFailure) {
        opened.append(try Listeners.listenTCP(address, port: port, options: options, identity: takeIdentity()))
      } catch {
        warn("Warning: Could not create server TCP listening socket \(address):\(port): \(error.text)")
        if error.isAddressMissing && isOptional || error.isProtocolMissing { continue }
        for listener in opened { Glibc.close(listener.descriptor) }
        foundAddressTaken = error.code == EADDRINUSE
        return false
      }
    }
    all += opened
    return !opened.isEmpty || addresses.isEmpty
  }

  /// Listens on a path, which is replaced if it exists.
  /// - Parameter permissions: of the socket's file; 0 leaves them as they come.
  mutating func openUnix(path: String, permissions: Int, options: Options) throws(ListenFailure) {
    guard let address = SocketAddress(path: path) else {
      throw ListenFailure(step: "bind", reason: "unix socket path too long")
    }
    Files.remove(path)
    let descriptor = try Listeners.socket(family: AF_UNIX)
    do throws(ListenFailure) { try Listeners.start(descriptor, at: address, options: options) } catch {
      Glibc.close(descriptor)
      throw error
    }
    if permissions != 0 { Files.setPermissions(path, permissions) }
    all.append(Listener(descriptor: descriptor, kind: .unix(path: path), identity: takeIdentity()))
  }

  private mutating func takeIdentity() -> UInt32 {
    defer { nextIdentity += 1 }
    return nextIdentity
  }

  private static func listenTCP(
    _ host: String, port: Int, options: Options, identity: UInt32
  ) throws(ListenFailure) -> Listener {
    let family = host.contains(":") ? AF_INET6 : AF_INET
    let addresses: [SocketAddress]
    do throws(ResolutionFailure) {
      addresses = try SocketAddress.resolve(host: host, port: port, family: family, passive: true)
    } catch { throw ListenFailure(step: "getaddrinfo", reason: error.text) }
    var failure = ListenFailure(step: "unable to bind socket", errno: Errno(EADDRNOTAVAIL))
    for address in addresses {
      let descriptor = try socket(family: family)
      if family == AF_INET6 { SocketOptions.set(descriptor, level: Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
      SocketOptions.set(descriptor, level: SOL_SOCKET, SO_REUSEADDR, 1)
      if options.mark != 0 { SocketOptions.set(descriptor, level: SOL_SOCKET, SO_MARK, Int32(clamping: options.mark)) }
      SocketOptions.setNoDelay(descriptor)
      SocketOptions.setKeepAlive(descriptor, seconds: options.keepAliveSeconds)
      do throws(ListenFailure) {
        try start(descriptor, at: address, options: options)
        return Listener(descriptor: descriptor, kind: .tcp, identity: identity)
      } catch {
        Glibc.close(descriptor)
        failure = error
      }
    }
    throw failure
  }

  private static func socket(family: Int32) throws(ListenFailure) -> Int32 {
    do throws(Errno) { return try SocketOptions.socket(family: family) } catch {
      throw ListenFailure(step: "socket", errno: error)
    }
  }

  private static func start(
    _ descriptor: Int32, at address: SocketAddress, options: Options
  ) throws(ListenFailure) {
    guard address.bind(descriptor) == 0 else { throw ListenFailure(step: "bind", errno: .last) }
    guard listen(descriptor, Int32(clamping: options.backlog)) == 0 else {
      throw ListenFailure(step: "listen", errno: .last)
    }
  }

  // MARK: - Changing

  /// What connections accepted from now on inherit.
  func setKeepAlive(seconds: Int) {
    for listener in all where listener.kind == .tcp {
      SocketOptions.setKeepAlive(listener.descriptor, seconds: seconds)
    }
  }

  /// The TCP listeners there are, by identity: to be closed when others have taken their place.
  var tcpIdentities: [UInt32] { all.filter { $0.kind == .tcp }.map(\.identity) }

  /// Stops listening on those.
  mutating func close(_ identities: [UInt32], _ ring: inout Ring) {
    close(&ring) { identities.contains($0.identity) }
  }

  /// Stops listening on TCP, for other addresses or another port to follow.
  mutating func closeTCP(_ ring: inout Ring) { close(&ring) { $0.kind == .tcp } }

  /// Stops listening altogether; unix sockets' files go.
  mutating func closeAll(_ ring: inout Ring) { close(&ring) { _ in true } }

  private mutating func close(_ ring: inout Ring, where matches: (Listener) -> Bool) {
    for listener in all where matches(listener) {
      // The accept in flight holds the file beyond its close: shut down, the address is free at once for another.
      shutdown(listener.descriptor, Int32(SHUT_RDWR))
      ring.cancel(Token(.accept, slot: listener.identity), Token(.ignored))
      ring.close(listener.descriptor, Token(.ignored))
      if case .unix(let path) = listener.kind { Files.remove(path) }
    }
    all.removeAll { matches($0) }
  }

  // MARK: - Accepting

  /// Submits an accept for each listener that has none in flight.
  mutating func arm(_ ring: inout Ring) {
    for index in all.indices where !all[index].isAccepting {
      ring.acceptMultishot(all[index].descriptor, Token(.accept, slot: all[index].identity))
      all[index].isAccepting = true
      acceptsInFlight += 1
    }
  }

  /// Notes the end of an accept.
  /// - Returns: the kind of the listener the completion speaks of; nil when it is gone.
  mutating func accepted(_ completion: Completion) -> Listener.Kind? {
    if !completion.hasMore { acceptsInFlight -= 1 }
    guard let index = all.firstIndex(where: { $0.identity == completion.token.slot }) else { return nil }
    if !completion.hasMore { all[index].isAccepting = false }
    return all[index].kind
  }
}
