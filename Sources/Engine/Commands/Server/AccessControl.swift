// Access control for the one user there is: `default`, who may do everything, behind `requirepass` where that is set.

/// Users and what they may do. Runs only where its subcommand is missing.
enum AccessControl: Command {
  static let spec = CommandSpec(
    "acl", since: "6.0.0", group: .server, arity: .atLeast(2), complexity: "Depends on subcommand.",
    summary: "Tells about users and what they may do; there is one, `default`.")

  static func execute(_ call: inout Call) throws(CommandError) { throw .wrongArgumentCount("acl") }
}

/// Lists the categories, or the commands of one.
enum AccessControlCat: Command {
  static let spec = CommandSpec(
    "cat", of: "acl", since: "6.0.0", group: .server, arity: .atLeast(2), flags: [.noScript, .loading, .stale],
    complexity: "O(1) since the categories and commands are a fixed set.",
    summary: "Lists the categories of commands, or the commands of one.", syntax: "[category]")

  static func execute(_ call: inout Call) throws(CommandError) {
    switch call.arguments.count {
    case 2:
      call.reply.array(CommandCategories.names.count)
      for (_, name) in CommandCategories.names { call.reply.bulk(name) }
    case 3:
      guard let category = CommandCategories.named(call.arguments[2]) else {
        throw .composed("ERR Unknown category '\(String(call.arguments[2].text.prefix(128)))'")
      }
      let names = call.catalogue.allSpecs.filter { !$0.allCategories.isDisjoint(with: category) }.map(\.fullName)
      call.reply.array(names.count)
      for name in names { call.reply.bulk(name) }
    default: throw .subcommandSyntax(call.arguments[1], of: "acl")
    }
  }
}

/// Makes a password up.
enum AccessControlGenPass: Command {
  static let spec = CommandSpec(
    "genpass", of: "acl", since: "6.0.0", group: .server, arity: .atLeast(2), flags: [.noScript, .loading, .stale],
    summary: "Makes up a password nobody can guess, as hexadecimal digits.", syntax: "[bits]")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard call.arguments.count <= 3 else { throw .subcommandSyntax(call.arguments[1], of: "acl") }
    var bits = 256
    if call.arguments.count == 3 {
      guard let wanted = call.arguments[2].parseInt64() else { throw .notInteger }
      guard 1...4096 ~= wanted else {
        throw .text(
          """
          ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096
          """)
      }
      bits = Int(wanted)
    }
    call.reply.bulk(call.unguessableDigits((bits + 3) / 4))
  }
}

/// Tells all about a user.
enum AccessControlGetUser: Command {
  static let spec = CommandSpec(
    "getuser", of: "acl", since: "6.0.0", group: .server, arity: .exactly(3),
    flags: [.admin, .noScript, .loading, .stale],
    complexity: "O(N). Where N is the number of password, command and pattern rules that the user has.",
    summary: "Tells what a user's password and permissions are.", syntax: "username",
    history: [
      ("6.2.0", "Added Pub/Sub channel patterns."),
      (
        "7.0.0",
        "Added selectors and changed the format of key and channel patterns from a list to their rule representation."
      ),
    ])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard call.arguments[2] == Bytes("default") else { return call.reply.null() }
    let digest = call.passwordDigest
    call.reply.map(6)
    call.reply.bulk("flags")
    call.reply.set(digest == nil ? 3 : 2)
    call.reply.bulk("on")
    if digest == nil { call.reply.bulk("nopass") }
    call.reply.bulk("sanitize-payload")
    call.reply.bulk("passwords")
    call.reply.array(digest == nil ? 0 : 1)
    if let digest { call.reply.bulk(digest) }
    call.reply.bulk("commands")
    call.reply.bulk("+@all")
    call.reply.bulk("keys")
    call.reply.bulk("~*")
    call.reply.bulk("channels")
    call.reply.bulk("&*")
    call.reply.bulk("selectors")
    call.reply.array(0)
  }
}

/// Lists the users as an ACL file would.
enum AccessControlList: Command {
  static let spec = CommandSpec(
    "list", of: "acl", since: "6.0.0", group: .server, arity: .exactly(2),
    flags: [.admin, .noScript, .loading, .stale],
    complexity: "O(N). Where N is the number of configured users.", summary: "Lists the users with their rules.")

  static func execute(_ call: inout Call) throws(CommandError) {
    let digest = call.passwordDigest.map { String(decoding: $0, as: UTF8.self) }
    // The order of Redis: flags, then passwords, then what may be touched.
    let password = digest.map { "sanitize-payload #\($0)" } ?? "nopass sanitize-payload"
    call.reply.array(1)
    call.reply.bulk("user default on \(password) ~* &* +@all")
  }
}

/// Lists the users' names.
enum AccessControlUsers: Command {
  static let spec = CommandSpec(
    "users", of: "acl", since: "6.0.0", group: .server, arity: .exactly(2),
    flags: [.admin, .noScript, .loading, .stale], complexity: "O(N). Where N is the number of configured users.",
    summary: "Lists the names of the users.")

  static func execute(_ call: inout Call) throws(CommandError) {
    call.reply.array(1)
    call.reply.bulk("default")
  }
}

/// Tells who the client is.
enum AccessControlWhoAmI: Command {
  static let spec = CommandSpec(
    "whoami", of: "acl", since: "6.0.0", group: .server, arity: .exactly(2), flags: [.noScript, .loading, .stale],
    summary: "Tells as which user the client has authenticated.")

  static func execute(_ call: inout Call) throws(CommandError) {
    call.reply.bulk(call.sessions[call.session].user)
  }
}

enum AccessControlHelp: Command {
  static let spec = CommandSpec(
    "help", of: "acl", since: "6.0.0", group: .server, arity: .exactly(2), flags: [.loading, .stale],
    summary: "Lists the subcommands.")

  static func execute(_ call: inout Call) throws(CommandError) { call.replyHelp() }
}

extension Call {
  /// `requirepass` as ACL shows passwords: SHA-256, in hexadecimal digits; nil where none is asked for.
  fileprivate var passwordDigest: [UInt8]? {
    configuration.requirepass.isEmpty ? nil : configuration.requirepass.withBytes { SHA256.hexadecimal($0) }
  }

  /// `count` hexadecimal digits that follow from the host's secret, and from nothing a client can see.
  fileprivate mutating func unguessableDigits(_ count: Int) -> [UInt8] {
    var digits: [UInt8] = []
    while digits.count < count {
      secretsMade += 1
      let block = facts.secret + Array("\(secretsMade)".utf8)
      digits += block.withBytes { SHA256.hexadecimal($0) }
    }
    return Array(digits.prefix(count))
  }
}
