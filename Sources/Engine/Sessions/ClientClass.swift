/// The classes of clients that have limits of their own, and that CLIENT LIST and KILL tell apart.
enum ClientClass: BitwiseCopyable {
  /// Everybody else, monitors included.
  case normal
  case replica
  /// Subscribed to channels or patterns.
  case pubsub
  /// The link to this server's primary.
  case primary

  /// The class of that name, in any case of letters.
  init?(_ name: Bytes) {
    if name.equalsIgnoringCase("normal") {
      self = .normal
    } else if name.equalsIgnoringCase("slave") || name.equalsIgnoringCase("replica") {
      self = .replica
    } else if name.equalsIgnoringCase("pubsub") {
      self = .pubsub
    } else if name.equalsIgnoringCase("master") {
      self = .primary
    } else {
      return nil
    }
  }
}
