/// The commands of the group `pubsub`.
enum PubSubCommands {
  static let list: [any Command.Type] = [
    Subscribe.self, Unsubscribe.self, PSubscribe.self, PUnsubscribe.self, SSubscribe.self, SUnsubscribe.self,
    Publish.self, SPublish.self,
    PubSubContainer.self, PubSubChannels.self, PubSubHelp.self, PubSubNumPat.self, PubSubNumSub.self,
    PubSubShardChannels.self, PubSubShardNumSub.self,
  ]
}
