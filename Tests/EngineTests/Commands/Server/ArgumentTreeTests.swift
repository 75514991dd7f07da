import Testing

@testable import Engine

@Suite struct ArgumentTreeTests {
  /// Arguments in one line: `name:kind(token)` with `?` for optional, `+` for multiple, `++` for a repeated token.
  private func outline(_ syntax: String) -> String { outline(ArgumentTree.parse(syntax)) }

  private func outline(_ trees: [ArgumentTree]) -> String {
    trees.map { tree in
      let token = tree.token.map { "(\($0))" } ?? ""
      let mark = (tree.isOptional ? "?" : "") + (tree.isMultiple ? tree.repeatsToken ? "++" : "+" : "")
      let children = tree.children.isEmpty ? "" : "{\(outline(tree.children))}"
      let name = tree.children.isEmpty ? tree.name : ""
      return "\(name):\(tree.kind.rawValue)\(token)\(mark)\(children)"
    }.joined(separator: " ")
  }

  @Test func readsTheNotationOfTheManual() {
    #expect(outline("key") == "key:key")
    #expect(outline("[message]") == "message:string?")
    #expect(outline("key [key ...]") == "key:key+")
    #expect(outline("[section [section ...]]") == "section:string?+")
    #expect(outline("parameter value [parameter value ...]") == ":block+{parameter:string value:string}")
    #expect(
      outline("key [NX | XX] [EX seconds]")
        == "key:key :oneof?{nx:pure-token(NX) xx:pure-token(XX)} seconds:integer(EX)?")
    #expect(
      outline("[FILTERBY <MODULE module-name | PATTERN pattern>]")
        == ":oneof(FILTERBY)?{module-name:string(MODULE) pattern:pattern(PATTERN)}")
    #expect(outline("[LIMIT offset count]") == ":block(LIMIT)?{offset:integer count:integer}")
    #expect(outline("[GET pattern [GET pattern ...]]") == "pattern:pattern(GET)?++")
    #expect(outline("[WEIGHTS weight [weight ...]]") == "weight:integer(WEIGHTS)?+")
    #expect(
      outline("<host port | NO ONE>")
        == ":oneof{:block{host:string port:integer} :block{no:pure-token(NO) one:pure-token(ONE)}}")
    #expect(
      outline("path [CONFIG name value [CONFIG name value ...]]")
        == "path:string :block(CONFIG)?++{name:string value:string}")
  }

  @Test func readsWhatIsNotWellFormed() {
    for syntax in ["", "[", "]", "a | | b", "[[x ...", "<", "a ...", "[...]"] { _ = ArgumentTree.parse(syntax) }
  }
}
