/// A command: what is to be known of it, and what it does.
///
/// Conforming types are namespaces without values. What a command may touch it gets in the call; it does no input or
/// output, reads no clock, and leaves what it causes as data.
protocol Command: SendableMetatype {
  static var spec: CommandSpec { get }
  /// Runs the command for `call.arguments`, whose count fits the arity, and writes exactly one reply, or throws before
  /// anything was changed or written.
  static func execute(_ call: inout Call) throws(CommandError)
  /// The indices of the key arguments, where positions alone do not tell (`movableKeys`).
  static func keyIndices(_ arguments: Arguments) -> [Int]?
}

extension Command {
  static func keyIndices(_ arguments: Arguments) -> [Int]? { nil }
}
