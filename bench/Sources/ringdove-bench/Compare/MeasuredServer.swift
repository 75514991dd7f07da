internal import BenchKit

/// A server that takes part in the comparison.
struct Contender: Sendable {
  enum Flavour { case redisLike, baseline }

  var name: String
  var path: String
  var flavour = Flavour.redisLike
  var extraArguments: [String] = []
}

/// A freshly started server, alone on its core.
final class MeasuredServer {
  let contender: Contender
  let port: Int
  let process: ChildProcess
  /// From the start of the program to its first +PONG.
  let startMilliseconds: Double
  private var client: QueryClient?

  var endpoint: Endpoint { .tcp(host: "127.0.0.1", port: port) }
  var name: String { contender.name }

  /// - Throws: `BenchError` where it does not answer PING within ten seconds.
  init(_ contender: Contender, _ layout: CoreLayout, directory: String, arguments: [String] = []) throws {
    self.contender = contender
    port = freePort()
    var words = ["--port", String(port)]
    if contender.flavour == .redisLike {
      words += ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", directory]
      words += arguments + contender.extraArguments
    }
    let output = "\(directory)/\(contender.name).log"
    // The child takes the cores of the thread that starts it.
    pinToCores([layout.serverCore])
    let begin = monotonicNanoseconds()
    defer { pinToCores(layout.clientCores) }
    process = try ChildProcess(contender.path, words, outputPath: output)
    pinToCores(layout.clientCores)
    let endpoint = Endpoint.tcp(host: "127.0.0.1", port: port)
    var answered: QueryClient?
    while answered == nil {
      if let attempt = try? QueryClient(endpoint), (try? attempt.ask("PING")) == "PONG" {
        answered = attempt
        break
      }
      guard process.isRunning, monotonicNanoseconds() - begin < 10_000_000_000 else {
        process.terminate()
        throw BenchError("\(contender.name) does not answer:\n\(readSystemFile(output) ?? "")")
      }
      sleepSeconds(0.0002)
    }
    startMilliseconds = Double(monotonicNanoseconds() - begin) / 1e6
    // Between looking for a free port and listening on it, another program may have taken it.
    if contender.flavour == .redisLike, let other = try answered?.info()["process_id"],
      other != String(process.identifier)
    {
      process.terminate()
      throw BenchError("\(contender.name): another server answers on port \(port)")
    }
    client = answered
  }

  func info() throws -> [String: String] { try client?.info() ?? [:] }

  /// How often it has called io_uring_enter, where it counts that (INFO field `ring_enters`).
  func ringEnters() throws -> Double? { try info()["ring_enters"].flatMap { Double($0) } }

  func stop() {
    client = nil
    process.terminate()
  }
}

/// Who runs where.
struct CoreLayout: Sendable {
  var serverCore: Int
  var clientCores: [Int]

  /// The first core for the server, the others for the clients.
  static func current() -> CoreLayout {
    let cores = availableCores()
    return CoreLayout(serverCore: cores[0], clientCores: cores.count > 1 ? Array(cores.dropFirst()) : cores)
  }
}
