// swift-tools-version: 6.2
import PackageDescription

// A package of its own: what it depends on never reaches the product.
let houseRules: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
  name: "ringdove-bench",
  products: [
    .executable(name: "ringdove-bench", targets: ["ringdove-bench"]),
    .executable(name: "seed-baseline", targets: ["seed-baseline"]),
  ],
  dependencies: [
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0")
  ],
  targets: [
    .target(name: "CLinux"),
    .target(
      name: "BenchKit",
      dependencies: ["CLinux", .product(name: "Histogram", package: "hdrhistogram-swift")],
      swiftSettings: houseRules),
    .executableTarget(
      name: "ringdove-bench",
      dependencies: ["BenchKit"],
      resources: [.embedInCode("Compare/page.html")],
      swiftSettings: houseRules),
    .executableTarget(name: "seed-baseline", swiftSettings: houseRules),
    .testTarget(name: "BenchKitTests", dependencies: ["BenchKit"], swiftSettings: [.swiftLanguageMode(.v6)]),
  ]
)
