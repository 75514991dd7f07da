/// Ends the server.
enum Shutdown: Command {
  static let spec = CommandSpec(
    "shutdown", since: "1.0.0", group: .server, arity: .atLeast(1),
    flags: [.admin, .noScript, .loading, .stale, .noMulti, .allowBusy],
    complexity:
      "O(N) when saving, where N is the total number of keys in all databases when saving data, otherwise O(1)",
    summary: "Ends the server.", syntax: "[NOSAVE | SAVE] [NOW] [FORCE] [ABORT]",
    history: [("7.0.0", "Added the `NOW`, `FORCE` and `ABORT` modifiers.")])

  static func execute(_ call: inout Call) throws(CommandError) {
    var options: ShutdownOptions = []
    var aborts = false
    for index in 1..<call.arguments.count {
      let option = call.arguments[index]
      if option.equalsIgnoringCase("nosave") {
        options.insert(.nosave)
      } else if option.equalsIgnoringCase("save") {
        options.insert(.save)
      } else if option.equalsIgnoringCase("now") {
        options.insert(.now)
      } else if option.equalsIgnoringCase("force") {
        options.insert(.force)
      } else if option.equalsIgnoringCase("abort") {
        aborts = true
      } else {
        throw .syntax
      }
    }
    guard !options.isSuperset(of: [.save, .nosave]), !aborts || options.isEmpty else { throw .syntax }
    if aborts {
      guard call.abortShutdown() else { throw .text("ERR No shutdown in progress.") }
      return call.reply.ok()
    }
    call.beginShutdown(options, asker: call.session)
  }
}
