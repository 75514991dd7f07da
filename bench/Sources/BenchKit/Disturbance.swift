internal import Glibc

/// How much of the machine other programs use while something is measured. On a shared machine it tells which
/// figures to trust: CPU per command suffers a little, throughput and latency at once.
public struct DisturbanceMeter {
  private let begin = Self.sample()

  public init() {}

  /// The share of all cores' time, 0 to 1, that neither this program nor its ended children used since the start.
  public var share: Double {
    let end = Self.sample()
    let all = end.all - begin.all
    return all > 0 ? max(0, (end.busy - begin.busy) - (end.own - begin.own)) / all : 0
  }

  /// Seconds of all cores, of busy cores, and of this program with its children.
  private static func sample() -> (all: Double, busy: Double, own: Double) {
    let line = readSystemFile("/proc/stat")?.split(separator: "\n").first ?? ""
    // user nice system idle iowait irq softirq steal; guest time is in user already.
    let fields = line.split(separator: " ").dropFirst().prefix(8).map {
      (Double($0) ?? 0) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
    guard fields.count == 8 else { return (0, 0, 0) }
    let all = fields.reduce(0, +)
    return (
      all, all - fields[3] - fields[4],
      used(__rusage_who_t(RUSAGE_SELF.rawValue)) + used(__rusage_who_t(RUSAGE_CHILDREN.rawValue))
    )
  }

  private static func used(_ who: __rusage_who_t) -> Double {
    var usage = rusage()
    getrusage(who, &usage)
    return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
      + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
  }
}
