internal import BenchKit
internal import Glibc

@main
struct Main {
  static let usage = """
    ringdove-bench load     load a server and report rate and latency
    ringdove-bench sinks    follow a server as N replicas that drain the stream
    ringdove-bench compare  measure ringdove and redis-server side by side

    Each answers --help.
    """

  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    do {
      switch arguments.first {
      case "load": try LoadCommand.run(arguments.dropFirst())
      case "sinks": try SinksCommand.run(arguments.dropFirst())
      case "compare": try CompareCommand.run(arguments.dropFirst())
      default: print(usage)
      }
    } catch {
      note("ringdove-bench: \(error)")
      exit(1)
    }
  }
}

/// A line for the person who watches, on standard error.
func note(_ line: String) {
  let bytes = Array((line + "\n").utf8)
  _ = write(STDERR_FILENO, bytes, bytes.count)
}
