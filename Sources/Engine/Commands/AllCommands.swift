/// Every command, by group; containers before their subcommands.
enum AllCommands {
  static let list: [any Command.Type] =
    BitmapCommands.list
    + ClusterCommands.list
    + ConnectionCommands.list
    + GenericCommands.list
    + HashCommands.list
    + ListCommands.list
    + HyperLogLogCommands.list
    + GeoCommands.list
    + PubSubCommands.list
    + ReplicationCommands.list
    + ServerCommands.list
    + SetCommands.list
    + SortedSetCommands.list
    + StreamCommands.list
    + StringCommands.list
    + TransactionCommands.list
}
