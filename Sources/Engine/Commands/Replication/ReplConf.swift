/// What a replica tells its primary about itself, and how far it is; and the primary's question for that.
enum ReplConf: Command {
  static let spec = CommandSpec(
    "replconf", since: "3.0.0", group: .server, arity: .atLeast(1),
    flags: [.admin, .noScript, .loading, .stale, .allowBusy],
    summary: "Configures the replication stream. Internal.")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard call.arguments.count % 2 == 1 else { throw .syntax }
    var index = 1
    while index < call.arguments.count {
      let answers = try configure(&call, index)
      guard answers else { return }
      index += 2
    }
    call.reply.ok()
  }

  /// - Returns: false where the option is one that gets no answer, and nothing after it counts.
  private static func configure(_ call: inout Call, _ index: Int) throws(CommandError) -> Bool {
    let option = call.arguments[index]
    let value = call.arguments[index + 1]
    if option.equalsIgnoringCase("ack") {
      acknowledge(&call, value, index + 2)
      return false
    }
    if option.equalsIgnoringCase("getack") {
      if call.isFromPrimary { call.acknowledgeToPrimary() }
      return false
    }
    if call.sessions[call.session].replica == nil { call.sessions[call.session].replica = ReplicaState() }
    if option.equalsIgnoringCase("listening-port") {
      guard let port = value.parseInt64(), let port = Int(exactly: port) else { throw .notInteger }
      call.sessions[call.session].replica?.listeningPort = port
    } else if option.equalsIgnoringCase("ip-address") {
      guard value.count <= 46 else {
        throw .composed("ERR REPLCONF ip-address provided by replica instance is too long: \(value.count) bytes")
      }
      call.sessions[call.session].replica?.announcedAddress = value.array
    } else if option.equalsIgnoringCase("capa") {
      // What is not known here is ignored, as the protocol has it.
      if value.equalsIgnoringCase("eof") { call.sessions[call.session].replica?.acceptsEndMark = true }
      if value.equalsIgnoringCase("psync2") { call.sessions[call.session].replica?.acceptsPartialResync = true }
    } else if option.equalsIgnoringCase("rdb-only") {
      guard let flag = value.parseInt64() else { throw .notInteger }
      guard flag == 0 || flag == 1 else { throw .text("ERR value is out of range, value must between 0 and 1") }
      call.sessions[call.session].replica?.wantsSnapshotOnly = flag == 1
    } else if option.equalsIgnoringCase("rdb-filter-only") {
      // An empty filter asks for nothing but the frame; there are no functions to send either.
      guard let filters = WordSplitter.words(of: value) else { throw .text("ERR Missing rdb-filter-only values") }
      for filter in filters {
        let isKnown = filter.withBytes { $0.equalsIgnoringCase("functions") }
        guard isKnown else {
          throw .composed("ERR Unsupported rdb-filter-only option: \(String(decoding: filter, as: UTF8.self))")
        }
      }
      call.sessions[call.session].replica?.wantsNoKeys = true
    } else {
      throw .composed("ERR Unrecognized REPLCONF option: \(option.text)")
    }
    return true
  }

  private static func acknowledge(_ call: inout Call, _ value: Bytes, _ next: Int) {
    guard call.sessions[call.session].flags.contains(.replica), let offset = value.parseInt64() else { return }
    let known = call.sessions[call.session].replica?.acknowledgedOffset ?? 0
    call.sessions[call.session].replica?.acknowledgedOffset = max(offset, known)
    call.sessions[call.session].replica?.acknowledgedAt = call.now.monotonicMicroseconds
    if call.sessions[call.session].replica?.stage == .online {
      call.sessions[call.session].replica?.awaitsAcknowledgement = false
      call.followSnapshot(call.session)
    }
    // What its disk has, where it keeps a file (Redis 7.2).
    if next + 1 < call.arguments.count, call.arguments[next].equalsIgnoringCase("fack"),
      let synced = call.arguments[next + 1].parseInt64()
    {
      let known = call.sessions[call.session].replica?.syncedOffset ?? 0
      call.sessions[call.session].replica?.syncedOffset = max(synced, known)
    }
    call.replication.hasAcknowledgements = true
  }
}
