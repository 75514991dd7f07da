// The seed's original design, kept to measure against: a thread for every connection, one lock around the map, and
// one lock around each replica's stream. A write is stored under the map's lock; then the thread that took it writes
// it to every replica in turn, each under that stream's lock, and only then answers its client.
//
// It is meant to be a fair instance of that design. Requests of one read are parsed in place and their replies leave
// in one write, values live in a Dictionary, and Nagle's algorithm is off. It knows PING, SET, GET, INFO, REPLCONF
// and PSYNC. As in the original, two clients who write the same key at once may reach a replica in another order
// than they reached the map: closing that gap needs the map's lock held across all the writes, which is slower still.

import Glibc
import Synchronization

/// A value behind a pthread mutex. (Synchronization's `Mutex` spins before it sleeps; with all threads on one core that
/// burns most of the processor and would make this design look far worse than it is: 30 µs a SET instead of 1.5.)
final class Locked<Value>: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private var value: Value

  init(_ value: Value) {
    self.value = value
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body(&value)
  }
}

/// One replica's socket; whoever writes to it holds the lock for as long as the write takes.
final class ReplicaStream: Sendable {
  let descriptor: Int32
  private let lock = Locked(())

  init(descriptor: Int32) { self.descriptor = descriptor }

  func write(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    lock.withLock { _ in writeAll(descriptor, bytes) }
  }
}

final class Store: Sendable {
  let values = Locked<[[UInt8]: [UInt8]]>([:])
  let replicas = Locked<[ReplicaStream]>([])
  let offset = Atomic<Int>(0)
  let commands = Atomic<Int>(0)
}

