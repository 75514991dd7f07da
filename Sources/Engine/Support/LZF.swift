internal import CLZF

/// LZF compression (Marc Lehmann's liblzf): the one RDB strings use.
@safe
public enum LZF {
  /// No stream unpacks to more than this many times its size: a match of 264 bytes takes three.
  private static let largestRatio = 264

  /// Appends `source` compressed, if that saves at least four bytes.
  ///
  /// - Returns: the bytes appended; nil, and nothing appended, where compression does not pay.
  public static func compress(_ source: Bytes, into buffer: inout ByteBuffer) -> Int? {
    guard source.count > 4, source.count <= UInt32.max else { return nil }
    let most = source.count - 4
    let before = buffer.count
    // The library writes at most `most` bytes, which are reserved; both counts fit its unsigned int.
    unsafe buffer.append(atMost: most) { destination in
      unsafe source.withUnsafeBytes {
        Int(unsafe lzf_compress($0.baseAddress, UInt32($0.count), destination, UInt32(most)))
      }
    }
    return buffer.count == before ? nil : buffer.count - before
  }

  /// Appends what `source` unpacks to.
  ///
  /// - Parameter count: how many bytes that must be. Nothing is claimed for a count `source` cannot unpack to.
  /// - Returns: false, and nothing appended, if `source` is damaged or unpacks to another count.
  public static func decompress(_ source: Bytes, count: Int, into buffer: inout ByteBuffer) -> Bool {
    guard count > 0, count <= UInt32.max, source.count > 0, source.count <= UInt32.max,
      count / largestRatio <= source.count
    else { return false }
    let before = buffer.count
    // The library checks both ends: it writes at most `count` bytes, which are reserved.
    unsafe buffer.append(atMost: count) { destination in
      unsafe source.withUnsafeBytes {
        let written = Int(unsafe lzf_decompress($0.baseAddress, UInt32($0.count), destination, UInt32(count)))
        return written == count ? count : 0
      }
    }
    return buffer.count - before == count
  }
}
