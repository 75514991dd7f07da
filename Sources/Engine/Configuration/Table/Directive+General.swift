extension Directive {
  /// General: process, logging and start-up.
  static let general: [Directive] = [
    .integer(
      "databases", \.databases, 1...Limit.int32, traits: [.immutable], "Number of databases that SELECT can name."),
    .special("dir", .directory, traits: [.protected, .deniedWhileLoading], "Working directory, where data files go."),
    .flag(
      "daemonize", \.daemonize, traits: [.immutable], support: .inertOnly(),
      "Whether to leave the terminal and run in the background."),
    .choice(
      "supervised", \.supervised, traits: [.immutable], support: .inertOnly(also: ["auto", "systemd"]),
      "Supervisor to tell about readiness."),
    .optionalText("pidfile", \.pidfile, traits: [.immutable], "File that holds the process's number while it runs."),
    .choice("loglevel", \.loglevel, "Least important log line that is written."),
    .text("logfile", \.logfile, traits: [.immutable], "Log file; empty writes to standard output."),
    .flag(
      "syslog-enabled", \.syslogEnabled, traits: [.immutable], support: .inertOnly(),
      "Whether log lines go to syslog too."),
    .text(
      "syslog-ident", \.syslogIdent, traits: [.immutable], support: .withoutEffect,
      "Name under which syslog lines appear."),
    .choice(
      "syslog-facility", \.syslogFacility, traits: [.immutable], support: .withoutEffect,
      "Syslog facility of the log lines."),
    .flag(
      "always-show-logo", \.alwaysShowLogo, traits: [.immutable], support: .withoutEffect,
      "Whether the start-up picture is printed when the output is no terminal."),
    .flag(
      "set-proc-title", \.setProcTitle, traits: [.immutable], support: .withoutEffect,
      "Whether the process changes its title."),
    .text(
      "proc-title-template", \.procTitleTemplate, validate: Directive.checkProcessTitle, support: .withoutEffect,
      "Pattern of the process's title."),
    .text(
      "locale-collate", \.localeCollate, support: .withoutEffect,
      "Locale by which text is ordered; this server always compares bytes."),
    .integer("hz", \.hz, 0...Limit.int32, "Rounds of periodic work per second, kept within 1 and 500."),
    .flag(
      "dynamic-hz", \.dynamicHz, support: .withoutEffect,
      "Whether periodic work runs more often when there are many clients."),
    .flag(
      "activerehashing", \.activerehashing, support: .withoutEffect,
      "Whether idle time is used to finish moving a growing table."),
    .integer(
      "shutdown-timeout", \.shutdownTimeout, 0...Limit.int32,
      "Seconds a shutdown waits for replicas to catch up."),
    .special(
      "shutdown-on-sigint", .shutdownOptions(\.shutdownOnSigint),
      "What SIGINT does: default, or any of save, nosave, now, force."),
    .special(
      "shutdown-on-sigterm", .shutdownOptions(\.shutdownOnSigterm),
      "What SIGTERM does: default, or any of save, nosave, now, force."),
    .flag(
      "crash-log-enabled", \.crashLogEnabled, support: .withoutEffect, "Whether a crash writes a report to the log."),
    .flag(
      "crash-memcheck-enabled", \.crashMemcheckEnabled, support: .withoutEffect,
      "Whether a crash report comes with a memory test."),
    .flag(
      "use-exit-on-panic", \.useExitOnPanic, traits: [.hidden], support: .withoutEffect,
      "Whether an internal error exits instead of aborting."),
    .flag(
      "disable-thp", \.disableThp, traits: [.immutable],
      support: .withoutEffect, "Whether transparent huge pages are turned off for the process."),
    .choice(
      "oom-score-adj", \.oomScoreAdj, support: .inertOnly(),
      "Whether the process tells the kernel how expendable it is."),
    .special(
      "oom-score-adj-values", .outOfMemoryScores, support: .withoutEffect,
      "Scores as primary, as replica and for background children."),
    .text("ignore-warnings", \.ignoreWarnings, support: .withoutEffect, "Start-up warnings not to act on."),
    .flag(
      "jemalloc-bg-thread", \.jemallocBgThread, support: .withoutEffect,
      "Whether the allocator returns memory from a thread of its own."),
    .optionalText(
      "server_cpulist", \.serverCpulist, traits: [.immutable], support: .inertOnly(),
      "Processors the server thread may use."),
    .optionalText(
      "bio_cpulist", \.bioCpulist, traits: [.immutable], support: .inertOnly(),
      "Processors that background I/O may use."),
    .optionalText(
      "aof_rewrite_cpulist", \.aofRewriteCpulist, traits: [.immutable], support: .inertOnly(),
      "Processors that an append-only file rewrite may use."),
    .optionalText(
      "bgsave_cpulist", \.bgsaveCpulist, traits: [.immutable], support: .inertOnly(),
      "Processors that a background save may use."),
    .integer(
      "io-threads", \.ioThreads, 1...128, traits: [.immutable], support: .inertOnly(),
      "Threads that do network input and output."),
    .flag(
      "io-threads-do-reads", \.ioThreadsDoReads, traits: [.immutable], support: .withoutEffect,
      "Whether those threads read and parse as well."),
    .integer(
      "watchdog-period", \.watchdogPeriod, 0...Limit.int32, traits: [.hidden], support: .withoutEffect,
      "Milliseconds after which a stuck turn is reported; 0 is off."),
  ]
}