func writeAll(_ descriptor: Int32, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
  var sent = 0
  while sent < bytes.count {
    let count = send(descriptor, bytes.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
    if count > 0 {
      sent += count
    } else if errno != EINTR {
      return false
    }
  }
  return true
}

/// One client: reads, executes, answers, until the other side goes.
struct Session {
  let descriptor: Int32
  let store: Store
  var input: [UInt8] = []
  var consumed = 0
  var output: [UInt8] = []
  var replica: ReplicaStream?

  mutating func run() {
    let chunk = UnsafeMutablePointer<UInt8>.allocate(capacity: 65_536)
    defer {
      chunk.deallocate()
      if let replica { store.replicas.withLock { $0.removeAll { $0 === replica } } }
      close(descriptor)
    }
    while true {
      let count = recv(descriptor, chunk, 65_536, 0)
      guard count > 0 else { return }
      input.append(contentsOf: UnsafeBufferPointer(start: chunk, count: count))
      while let (start, arguments) = nextRequest() {
        execute(arguments, request: start..<consumed)
        store.commands.wrappingAdd(1, ordering: .relaxed)
      }
      input.removeFirst(consumed)
      consumed = 0
      if !output.isEmpty {
        guard output.withUnsafeBufferPointer({ writeAll(descriptor, $0) }) else { return }
        output.removeAll(keepingCapacity: true)
      }
    }
  }

  /// The next whole request: where it starts and where its arguments lie.
  private mutating func nextRequest() -> (Int, [Range<Int>])? {
    var cursor = consumed
    guard let count = readHeader(42, &cursor) else { return nil }
    var arguments: [Range<Int>] = []
    arguments.reserveCapacity(count)
    for _ in 0..<count {
      guard let length = readHeader(36, &cursor), cursor + length + 2 <= input.count else { return nil }
      arguments.append(cursor..<cursor + length)
      cursor += length + 2
    }
    let start = consumed
    consumed = cursor
    return (start, arguments)
  }

  private func readHeader(_ type: UInt8, _ cursor: inout Int) -> Int? {
    guard cursor < input.count, input[cursor] == type else { return nil }
    var index = cursor + 1
    var number = 0
    while index < input.count, input[index] != 13 {
      number = number * 10 + Int(input[index] &- 48)
      index += 1
    }
    guard index + 1 < input.count else { return nil }
    cursor = index + 2
    return number
  }

  private func isNamed(_ range: Range<Int>, _ name: StaticString) -> Bool {
    guard range.count == name.utf8CodeUnitCount else { return false }
    for index in 0..<range.count where input[range.lowerBound + index] & 0xDF != name.utf8Start[index] { return false }
    return true
  }

  private mutating func execute(_ arguments: [Range<Int>], request: Range<Int>) {
    guard let name = arguments.first else { return }
    if isNamed(name, "SET"), arguments.count >= 3 {
      let key = Array(input[arguments[1]])
      let value = Array(input[arguments[2]])
      store.values.withLock { $0[key] = value }
      propagate(request)
      reply("+OK\r\n")
    } else if isNamed(name, "GET"), arguments.count == 2 {
      let key = Array(input[arguments[1]])
      if let value = store.values.withLock({ $0[key] }) {
        reply("$\(value.count)\r\n")
        output.append(contentsOf: value)
        reply("\r\n")
      } else {
        reply("$-1\r\n")
      }
    } else if isNamed(name, "PING") {
      reply("+PONG\r\n")
    } else if isNamed(name, "REPLCONF") {
      if arguments.count < 2 || !isNamed(arguments[1], "ACK") { reply("+OK\r\n") }
    } else if isNamed(name, "PSYNC") {
      becomeReplica()
    } else if isNamed(name, "INFO") {
      replyInfo()
    } else {
      reply("-ERR unknown command\r\n")
    }
  }

  /// The write goes to each replica in turn, under the lock of its stream.
  private func propagate(_ request: Range<Int>) {
    let replicas = store.replicas.withLock { $0 }
    store.offset.wrappingAdd(request.count, ordering: .relaxed)
    guard !replicas.isEmpty else { return }
    input.withUnsafeBufferPointer { bytes in
      let command = UnsafeBufferPointer(rebasing: bytes[request])
      for replica in replicas where !replica.write(command) {
        store.replicas.withLock { $0.removeAll { $0 === replica } }
      }
    }
  }

  private mutating func becomeReplica() {
    let emptySnapshot: [UInt8] = Array("REDIS0011".utf8) + [0xFF] + [UInt8](repeating: 0, count: 8)
    let offset = store.offset.load(ordering: .relaxed)
    reply("+FULLRESYNC \(String(repeating: "0", count: 40)) \(offset)\r\n$\(emptySnapshot.count)\r\n")
    output.append(contentsOf: emptySnapshot)
    _ = output.withUnsafeBufferPointer { writeAll(descriptor, $0) }
    output.removeAll(keepingCapacity: true)
    let stream = ReplicaStream(descriptor: descriptor)
    replica = stream
    store.replicas.withLock { $0.append(stream) }
  }

  private mutating func replyInfo() {
    let text = """
      # Replication\r
      role:master\r
      connected_slaves:\(store.replicas.withLock { $0.count })\r
      master_repl_offset:\(store.offset.load(ordering: .relaxed))\r
      # Stats\r
      total_commands_processed:\(store.commands.load(ordering: .relaxed))\r\n
      """
    reply("$\(text.utf8.count)\r\n\(text)\r\n")
  }

  private mutating func reply(_ text: String) { output.append(contentsOf: text.utf8) }
}

final class SessionBox: Sendable {
  let descriptor: Int32
  let store: Store
  init(descriptor: Int32, store: Store) {
    self.descriptor = descriptor
    self.store = store
  }
}

func startSession(_ descriptor: Int32, _ store: Store) {
  var thread = pthread_t()
  let box = Unmanaged.passRetained(SessionBox(descriptor: descriptor, store: store))
  let result = pthread_create(
    &thread, nil,
    { argument in
      let box = Unmanaged<SessionBox>.fromOpaque(argument!).takeRetainedValue()
      var session = Session(descriptor: box.descriptor, store: box.store)
      session.run()
      return nil
    }, box.toOpaque())
  guard result == 0 else {
    close(descriptor)
    return box.release()
  }
  pthread_detach(thread)
}

func listen(port: UInt16) -> Int32 {
  let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  var on: Int32 = 1
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = port.bigEndian
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  let bound = withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
  }
  guard bound == 0, Glibc.listen(listener, 511) == 0 else {
    perror("seed-baseline")
    exit(1)
  }
  return listener
}

// Usage: seed-baseline --port PORT (other options are accepted and ignored).
let arguments = CommandLine.arguments
let port = arguments.firstIndex(of: "--port").flatMap { UInt16(arguments[$0 + 1]) } ?? 6379
let listener = listen(port: port)
let store = Store()
while true {
  let client = accept(listener, nil, nil)
  guard client >= 0 else { continue }
  var on: Int32 = 1
  setsockopt(client, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
  startSession(client, store)
}
