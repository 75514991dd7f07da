import Foundation

/// Addresses for the nodes of one schedule, each behind a cable that can be cut.
///
///     writers ── bridge 198.18.N.1 ─┬─ node 0  198.18.N.10
///                                   ├─ node 1  198.18.N.11   each in a network namespace, by a pair of veth
///                                   └─ …
///
/// A cable that is cut loses everything without a word, as in life: no FIN and no RST gets through, what had been sent
/// is sent again later, and a process that dies meanwhile leaves a connection open at one end only. That takes root and
/// iproute2. Where namespaces cannot be made, all nodes are on the loopback interface and cables stay whole.
final class FaultNetwork {
  let places: [Place]
  private let prefix: String

  private static let lock = NSLock()
  nonisolated(unsafe) private static var nextNumber = Int(getpid()) % 200

  /// Whether this machine lets namespaces be made; what earlier runs left behind is removed.
  static let isPossible: Bool = {
    let left = """
      for name in $(ip netns list | awk '/^rd[0-9]+x/ { print $1 }') $(ip -br link | awk '/^rd[0-9]+x[0-9]+b / { print $1 }'); do
        pid=${name#rd}; pid=${pid%%x*}
        [ -d /proc/$pid ] || ip netns del $name 2> /dev/null || ip link del $name 2> /dev/null
      done
      """
    let name = "rd\(getpid())x0t"
    _ = try? shell(left)
    return
      (try? shell(
        "ip netns add \(name) && ip link add \(name) type veth peer name \(name)p netns \(name); "
          + "made=$?; ip netns del \(name) && [ $made = 0 ]")) != nil
  }()

  init(nodes: Int) throws {
    guard Self.isPossible else {
      prefix = ""
      places = Array(repeating: .loopback, count: nodes)
      return
    }
    let number = Self.lock.withLock {
      Self.nextNumber = (Self.nextNumber + 1) % 250
      return Self.nextNumber
    }
    let prefix = "rd\(getpid())x\(number)"
    self.prefix = prefix
    var script = """
      set -e
      ip link add \(prefix)b type bridge
      ip addr add 198.18.\(number).1/24 dev \(prefix)b
      ip link set \(prefix)b up

      """
    for node in 0..<nodes {
      let name = "\(prefix)n\(node)"
      script += """
        ip netns add \(name)
        ip link add \(name) type veth peer name eth0 netns \(name)
        ip link set \(name) master \(prefix)b up
        ip -n \(name) addr add 198.18.\(number).1\(node)/24 dev eth0
        ip -n \(name) link set eth0 up
        ip -n \(name) link set lo up

        """
    }
    places = (0..<nodes).map {
      Place(host: "198.18.\(number).1\($0)", launcher: ["nsenter", "--net=/run/netns/\(prefix)n\($0)"])
    }
    do { try shell(script) } catch {
      remove()
      throw error
    }
  }

  var hasCables: Bool { !prefix.isEmpty }

  func cut(_ node: Int) throws { try shell("ip link set \(prefix)n\(node) down") }

  func mend(_ node: Int) throws { try shell("ip link set \(prefix)n\(node) up") }

  /// Nothing passes between separated nodes; writers reach all of them.
  func separate(_ node: Int) throws { try shell("bridge link set dev \(prefix)n\(node) isolated on") }

  func unite(_ node: Int) throws { try shell("bridge link set dev \(prefix)n\(node) isolated off") }

  func remove() {
    guard hasCables else { return }
    _ = try? shell(
      "for name in $(ip netns list | awk '/^\(prefix)n/ { print $1 }'); do ip netns del $name; done; ip link del \(prefix)b"
    )
  }
}

/// Runs a script of a few commands and throws with what it said if it fails.
func shell(_ script: String) throws {
  let said = try output(of: "bash", "-c", "{ \(script)\n} && echo 'all well'")
  guard said.hasSuffix("all well\n") else { throw HarnessError("\(script)\n\(said)") }
}
