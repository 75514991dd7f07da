/// Hearing signals.
extension Ring {
  /// Reads the next signal; completes when one arrives. Submitted again after each.
  mutating func awaitSignal(_ source: borrowing SignalSource) {
    // The source outlives the ring, as its documentation demands.
    unsafe read(source.descriptor, source.buffer, offset: 0, Token(.signal))
  }
}
