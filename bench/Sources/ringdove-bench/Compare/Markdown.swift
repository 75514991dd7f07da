/// The comparison as tables in Markdown.
struct Markdown {
  let comparison: Comparison

  var text: String {
    var lines = [
      "# Ringdove beside redis-server", "",
      "\(comparison.date), \(comparison.machine.processor), \(comparison.machine.cores) cores, "
        + "Linux \(comparison.machine.kernel). Server on core \(comparison.machine.serverCore), clients on "
        + "\(comparison.machine.clientCores.map(String.init).joined(separator: ", ")). "
        + "Medians of \(comparison.rounds) alternating rounds (\(comparison.mode)).", "",
      "`\(comparison.commandLine)`", "",
      comparison.servers.map { "\($0.name): \($0.version)" }.joined(separator: "; "), "",
    ]
    if !comparison.checks.isEmpty { lines += score }
    for section in sectionNames { lines += table(section) }
    if !comparison.notes.isEmpty { lines += ["", "Remarks:", ""] + comparison.notes.map { "- \($0)" } }
    return lines.joined(separator: "\n") + "\n"
  }

  private var score: [String] {
    ["## Targets", "", "| target | what | found | limit | met | |", "| --- | --- | ---: | ---: | --- | --- |"]
      + comparison.checks.map { check in
        "| \(check.target) | \(check.what) | \(number(check.value)) \(check.unit) "
          + "| \(check.atMost ? "≤" : "≥") \(number(check.limit)) | \(check.isMet ? "yes" : "**no**") | \(check.detail) |"
      } + [""]
  }

  private var sectionNames: [String] {
    var names: [String] = []
    for measurement in comparison.measurements where !names.contains(measurement.subject.section) {
      names.append(measurement.subject.section)
    }
    return names
  }

  private func table(_ section: String) -> [String] {
    let own = comparison.measurements.filter { $0.subject.section == section }
    let servers = comparison.servers.map(\.name).filter { name in own.contains { $0.server == name } }
    var subjects: [Measurement.Subject] = []
    for measurement in own where !subjects.contains(measurement.subject) { subjects.append(measurement.subject) }
    var lines = ["## \(section)", "", "| what | metric | " + servers.joined(separator: " | ") + " |"]
    lines.append("| --- | --- |" + String(repeating: " ---: |", count: servers.count))
    for subject in subjects {
      let cells = servers.map { server in
        own.first { $0.server == server && $0.subject == subject }.map { number($0.median) } ?? ""
      }
      lines.append("| \(label(subject)) | \(subject.metric), \(subject.unit) | \(cells.joined(separator: " | ")) |")
    }
    return lines + [""]
  }

  private func label(_ subject: Measurement.Subject) -> String {
    var parts = [subject.workload]
    if let clients = subject.clients { parts.append("\(clients) clients") }
    if let pipeline = subject.pipeline, pipeline > 1 { parts.append("pipeline \(pipeline)") }
    if let replicas = subject.replicas { parts.append("\(replicas) replicas") }
    if let rate = subject.rate { parts.append("\(number(rate))/s due") }
    if subject.tool == "redis-benchmark" { parts.append("redis-benchmark") }
    return parts.joined(separator: ", ")
  }
}
