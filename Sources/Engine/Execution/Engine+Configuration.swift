extension Engine {
  /// Answers the client whose CONFIG REWRITE the host has carried out.
  mutating func answerRewrite(_ handle: SessionHandle, _ failure: String?) {
    if let failure { call.logLine(.warning, "CONFIG REWRITE failed: \(failure)") }
    if failure == nil { call.logLine(.notice, "CONFIG REWRITE executed with success.") }
    guard call.sessions.contains(handle) else { return }
    call.sessions.setBlocked(handle, false)
    call.write(to: handle) { reply in
      if let failure { reply.error("ERR Rewriting config file: \(failure)") } else { reply.ok() }
    }
    countErrors()
    call.cause(.resume(handle))
  }

  /// Answers the client whose CONFIG SET had the host listen elsewhere. Where it cannot, everything that the command
  /// set is as it was.
  mutating func answerRebinding(_ number: Int, _ succeeded: Bool) {
    guard let index = call.rebindings.firstIndex(where: { $0.number == number }) else { return }
    let change = call.rebindings.remove(at: index)
    if !succeeded {
      call.configuration = change.previous
      call.configurationChanged(change.names)
    }
    call.resumePostponed()
    guard call.sessions.contains(change.session) else { return }
    call.sessions.setBlocked(change.session, false)
    call.write(to: change.session) { reply in
      if succeeded { return reply.ok() }
      let (name, reason) =
        change.names.contains("port")
        ? ("port", "Unable to listen on this port. Check server logs.")
        : ("bind", "Failed to bind to specified addresses.")
      reply.error(ConfigurationSetError.refused(name.utf8, reason).text)
    }
    countErrors()
    call.cause(.resume(change.session))
  }
}
