/// DEBUG PROTOCOL: a reply of every type that the protocol has.
enum DebugProtocol {
  static func reply(_ call: inout Call) throws(CommandError) {
    switch String(decoding: call.arguments[2].array.lowercasedASCII, as: UTF8.self) {
    case "string": call.reply.bulk("Hello World")
    case "integer": call.reply.integer(12345)
    case "double": call.reply.double(3.141)
    case "bignum": call.reply.bigNumber("1234567999999999999999999999999999999")
    case "null": call.reply.null()
    case "array":
      call.reply.array(3)
      for number in 0..<3 { call.reply.integer(number) }
    case "set":
      call.reply.set(3)
      for number in 0..<3 { call.reply.integer(number) }
    case "map":
      call.reply.map(3)
      for number in 0..<3 {
        call.reply.integer(number)
        call.reply.boolean(number == 1)
      }
    case "attrib": attribute(&call)
    case "push": try push(&call)
    case "true": call.reply.boolean(true)
    case "false": call.reply.boolean(false)
    case "verbatim": call.reply.verbatim("This is a verbatim\nstring")
    default:
      throw .text(
        "ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false"
      )
    }
  }

  private static func attribute(_ call: inout Call) {
    if call.reply.version == 3 {
      call.reply.attribute(1)
      call.reply.bulk("key-popularity")
      call.reply.array(2)
      call.reply.bulk("key:123")
      call.reply.integer(90)
    }
    call.reply.bulk("Some real reply following the attribute")
  }

  private static func push(_ call: inout Call) throws(CommandError) {
    guard call.reply.version == 3 else { throw .text("ERR RESP2 is not supported by this command") }
    call.reply.push(2)
    call.reply.bulk("server-cpu-usage")
    call.reply.integer(42)
    call.reply.bulk("Some real reply following the push reply")
  }
}
