// What a request costs within the engine: parse, step and drain, without a kernel between.
//
//     swift run -c release engine-benchmark [keys] [seconds]
//
// Prints nanoseconds for each request, by command and batch size; building the requests is not counted.
import Engine
import Glibc

func monotonicNanoseconds() -> Int64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// Pipelines of one command whose keys, twelve digits, are drawn anew for each.
struct Pipeline {
  private(set) var bytes: [UInt8] = []
  private var keyOffsets: [Int] = []

  /// - Parameter request: a request with `KKKKKKKKKKKK` where the key's digits go.
  init(_ request: String, count: Int) {
    let one = Array(request.utf8)
    for _ in 0..<count {
      for offset in 0..<one.count - 12 where one[offset] == UInt8(ascii: "K") && one[offset + 11] == UInt8(ascii: "K") {
        keyOffsets.append(bytes.count + offset)
      }
      bytes += one
    }
  }

  mutating func setKeys(_ next: () -> Int) {
    for offset in keyOffsets {
      var rest = next()
      for digit in stride(from: 11, through: 0, by: -1) {
        bytes[offset + digit] = UInt8(48 + rest % 10)
        rest /= 10
      }
    }
  }
}

struct Driver: ~Copyable {
  private var engine: Engine
  private var batch = RequestBatch()
  private var parser = RequestParser()
  private let session = SessionHandle(slot: 0, generation: 1)
  private let now = Instant(unixMicroseconds: 1_700_000_000_000_000, monotonicMicroseconds: 1)
  private(set) var bytesOut = 0

  init() {
    engine = Engine(
      configuration: Configuration(), seed: 1,
      host: HostFunctions(monotonicNanoseconds: { monotonicNanoseconds() }, sleep: { _ in }), now: now)
    engine.apply(
      .connected(session, ConnectionOrigin(peer: "", local: "", descriptor: 8, isUnixSocket: false)), now: now)
  }

  /// Runs a pipeline once.
  mutating func run(_ pipeline: [UInt8]) {
    pipeline.withUnsafeBytes { buffer in
      _ = parser.parse(
        Bytes(buffer), session: session, limits: engine.parserLimits(session), maximumRequests: .max,
        into: &batch)
      engine.step(&batch, now: now)
      batch.removeAll()
      while let waiting = engine.nextSessionWithOutput() {
        var chain = engine.takeOutput(waiting)
        bytesOut += chain.count
        engine.sent(chain.count, of: &chain, to: waiting)
      }
    }
  }
}

func measure(_ name: String, _ request: String, batch: Int, keys: Int, seconds: Double, _ driver: inout Driver) {
  var pipeline = Pipeline(request, count: batch)
  var state: UInt64 = 88_172_645_463_325_252
  func nextKey() -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state >> 1) % keys
  }
  var spent: Int64 = 0
  var requests = 0
  while Double(spent) < seconds * 1e9 {
    pipeline.setKeys(nextKey)
    let start = monotonicNanoseconds()
    driver.run(pipeline.bytes)
    spent += monotonicNanoseconds() - start
    requests += batch
  }
  print("\(name) batch \(batch): \(spent * 10 / Int64(requests) / 10) ns")
}

let keys = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 1_000_000 : 1_000_000
let seconds = CommandLine.arguments.count > 2 ? Double(CommandLine.arguments[2]) ?? 1 : 1
let only = CommandLine.arguments.count > 3 ? CommandLine.arguments[3] : ""
let get = "*2\r\n$3\r\nGET\r\n$16\r\nkey:KKKKKKKKKKKK\r\n"
let set = "*3\r\n$3\r\nSET\r\n$16\r\nkey:KKKKKKKKKKKK\r\n$32\r\n0123456789abcdef0123456789abcdef\r\n"
let incr = "*2\r\n$4\r\nINCR\r\n$16\r\nnum:KKKKKKKKKKKK\r\n"

var driver = Driver()
var next = 0
var fill = Pipeline(set, count: 64)
let fillStart = monotonicNanoseconds()
while next < keys {
  fill.setKeys {
    next += 1
    return next - 1
  }
  driver.run(fill.bytes)
}
print("fill: \((monotonicNanoseconds() - fillStart) / Int64(keys)) ns a key")
for (name, request) in [("GET", get), ("SET", set), ("INCR", incr)] where only.isEmpty || only == name {
  for batch in [1, 16, 64] {
    measure(name, request, batch: batch, keys: keys, seconds: seconds, &driver)
  }
}
