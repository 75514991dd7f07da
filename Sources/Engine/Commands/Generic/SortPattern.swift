/// How SORT comes from an element to another value: `weight_*`, `object_*->price`, or `#` for the element itself.
struct SortPattern {
  private let text: Bytes
  /// Where the element goes.
  private let star: Int?
  /// Where the name of the hash's field begins behind `->`.
  private let field: Int?

  init(_ text: Bytes) {
    self.text = text
    star = text.firstIndex(of: UInt8(ascii: "*"))
    var arrow = (star ?? text.count) + 1
    while arrow + 1 < text.count, text[arrow] != UInt8(ascii: "-") || text[arrow + 1] != UInt8(ascii: ">") {
      arrow += 1
    }
    // Without a name behind it, the arrow is part of the key.
    field = arrow + 2 < text.count ? arrow + 2 : nil
  }

  /// Whether the element does not occur in it.
  var isConstant: Bool { star == nil }

  var isElement: Bool { text.count == 1 && text[0] == UInt8(ascii: "#") }

  /// Puts together the key for an element.
  /// - Returns: nil where the element has no place in it.
  func key(for element: Bytes, in buffer: inout ByteBuffer) -> Bytes? {
    guard let star else { return nil }
    buffer.removeAll()
    buffer.append(text[0..<star])
    buffer.append(element)
    buffer.append(text[(star + 1)..<(field.map { $0 - 2 } ?? text.count)])
    return buffer.bytes
  }

  /// The hash's field that is meant; nil: the key's string.
  var fieldName: Bytes? { field.map { text.dropFirst($0) } }
}

extension Call {
  /// What `pattern` leads to from an element; nil: nothing, or something of another type.
  ///
  /// Good until the keyspace changes other than by the expiry of keys.
  mutating func value(
    of pattern: SortPattern, for element: Bytes, _ buffer: inout ByteBuffer
  ) -> StringValue? {
    if pattern.isElement { return .bytes(element) }
    guard let key = pattern.key(for: element, in: &buffer), let entry = find(key, hash: keyspace.hash(key), for: .read)
    else { return nil }
    if let field = pattern.fieldName {
      guard entry.type == .hash, let found = entry.hash.find(field) else { return nil }
      // A field that has expired is not there, though nobody has deleted it yet.
      if let expiry = found.expiry, expiry < fieldMoment { return nil }
      return found.value
    }
    return entry.type == .string ? entry.string : nil
  }
}
