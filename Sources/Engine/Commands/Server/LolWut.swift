/// Draws a dove, and says the version.
enum LolWut: Command {
  static let spec = CommandSpec(
    "lolwut", since: "5.0.0", group: .server, arity: .atLeast(1), flags: [.readOnly, .fast], complexity: "O(1)",
    summary: "Draws something, and says the version.", syntax: "[VERSION version]")

  private static let dove = """
              .--.
             / o  \\__
       ____ |      __>      .-----.
      \\    `\\     /       (  (   )  )
       `-.__ `---'  )       `-----'
            `-.___.-'    coo, coo, completion
              _|_|_

    """

  static func execute(_ call: inout Call) throws(CommandError) {
    if call.arguments.count >= 3, call.arguments[1].equalsIgnoringCase("version") {
      guard call.arguments[2].parseInt64() != nil else { throw .notInteger }
    }
    call.reply.verbatim(dove + "\nRedis ver. \(Version.redis)\n")
  }
}
