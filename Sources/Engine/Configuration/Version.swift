/// What this program says it is.
public enum Version {
  /// Ringdove's own version.
  public static let ringdove = "0.1.0"
  /// The Redis whose commands and directives are the baseline; tools read it as `redis_version`.
  public static let redis = "7.2.4"
}
