// Client-side caching, as clients switch it on and off and ask about it.

/// Switches tracking of the keys that the session reads.
enum ClientTracking: Command {
  static let spec = CommandSpec(
    "tracking", of: "client", since: "6.0.0", group: .connection, arity: .atLeast(3),
    flags: [.noScript, .loading, .stale], categories: .connection,
    complexity: "O(1). Some options may introduce additional complexity.",
    summary: "Switches the server's part in client-side caching.",
    syntax: """
      <ON | OFF> [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]
      """)

  private struct Options {
    var tracking = Tracking()
    var broadcasts = false
    var optIn = false
    var optOut = false
  }

  static func execute(_ call: inout Call) throws(CommandError) {
    var options = try parse(&call)
    if call.arguments[2].equalsIgnoringCase("off") {
      call.endTracking(call.session)
      return call.reply.ok()
    }
    guard call.arguments[2].equalsIgnoringCase("on") else { throw .syntax }
    try check(options, call)
    if options.broadcasts {
      try checkPrefixes(options.tracking.prefixes, known: call.sessions[call.session].tracking?.prefixes ?? [])
      if options.tracking.prefixes.isEmpty { options.tracking.prefixes = [[]] }
    }
    options.tracking.choice = options.optIn ? .optIn : options.optOut ? .optOut : .all
    call.track(call.session, options.tracking, broadcasts: options.broadcasts)
    call.reply.ok()
  }

  private static func parse(_ call: inout Call) throws(CommandError) -> Options {
    var options = Options()
    var index = 3
    while index < call.arguments.count {
      let word = call.arguments[index]
      let hasMore = index + 1 < call.arguments.count
      if word.equalsIgnoringCase("redirect"), hasMore {
        index += 1
        guard options.tracking.redirection == nil else {
          throw .text("ERR A client can only redirect to a single other client")
        }
        options.tracking.redirection = try redirection(call, index)
      } else if word.equalsIgnoringCase("prefix"), hasMore {
        index += 1
        options.tracking.prefixes.append(call.arguments[index].array)
      } else if word.equalsIgnoringCase("bcast") {
        options.broadcasts = true
      } else if word.equalsIgnoringCase("optin") {
        options.optIn = true
      } else if word.equalsIgnoringCase("optout") {
        options.optOut = true
      } else if word.equalsIgnoringCase("noloop") {
        options.tracking.ignoresOwnChanges = true
      } else {
        throw .syntax
      }
      index += 1
    }
    return options
  }

  private static func redirection(
    _ call: borrowing Call, _ index: Int
  ) throws(CommandError) -> (handle: SessionHandle, id: UInt64) {
    guard let id = call.arguments[index].parseInt64() else { throw .notInteger }
    guard id > 0, let handle = call.sessions.handle(id: UInt64(id)) else {
      throw .text("ERR The client ID you want redirect to does not exist")
    }
    return (handle, UInt64(id))
  }

  /// Which options go together, and with what the session has now.
  private static func check(_ options: Options, _ call: borrowing Call) throws(CommandError) {
    if !options.broadcasts, !options.tracking.prefixes.isEmpty {
      throw .text("ERR PREFIX option requires BCAST mode to be enabled")
    }
    let flags = call.sessions[call.session].flags
    if flags.contains(.tracking), flags.contains(.trackingBroadcast) != options.broadcasts {
      throw .text(
        "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode."
      )
    }
    if options.broadcasts, options.optIn || options.optOut {
      throw .text("ERR OPTIN and OPTOUT are not compatible with BCAST")
    }
    if options.optIn, options.optOut {
      throw .text("ERR You can't specify both OPTIN mode and OPTOUT mode")
    }
    let choice = call.sessions[call.session].tracking?.choice ?? .all
    if (options.optIn && choice == .optOut) || (options.optOut && choice == .optIn) {
      throw .text(
        "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode."
      )
    }
  }

