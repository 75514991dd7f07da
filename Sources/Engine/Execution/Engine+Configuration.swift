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

  /// Answers the client whose CONFIG SET the host had to try. Where it could not, everything that the command set is as
  /// it was.
  mutating func answerTrial(_ number: Int, _ failure: DirectiveFailure?) {
    guard let index = call.trials.firstIndex(where: { $0.number == number }) else { return }
    let change = call.trials.remove(at: index)
    if let failure {
      call.logLine(.warning, ConfigurationSetError.refused(failure.directive.utf8, failure.reason).text)
      call.configuration = change.previous
      call.configurationChanged(change.names)
    }
    call.resumePostponed()
    guard call.sessions.contains(change.session) else { return }
    call.sessions.setBlocked(change.session, false)
    call.write(to: change.session) { reply in
      guard let failure else { return reply.ok() }
      reply.error(ConfigurationSetError.refused(failure.directive.utf8, failure.reason).text)
    }
    countErrors()
    call.cause(.resume(change.session))
  }
}
