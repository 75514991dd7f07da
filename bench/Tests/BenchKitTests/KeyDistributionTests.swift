import Testing

@testable import BenchKit

@Suite struct KeyDistributionTests {
  private func draw(_ distribution: KeyDistribution, keySpace: UInt64, count: Int, seed: UInt64 = 1) -> [Int] {
    var sampler = KeySampler(distribution, keySpace: keySpace)
    var generator = SeededGenerator(seed: seed)
    var hits = [Int](repeating: 0, count: Int(keySpace))
    for _ in 0..<count { hits[Int(sampler.next(&generator))] += 1 }
    return hits
  }

  @Test func uniformHitsEveryKeyAboutEqually() {
    let hits = draw(.uniform, keySpace: 100, count: 100_000)
    #expect(hits.min()! > 850 && hits.max()! < 1150)
  }

  @Test(arguments: [0.5, 0.99, 1.0, 1.5]) func zipfFollowsItsLaw(exponent: Double) {
    let keys = 50
    let draws = 200_000
    let hits = draw(.zipf(exponent: exponent), keySpace: UInt64(keys), count: draws)
    var total = 0.0
    for rank in 1...keys { total += exponential(-exponent * logarithm(Double(rank))) }
    for rank in [1, 2, 3, 10, 50] {
      let expected = exponential(-exponent * logarithm(Double(rank))) / total * Double(draws)
      // Five standard deviations of a binomial count.
      #expect(abs(Double(hits[rank - 1]) - expected) < 5 * expected.squareRoot() + 5, "rank \(rank)")
    }
  }

  @Test func sequentialThreadsCoverTheKeySpaceOnce() {
    var seen = [Int](repeating: 0, count: 10)
    var generator = SeededGenerator(seed: 1)
    for thread in 0..<3 {
      var sampler = KeySampler(.sequential, keySpace: 10, thread: thread, threads: 3)
      for _ in 0..<(10 - thread + 2) / 3 { seen[Int(sampler.next(&generator))] += 1 }
    }
    #expect(seen.allSatisfy { $0 == 1 })
  }

  @Test func aSeedDecidesTheSequence() {
    #expect(draw(.uniform, keySpace: 64, count: 500) == draw(.uniform, keySpace: 64, count: 500))
    #expect(draw(.uniform, keySpace: 64, count: 500) != draw(.uniform, keySpace: 64, count: 500, seed: 2))
  }

  @Test func readsItsNames() {
    #expect(KeyDistribution(parsing: "zipf:1.2") == .zipf(exponent: 1.2))
    #expect(KeyDistribution(parsing: "zipf") == .zipf(exponent: 0.99))
    #expect(KeyDistribution(parsing: "uniform") == .uniform)
    #expect(KeyDistribution(parsing: "zipf:-1") == nil)
    #expect(KeyDistribution(parsing: "normal") == nil)
    #expect(ValueSize(parsing: "16-64") == .uniform(16...64))
    #expect(ValueSize(parsing: "64") == .fixed(64))
    #expect(ValueSize(parsing: "64:9,1024:1")?.largest == 1024)
    #expect(ValueSize(parsing: "x") == nil)
  }
}
