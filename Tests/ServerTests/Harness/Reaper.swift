import Foundation

/// Ends what tests started even if the test process itself is killed: a small shell that reads "+pid" and "-pid"
/// from a pipe, and when the pipe closes kills every pid still registered.
enum Reaper {
  private static let lock = NSLock()

  private static let pipeEnd: Int32 = {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { return -1 }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let script = """
      trap '' INT TERM HUP
      declare -A alive
      while read -r line; do
        case $line in
          +*) alive[${line#+}]=1 ;;
          -*) unset "alive[${line#-}]" ;;
        esac
      done
      [[ ${#alive[@]} -eq 0 ]] || kill -9 "${!alive[@]}"
      """
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var pid = pid_t()
    let arguments = ["bash", "-c", script]
    let raw = arguments.map { strdup($0) } + [nil]
    posix_spawn(&pid, "/bin/bash", &actions, nil, raw, environ)
    for pointer in raw { free(pointer) }
    posix_spawn_file_actions_destroy(&actions)
    close(ends[0])
    return ends[1]
  }()

  static func prepare() { _ = pipeEnd }

  static func watch(_ pid: pid_t) { tell("+\(pid)\n") }

  static func forget(_ pid: pid_t) { tell("-\(pid)\n") }

  private static func tell(_ line: String) {
    lock.withLock { _ = write(pipeEnd, line, line.utf8.count) }
  }
}
