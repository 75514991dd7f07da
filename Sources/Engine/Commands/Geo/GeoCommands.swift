/// The geo group: places, kept as members of sorted sets whose scores are geohashes.
enum GeoCommands {
  static let list: [any Command.Type] = [
    GeoAdd.self, GeoDist.self, GeoHashCommand.self, GeoPos.self, GeoRadius.self, GeoRadiusByMember.self,
    GeoRadiusByMemberReadOnly.self, GeoRadiusReadOnly.self, GeoSearch.self, GeoSearchStore.self,
  ]
}
