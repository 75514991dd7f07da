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
}
