import Testing

@testable import Engine

@Suite struct KeyHashTests {
  @Test func everyInputBitMovesAboutHalfTheOutput() {
    let hash = KeyHash(secret: 0x1234, 0x5678)
    var random = RandomGenerator(seed: 1)
    for count in [1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 49, 64, 65, 100, 200] {
      var flips = [Int](repeating: 0, count: 64)
      var trials = 0
      for _ in 0..<(4000 / count + 100) {
        var key = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let before = key.withBytes { hash($0) }
        for bit in 0..<count * 8 {
          key[bit / 8] ^= 1 << UInt8(bit % 8)
          let changed = before ^ key.withBytes { hash($0) }
          key[bit / 8] ^= 1 << UInt8(bit % 8)
          for output in 0..<64 where changed >> UInt64(output) & 1 == 1 { flips[output] += 1 }
          trials += 1
        }
      }
      for flipped in flips {
        let share = Double(flipped) / Double(trials)
        #expect(share > 0.44 && share < 0.56, "\(count) bytes: \(share)")
      }
    }
  }

  @Test func keysThatCountUpSpreadLikeChance() {
    let hash = KeyHash(secret: 99, 3)
    var low = [Int](repeating: 0, count: 1024)
    var high = low
    let keys = 200_000
    for number in 0..<keys {
      let value = Array("key:\(number)").withBytes { hash($0) }
      low[Int(value & 1023)] += 1
      high[Int(value >> 54)] += 1
    }
    for buckets in [low, high] {
      let expected = Double(keys) / 1024
      let chiSquared = buckets.reduce(0.0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
      // 1023 degrees of freedom: mean 1023, standard deviation 45.
      #expect(chiSquared > 800 && chiSquared < 1250)
    }
  }

  @Test func lengthAndSecretMatter() {
    let hash = KeyHash(secret: 1, 2)
    var seen = Set<UInt64>()
    for count in 0..<300 { seen.insert([UInt8](repeating: 0, count: count).withBytes { hash($0) }) }
    #expect(seen.count == 300)
    #expect(hash(Bytes("key")) != KeyHash(secret: 1, 3)(Bytes("key")))
    #expect(hash(Bytes("key")) != KeyHash(secret: 2, 2)(Bytes("key")))
    #expect(hash(Bytes("key")) == KeyHash(secret: 1, 2)(Bytes("key")))
  }

  @Test func randomNumbersStayBelowTheirLimit() {
    var random = RandomGenerator(seed: 5)
    var counts = [Int](repeating: 0, count: 10)
    for _ in 0..<100_000 { counts[random.next(below: 10)] += 1 }
    for count in counts { #expect(count > 9_500 && count < 10_500) }
    for _ in 0..<1000 {
      let unit = random.nextUnit()
      #expect(unit >= 0 && unit < 1)
    }
  }
}
