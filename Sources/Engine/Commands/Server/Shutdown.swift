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
    var saves = false
    var savesNot = false
    var aborts = false
    var hasModifier = false
    for index in 1..<call.arguments.count {
      let option = call.arguments[index]
      if option.equalsIgnoringCase("nosave") {
        savesNot = true
      } else if option.equalsIgnoringCase("save") {
        saves = true
      } else if option.equalsIgnoringCase("now") || option.equalsIgnoringCase("force") {
        hasModifier = true
      } else if option.equalsIgnoringCase("abort") {
        aborts = true
      } else {
        throw .syntax
      }
    }
    guard !(saves && savesNot), !(aborts && (saves || savesNot || hasModifier)) else { throw .syntax }
    if aborts {
      guard call.abortShutdown() else { throw .text("ERR No shutdown in progress.") }
      return call.reply.ok()
    }
    call.logLine(.warning, "User requested shutdown...")
    try call.beginShutdown(saves: saves ? true : savesNot ? false : nil)
  }
}
