/// What a key's value is.
public enum ValueType: UInt8, Sendable, BitwiseCopyable {
  case string = 0
  case list = 1
  case set = 2
  case sortedSet = 3
  case hash = 4
  case module = 5
  case stream = 6

  /// The type's name as TYPE gives it.
  public var name: StaticString {
    switch self {
    case .string: "string"
    case .list: "list"
    case .set: "set"
    case .sortedSet: "zset"
    case .hash: "hash"
    case .module: "module"
    case .stream: "stream"
    }
  }
}

/// How a value is represented, in the words of OBJECT ENCODING.
public enum Encoding: UInt8, Sendable, BitwiseCopyable {
  case raw = 0
  case integer = 1
  case embedded = 2
  case listpack = 3
  case quicklist = 4
  case intset = 5
  case hashTable = 6
  case skipList = 7
  case stream = 8
  /// A listpack of fields, values and times of expiry.
  case listpackWithExpiry = 9

  public var name: StaticString {
    switch self {
    case .raw: "raw"
    case .integer: "int"
    case .embedded: "embstr"
    case .listpack: "listpack"
    case .quicklist: "quicklist"
    case .intset: "intset"
    case .hashTable: "hashtable"
    case .skipList: "skiplist"
    case .stream: "stream"
    case .listpackWithExpiry: "listpackex"
    }
  }
}
