import Foundation

/// A program that runs beside a test and prints, until it ends or is ended.
final class Tool {
  private let outputPath: String
  private let pid: pid_t
  private(set) var exitStatus: Int32?

  /// - Parameter input: a file that it reads, nothing unless said otherwise.
  init(_ arguments: [String], input: String = "/dev/null") throws {
    outputPath = NSTemporaryDirectory() + "ringdove-tool-\(UUID().uuidString)"
    // Its name and arguments go through the shell unchanged, as "$@".
    pid = try spawn(["bash", "-c", "exec \"$@\" < '\(input)'", "tool"] + arguments, outputPath: outputPath)
  }

  deinit {
    end()
    unlink(outputPath)
  }

  /// What it has printed so far.
  var output: String { String(decoding: FileManager.default.contents(atPath: outputPath) ?? Data(), as: UTF8.self) }

  var isRunning: Bool {
    if exitStatus != nil { return false }
    var status: Int32 = 0
    guard waitpid(pid, &status, WNOHANG) == pid else { return true }
    exitStatus = status
    Reaper.forget(pid)
    return false
  }

  /// Waits until it ends by itself, well, and returns what it printed.
  func finish(seconds: Double = 60) throws -> String {
    try eventually("the tool ends", seconds: seconds) { !isRunning }
    guard exitStatus == 0 else { throw HarnessError("it ended with \(exitStatus ?? -1):\n\(output)") }
    return output
  }

  /// Waits until what it printed holds `text`.
  func awaitOutput(_ text: String, seconds: Double = 30) throws {
    let deadline = Date() + seconds
    while !output.contains(text) {
      guard isRunning, Date() < deadline else {
        throw HarnessError("no '\(text)' in what it printed:\n\(output.suffix(2000))")
      }
      usleep(10_000)
    }
  }

  func end() {
    guard isRunning else { return }
    kill(pid, SIGKILL)
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    exitStatus = status
    Reaper.forget(pid)
  }
}
