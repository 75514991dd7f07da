internal import BenchKit

/// One figure: what was measured, of which server, and the value of every round.
struct Measurement: Codable {
  /// What was measured. Two measurements with the same subject and different servers can be compared.
  struct Subject: Codable, Hashable {
    var section: String
    var workload: String
    /// `ringdove-bench` or `redis-benchmark`.
    var tool = "ringdove-bench"
    var clients: Int?
    var pipeline: Int?
    var replicas: Int?
    /// Open loop: commands a second that were due.
    var rate: Double?
    /// Such as `cpu`, `throughput`, `p99`.
    var metric: String
    var unit: String
  }

  var subject: Subject
  var server: String
  var rounds: [Double]
  var median: Double
}

/// Latency over time while something happened to a server: one round of an open loop.
struct Timeline: Codable {
  /// Something that went on meanwhile, seconds from the beginning.
  struct Mark: Codable {
    var what: String
    var from: Double
    var to: Double
  }

  var section: String
  var workload: String
  var server: String
  var marks: [Mark]
  var slices: [LatencySlice]
}

/// A line of the score: a target and how far it is met.
struct Check: Codable {
  var target: String
  var what: String
  var value: Double
  var unit: String
  var limit: Double
  /// Whether the value should stay below the limit, or reach it.
  var atMost: Bool
  var isMet: Bool
  var detail: String
}

/// Everything a run of `compare` found; the JSON file is this.
struct Comparison: Codable {
  struct Machine: Codable {
    var processor: String
    var cores: Int
    var kernel: String
    var serverCore: Int
    var clientCores: [Int]
  }

  struct Server: Codable {
    var name: String
    var version: String
  }

  var date: String
  var commandLine: String
  var mode: String
  var rounds: Int
  var seconds: Double
  var machine: Machine
  var servers: [Server]
  var measurements: [Measurement]
  var checks: [Check]
  var notes: [String]
  /// Absent in results of older runs.
  var timelines: [Timeline]?

  /// Takes over what `recorder` has collected so far, and the score that follows from it.
  mutating func take(_ recorder: Recorder) {
    measurements = recorder.measurements
    checks = Score(measurements: measurements, ours: "ringdove", theirs: "redis").checks
    notes = recorder.notes
    timelines = recorder.timelines
  }
}

/// Collects values round by round.
final class Recorder {
  private struct Key: Hashable {
    var subject: Measurement.Subject
    var server: String
  }

  private var values: [Key: [Double]] = [:]
  private var order: [Key] = []
  private(set) var notes: [String] = []
  /// Of every subject and server the last round's.
  private(set) var timelines: [Timeline] = []

  func record(_ timeline: Timeline) {
    timelines.removeAll {
      ($0.section, $0.workload, $0.server) == (timeline.section, timeline.workload, timeline.server)
    }
    timelines.append(timeline)
  }

  func record(_ value: Double, _ subject: Measurement.Subject, server: String) {
    let key = Key(subject: subject, server: server)
    if values[key] == nil { order.append(key) }
    values[key, default: []].append(value)
  }

  /// Keeps a remark once.
  func remark(_ text: String) {
    if !notes.contains(text) { notes.append(text) }
    note("    \(text)")
  }

  func latest(_ subject: Measurement.Subject, server: String) -> Double? {
    values[Key(subject: subject, server: server)]?.last
  }

  var measurements: [Measurement] {
    order.map { key in
      let rounds = values[key] ?? []
      return Measurement(subject: key.subject, server: key.server, rounds: rounds, median: middle(rounds))
    }
  }
}
