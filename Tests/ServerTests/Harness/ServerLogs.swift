import Testing

/// Adds the servers' logs to every issue that a test of the suite records.
enum ServerLogs {
  /// The yard of the running test. Issues are handled in the task that records them.
  @TaskLocal static var yard: YardBox?

  /// A yard is used by one test in one task.
  struct YardBox: @unchecked Sendable { let yard: ServerYard }
}

extension Trait where Self == IssueHandlingTrait {
  /// The last lines of each server's log, in the comments of the issue.
  static var withServerLogs: Self {
    .compactMapIssues { issue in
      // The trait works on the suite and once more on each test of it.
      guard let box = ServerLogs.yard, !issue.comments.contains(where: { $0.rawValue.hasPrefix("--- log") }) else {
        return issue
      }
      var issue = issue
      issue.comments.append(Comment(rawValue: box.yard.logTails()))
      return issue
    }
  }
}
