import Foundation

/// A server program that tests can start.
struct Program: Sendable, Equatable {
  let path: String

  /// `RINGDOVE_BINARY`, else the release build, else the debug build. `RINGDOVE_BINARY=redis-server` checks the tests
  /// themselves against the reference.
  static let underTest: Program = {
    let given = ProcessInfo.processInfo.environment["RINGDOVE_BINARY"] ?? ""
    if !given.isEmpty { return Program(path: found(given) ?? given) }
    let builds = ["release", "debug"].map { packageRoot + "/.build/\($0)/ringdove" }
    return Program(path: builds.first { access($0, X_OK) == 0 } ?? builds[0])
  }()

  /// The real redis-server, as Debian ships it.
  static let redis = Program(path: found("redis-server") ?? "/usr/bin/redis-server")

  /// The real redis-sentinel.
  static let sentinel = Program(path: found("redis-sentinel") ?? "/usr/bin/redis-sentinel")

  /// Whether the reference itself stands where Ringdove should: what only Ringdove does is not asked then.
  static let isReferenceUnderTest = underTest.path.hasSuffix("redis-server")

  /// Long scenes at full length (`RINGDOVE_FULL=1`).
  static let isFullRun = ProcessInfo.processInfo.environment["RINGDOVE_FULL"] != nil

  static let packageRoot: String = {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { url.deleteLastPathComponent() }
    return url.path
  }()

  private static func found(_ name: String) -> String? {
    if name.contains("/") { return access(name, X_OK) == 0 ? name : nil }
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
    return folders.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
  }
}

/// What went wrong outside an expectation: the server did not start, a reply did not come.
struct HarnessError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// Lets this process hold as many descriptors as it may. The limit is then the hard one.
let descriptorLimit: Int = {
  var limit = rlimit()
  getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  limit.rlim_cur = limit.rlim_max
  setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  return Int(limit.rlim_cur)
}()
