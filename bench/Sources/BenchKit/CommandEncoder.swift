internal import Glibc

/// Writes the commands of a mix, one after the other, for one thread.
struct CommandEncoder: ~Copyable {
  private let mix: CommandMix
  private let valueSize: ValueSize
  private var keys: KeySampler
  private var generator: SeededGenerator
  /// Random printable bytes; a value is a window somewhere in it, so values differ and cost one copy.
  private let pool: UnsafeMutablePointer<UInt8>
  private static let poolSlack = 4096

  var largestEncoding: Int { mix.largestEncoding }

  init(mix: CommandMix, valueSize: ValueSize, keys: KeySampler, seed: UInt64) {
    self.mix = mix
    self.valueSize = valueSize
    self.keys = keys
    generator = SeededGenerator(seed: seed)
    let count = valueSize.largest + Self.poolSlack
    pool = .allocate(capacity: count)
    for index in 0..<count { pool[index] = UInt8(97 + generator.below(26)) }
  }

  deinit { pool.deallocate() }

  /// Writes one command at `output`, which has room for `largestEncoding` bytes; returns its length.
  mutating func encode(to output: UnsafeMutablePointer<UInt8>) -> Int {
    var cursor = output
    let choice = choose()
    for piece in mix.templates[choice].pieces {
      switch piece {
      case .literal(let bytes):
        bytes.withUnsafeBufferPointer { cursor.update(from: $0.baseAddress!, count: $0.count) }
        cursor += bytes.count
      case .key:
        writeKey(keys.next(&generator), to: cursor)
        cursor += CommandTemplate.keyDigits
      case .data:
        cursor += writeValue(valueSize.largest, to: cursor)
      case .sizedArgument(let prefix, let suffix):
        let size = valueSize.next(&generator)
        let header = Array("$\(prefix.count + size + suffix.count)\r\n".utf8)
        for bytes in [header, prefix] {
          cursor.update(from: bytes, count: bytes.count)
          cursor += bytes.count
        }
        cursor += writeValue(size, to: cursor)
        cursor.update(from: suffix, count: suffix.count)
        cursor += suffix.count
        cursor[0] = 13
        cursor[1] = 10
        cursor += 2
      }
    }
    return cursor - output
  }

  private mutating func choose() -> Int {
    guard mix.templates.count > 1 else { return 0 }
    let ticket = generator.below(mix.cumulativeWeights[mix.cumulativeWeights.count - 1])
    return mix.cumulativeWeights.firstIndex { ticket < $0 }!
  }

  private mutating func writeValue(_ size: Int, to output: UnsafeMutablePointer<UInt8>) -> Int {
    let start = Int(generator.below(UInt64(Self.poolSlack)))
    output.update(from: pool + start, count: size)
    return size
  }

  private func writeKey(_ key: UInt64, to output: UnsafeMutablePointer<UInt8>) {
    var rest = key
    var index = CommandTemplate.keyDigits - 1
    while index >= 0 {
      if rest == 0 {
        memset(output, 48, index + 1)
        return
      }
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
      output[index] = UInt8(truncatingIfNeeded: 48 + digit)
      rest = quotient
      index -= 1
    }
  }
}
