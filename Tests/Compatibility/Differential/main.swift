// Random commands to this server and to a real redis-server 7.0.15, and every reply compared.
//
//     swift run -c release differential [--commands N] [--seed S] [--server PATH] [--redis PATH]
//                                       [--phase P] [--differences D]
//
// Commands come in phases of 10,000 that start from nothing, so a difference is found again by its seed and phase.
// Ends 0 only if nothing differed.
import Foundation

/// Prints at once, so that a log shows how far it came.
func say(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

func option(_ name: String, _ standard: String) -> String {
  guard let index = CommandLine.arguments.firstIndex(of: "--" + name), index + 1 < CommandLine.arguments.count else {
    return standard
  }
  return CommandLine.arguments[index + 1]
}

let limit = Int(option("commands", "1000000"))!
let seed = UInt64(option("seed", "1"))!
let onlyPhase = Int(option("phase", "-1"))!
let differenceLimit = Int(option("differences", "1"))!
let phaseLength = 10_000

func report(_ difference: Difference, _ phase: Phase, _ runner: Runner) throws {
  say("\n== DIFFERENCE: seed \(seed), phase \(phase.number), step \(difference.step), RESP\(phase.protocolVersion)")
  say("command: \(difference.command)\ncompared: \(difference.comparison)")
  say("ours:   \(difference.ours)\nredis:  \(difference.theirs)")
  let step = phase.steps[difference.step]
  let keys = Set(step.words).intersection(Values.checkedKeys)
  let before = phase.steps[..<difference.step].filter { !keys.isDisjoint(with: $0.words) && $0.count > 0 }.suffix(8)
  say("last on these keys:")
  for step in before { say("  " + step.text.prefix(600)) }
  say(
    "settings: "
      + phase.settings.map { $0.words.dropFirst(2).map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ") }
      .joined(separator: ", "))
  var shrinker = Shrinker(runner: runner, phase: phase, limitSeconds: Double(option("shrink", "20"))!)
  let steps = try shrinker.shrink(difference)
  say("shrunk to \(steps.count) steps:")
  for step in steps.suffix(30) { say("  " + step.text.prefix(2000)) }
  say("again: swift run -c release differential --seed \(seed) --phase \(phase.number)")
}

func runAll(below folder: URL) throws -> Bool {
  let ours = try TestedServer(name: "ours", binary: option("server", ".build/release/ringdove"), below: folder)
  let theirs = try TestedServer(name: "redis", binary: option("redis", "/usr/bin/redis-server"), below: folder)
  var runner = Runner(ours: ours, theirs: theirs)
  var number = max(onlyPhase, 0)
  var differences = 0
  let began = Date()
  while runner.commands < limit, differences < differenceLimit {
    let phase = Phase(number: number, seed: seed, length: phaseLength)
    try runner.prepare(phase)
    do {
      try runner.run(phase.steps, batch: 1 + Int(phase.number * 37 % 200))
    } catch let difference as Difference {
      differences += 1
      try report(difference, phase, runner)
      // What only answered otherwise is passed over from now on; with data sets that differ the phase is spent.
      if runner.reported.insert(difference.signature).inserted, !difference.command.contains("DIGEST") { continue }
    }
    if onlyPhase >= 0 { break }
    number += 1
  }
  let seconds = Date().timeIntervalSince(began)
  say(
    "seed \(seed): \(runner.commands) commands in \(number) phases, \(Int(seconds)) s, \(differences) differences; "
      + "\(runner.errors) replies were errors")
  for (name, count) in runner.accepted.sorted(by: { $0.key < $1.key }) { say("  \(count) accepted as equal: \(name)") }
  let refused = runner.met.filter { $0.value == 0 }.map { String(decoding: $0.key, as: UTF8.self) }.sorted()
  say("  \(runner.met.count) commands met; with errors only: \(refused.joined(separator: " "))")
  return differences == 0
}

for number in [SIGINT, SIGTERM, SIGHUP] {
  signal(number) { number in
    startedProcesses.withLock { for process in $0 { kill(process, SIGKILL) } }
    _exit(128 + number)
  }
}

let folder = FileManager.default.temporaryDirectory.appendingPathComponent("rd-diff-\(getpid())")
try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
var isEqual = false
do {
  isEqual = try runAll(below: folder)
} catch let failure as Failure {
  say("FAILED: \(failure.reason)")
}
try? FileManager.default.removeItem(at: folder)
exit(isEqual ? 0 : 1)
