// swift-tools-version: 6.2
import PackageDescription

/// Settings of every Swift target: language mode 6, strict memory safety, and no warning left standing.
let houseRules: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableExperimentalFeature("Lifetimes"),
]

let package = Package(
  name: "ringdove",
  products: [.executable(name: "ringdove", targets: ["ringdove"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2")
  ],
  targets: [
    .target(name: "CURing", linkerSettings: [.linkedLibrary("uring"), .linkedLibrary("jemalloc")]),
    .systemLibrary(name: "CLZF", pkgConfig: "liblzf", providers: [.apt(["liblzf-dev"])]),
    .systemLibrary(name: "CXXHash", pkgConfig: "libxxhash", providers: [.apt(["libxxhash-dev"])]),
    .target(name: "CHardware"),
    .target(name: "Engine", dependencies: ["CHardware", "CLZF", "CXXHash"], swiftSettings: houseRules),
    .target(
      name: "Server",
      dependencies: ["Engine", "CURing", .product(name: "Logging", package: "swift-log")],
      swiftSettings: houseRules),
    .executableTarget(name: "ringdove", dependencies: ["Engine", "Server"], swiftSettings: houseRules),
    .executableTarget(
      name: "engine-benchmark", dependencies: ["Engine"], path: "Tests/EngineBenchmark",
      swiftSettings: [.swiftLanguageMode(.v6)]),
    .executableTarget(
      name: "differential", path: "Tests/Compatibility/Differential", swiftSettings: [.swiftLanguageMode(.v6)]),
    .testTarget(name: "EngineTests", dependencies: ["Engine"], swiftSettings: [.swiftLanguageMode(.v6)]),
    .testTarget(
      name: "ServerTests", dependencies: ["Engine", "Server", "CURing"], swiftSettings: [.swiftLanguageMode(.v6)]),
    .testTarget(name: "TidyTests", swiftSettings: [.swiftLanguageMode(.v6)]),
  ]
)
