extension Directive {
  /// Security: passwords and dangerous commands.
  static let security: [Directive] = [
    .secret("requirepass", \.requirepass, traits: [.sensitive], "Password of the default user; empty asks for none."),
    .text(
      "aclfile", \.aclfile, traits: [.immutable], support: .inertOnly(), "File that holds the access control list."),
    .integer(
      "acllog-max-len", \.acllogMaxLen, 0...Limit.int64, support: .withoutEffect,
      "Entries kept in the log of refused access."),
    .choice("acl-pubsub-default", \.aclPubsubDefault, support: .withoutEffect, "Channels a new user may use."),
    .choice(
      "enable-protected-configs", \.enableProtectedConfigs, traits: [.immutable],
      "Who may set protected directives at run time."),
    .choice("enable-debug-command", \.enableDebugCommand, traits: [.immutable], "Who may use DEBUG."),
    .choice("enable-module-command", \.enableModuleCommand, traits: [.immutable], "Who may use MODULE."),
    .choice(
      "sanitize-dump-payload", \.sanitizeDumpPayload,
      "Whether values of snapshots are searched for elements that are there twice; those of RESTORE always are."),
  ]
}
