func splitArguments(_ line: Bytes) -> [[UInt8]]? {
  var splitter = WordSplitter(line)
  var words: [[UInt8]] = []
  while true {
    var word = ByteBuffer()
    switch splitter.next(into: &word) {
    case .word: words.append(word.array)
    case .end: return words
    case .unbalancedQuotes: return nil
    }
  }
}
