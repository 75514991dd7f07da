import Foundation

/// Starts a program with nothing to read and its output appended to a file. Nothing else is inherited: every
/// descriptor of the tests is close-on-exec, or held under `Sockets.inheritanceLock`.
func spawn(_ arguments: [String], outputPath: String) throws -> pid_t {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
  posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT | O_APPEND, 0o644)
  posix_spawn_file_actions_adddup2(&actions, 1, 2)
  let raw = arguments.map { strdup($0) } + [nil]
  defer { for pointer in raw { free(pointer) } }
  Reaper.prepare()
  var pid = pid_t()
  // Worker threads of this process block signals, and a child would inherit that.
  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  var none = sigset_t()
  sigemptyset(&none)
  posix_spawnattr_setsigmask(&attributes, &none)
  posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
  let status = Sockets.inheritanceLock.withLock {
    posix_spawnp(&pid, arguments[0], &actions, &attributes, raw, environ)
  }
  guard status == 0 else { throw HarnessError("cannot start \(arguments[0]): \(String(cString: strerror(status)))") }
  Reaper.watch(pid)
  return pid
}

/// Runs a program to its end, killing it after a minute, and returns what it printed.
func output(of program: String, _ arguments: String...) throws -> String {
  let path = NSTemporaryDirectory() + "ringdove-output-\(UUID().uuidString)"
  defer { try? FileManager.default.removeItem(atPath: path) }
  let pid = try spawn([program] + arguments, outputPath: path)
  defer { Reaper.forget(pid) }
  let deadline = Date() + 60
  var status: Int32 = 0
  while waitpid(pid, &status, WNOHANG) == 0 {
    usleep(5000)
    guard Date() < deadline else {
      kill(pid, SIGKILL)
      waitpid(pid, &status, 0)
      throw HarnessError("\(program) did not end within a minute")
    }
  }
  return String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
}
