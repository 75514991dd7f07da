/// A directive whose value is one of a closed set of words.
protocol ChoiceForm: Sendable {
  /// Every word that is accepted, in the order Redis lists them.
  var words: [String] { get }
  /// The word that CONFIG GET shows.
  func word(in configuration: Configuration) -> String
  /// Sets the case that `word` stands for, in any case of letters.
  ///
  /// - Returns: false, and nothing set, when no case has such a word.
  func set(_ word: String, in configuration: inout Configuration) -> Bool
}

/// The choice that a field of an enumeration type offers.
struct ChoiceField<Choice: DirectiveChoice>: ChoiceForm {
  let field: DirectiveField<Choice>

  private var choices: [(word: String, choice: Choice)] {
    Choice.allCases.flatMap { choice in
      [(choice.rawValue, choice)] + Choice.synonyms.filter { $0.choice.rawValue == choice.rawValue }
    }
  }

  var words: [String] { choices.map(\.word) }

  func word(in configuration: Configuration) -> String { configuration[keyPath: field].rawValue }

  func set(_ word: String, in configuration: inout Configuration) -> Bool {
    guard let found = choices.first(where: { $0.word == lowercasedText(word.utf8) }) else { return false }
    configuration[keyPath: field] = found.choice
    return true
  }
}