  /// No key may begin with two of a session's prefixes.
  private static func checkPrefixes(_ prefixes: [[UInt8]], known: [[UInt8]]) throws(CommandError) {
    for (index, prefix) in prefixes.enumerated() {
      if let other = known.first(where: { overlap($0, prefix) }) {
        throw collision(prefix, "an existing prefix", other)
      }
      if let other = prefixes[(index + 1)...].first(where: { overlap($0, prefix) }) {
        throw collision(prefix, "another provided prefix", other)
      }
    }
  }

  private static func overlap(_ first: [UInt8], _ second: [UInt8]) -> Bool {
    first.starts(with: second) || second.starts(with: first)
  }

  private static func collision(_ prefix: [UInt8], _ whose: String, _ other: [UInt8]) -> CommandError {
    .composed(
      """
      ERR Prefix '\(String(decoding: prefix, as: UTF8.self))' overlaps with \(whose) \
      '\(String(decoding: other, as: UTF8.self))'. Prefixes for a single client must not overlap.
      """)
  }
}

/// Whether the next command's keys are tracked.
enum ClientCaching: Command {
  static let spec = CommandSpec(
    "caching", of: "client", since: "6.0.0", group: .connection, arity: .exactly(3),
    flags: [.noScript, .loading, .stale], categories: .connection,
    summary: "Chooses whether the next command's keys are tracked.", syntax: "<YES | NO>")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let tracking = call.sessions[call.session].tracking else {
      throw .text(
        "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled")
    }
    if call.arguments[2].equalsIgnoringCase("yes") {
      guard tracking.choice == .optIn else {
        throw .text("ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.")
      }
    } else if call.arguments[2].equalsIgnoringCase("no") {
      guard tracking.choice == .optOut else {
        throw .text("ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.")
      }
    } else {
      throw .syntax
    }
    call.sessions[call.session].flags.insert(.announcedCaching)
    call.reply.ok()
  }
}

/// Answers the number of the session that tracking messages go to: 0 for this one, -1 without tracking.
enum ClientGetRedirection: Command {
  static let spec = CommandSpec(
    "getredir", of: "client", since: "6.0.0", group: .connection, arity: .exactly(2),
    flags: [.noScript, .loading, .stale], categories: .connection,
    summary: "Returns the number of the client that tracking messages go to.")

  static func execute(_ call: inout Call) throws(CommandError) {
    call.reply.integer(call.trackingRedirection(call.session))
  }
}

/// Answers how the session's reads are tracked.
enum ClientTrackingInfo: Command {
  static let spec = CommandSpec(
    "trackinginfo", of: "client", since: "6.2.0", group: .connection, arity: .exactly(2),
    flags: [.noScript, .loading, .stale], categories: .connection,
    summary: "Describes the connection's tracking of keys.")

  static func execute(_ call: inout Call) throws(CommandError) {
    let words = flags(call)
    call.reply.map(3)
    call.reply.bulk("flags")
    call.reply.set(words.count)
    for word in words { call.reply.bulk(word) }
    call.reply.bulk("redirect")
    call.reply.integer(call.trackingRedirection(call.session))
    call.reply.bulk("prefixes")
    let prefixes = call.sessions[call.session].tracking?.prefixes ?? []
    call.reply.array(prefixes.count)
    for prefix in prefixes { call.reply.bulk(prefix) }
  }

  private static func flags(_ call: borrowing Call) -> [StaticString] {
    guard let tracking = call.sessions[call.session].tracking else { return ["off"] }
    let flags = call.sessions[call.session].flags
    var words: [StaticString] = ["on"]
    if flags.contains(.trackingBroadcast) { words.append("bcast") }
    if tracking.choice != .all { words.append(tracking.choice == .optIn ? "optin" : "optout") }
    if flags.contains(.announcedCaching) {
      words.append(tracking.choice == .optIn ? "caching-yes" : "caching-no")
    }
    if tracking.ignoresOwnChanges { words.append("noloop") }
    if flags.contains(.trackingBroken) { words.append("broken_redirect") }
    return words
  }
}

extension Call {
  /// The number of the session that tracking messages go to: 0 for the tracked one, -1 without tracking.
  func trackingRedirection(_ handle: SessionHandle) -> Int64 {
    guard let tracking = sessions[handle].tracking else { return -1 }
    return Int64(tracking.redirection?.id ?? 0)
  }
}
