/// The commands of the group `string`.
enum StringCommands {
  static let list: [any Command.Type] = [Get.self, SetKey.self]
}
