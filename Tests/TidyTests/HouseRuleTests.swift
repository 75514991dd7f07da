import Foundation
import Testing

/// Rules of the house that the compiler does not hold.
@Suite struct HouseRuleTests {
  static let sources = SourceTree.files(below: "Sources")
  static let all = sources + SourceTree.files(below: "Tests") + SourceTree.files(below: "bench")

  /// Where raw memory may be touched; in Engine also where the C library may be named (memcpy, malloc, math).
  static let rawMemoryRooms: [String: Set<String>] = [
    "Engine": ["Support", "Protocol", "DataTypes", "Keyspace", "Log"],
    "Server": ["System", "Ring", "Buffers"],
  ]

  private func mayTouchRawMemory(_ file: SourceFile) -> Bool {
    Self.rawMemoryRooms.contains { target, folders in folders.contains(file.folder(in: target) ?? "") }
  }

  @Test func unsafeStandsOnlyWhereItIsAllowed() {
    for file in Self.sources where !mayTouchRawMemory(file) {
      let isUnsafe = file.identifiers.contains("unsafe")
      #expect(!isUnsafe, "\(file.path) uses unsafe")
    }
  }

  @Test func engineNamesTheCLibraryOnlyForMemoryAndMathematics() {
    for file in Self.sources where file.path.hasPrefix("Sources/Engine/") && !mayTouchRawMemory(file) {
      let namesIt = file.identifiers.contains("Glibc")
      #expect(!namesIt, "\(file.path) names Glibc")
    }
  }

  @Test func nothingImportsFoundation() {
    for file in Self.sources {
      #expect(file.code.firstMatch(of: /import\s+(struct\s+)?Foundation/) == nil, "\(file.path) imports Foundation")
    }
  }

  /// Engine is a pure function of events, time and seed: it may not even name what would make it depend on a machine.
  @Test func engineNamesNoClockNoChanceNoSystemCall() {
    let forbidden: Set<String> = [
      "Musl", "Darwin", "Dispatch", "Synchronization", "CURing",
      "SystemRandomNumberGenerator", "Hasher", "ContinuousClock", "SuspendingClock", "Date", "DispatchTime",
      "clock_gettime", "gettimeofday", "clock_gettime_nsec_np", "getrandom", "arc4random", "getpid", "getenv",
      "usleep", "nanosleep", "pthread_create", "Task", "async", "await", "FileHandle",
    ]
    for file in Self.sources where file.path.hasPrefix("Sources/Engine/") {
      let named = file.identifiers.intersection(forbidden).subtracting(Self.excused[file.path] ?? [])
      #expect(named.isEmpty, "\(file.path) names \(named.sorted())")
      let prints = file.code.replacing("case print(", with: "").firstMatch(of: /(?:^|[^.\w])print\(/) != nil
      #expect(!prints, "\(file.path) prints")
      let random = file.code.firstMatch(of: /\.random\(in: [^)]*\)(?!.*using)/)
      #expect(random == nil || file.code.contains("using:"), "\(file.path) draws random numbers without a seed")
    }
  }

  /// Names that mean something else in one file.
  static let excused: [String: Set<String>] = [
    // An atomic that is never read or written: it only has an address.
    "Sources/Engine/Support/StaysInPlace.swift": ["Synchronization"]
  ]

  @Test func filesCanBeReadInOneSitting() {
    for file in Self.sources {
      let count = file.lines.count
      #expect(count <= 800, "\(file.path) has \(count) lines; 600 is the aim, 800 the end")
    }
  }

  @Test func nothingIsPutOff() {
    let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X:", "HA" + "CK"]
    for file in Self.all {
      for mark in marks {
        let isMarked = file.text.contains(mark)
        #expect(!isMarked, "\(file.path) says \(mark)")
      }
    }
  }

  @Test func namesSayWhatTheyAre() {
    for file in Self.sources {
      let name = file.path.split(separator: "/").last.map(String.init) ?? ""
      for word in ["Manager", "Helper", "Utils", "Common", "Misc"] {
        #expect(!name.contains(word), "\(file.path): nothing is called \(word)")
      }
    }
  }

  @Test func theProgramIsSmall() {
    let main = Self.sources.first { $0.path == "Sources/ringdove/main.swift" }
    #expect((main?.lines.count ?? 0) < 50)
  }
}
