/// Seconds since 1970 as a date and a time of day in UTC, and back: `2023-11-14T22:13:20Z`.
///
/// Days are counted as in Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms": years that begin in March, in
/// eras of 400 years.
enum CalendarTime {
  private static let daysInEra: Int64 = 146_097
  /// From 1 March of the year 0 to 1 January 1970.
  private static let daysToEpoch: Int64 = 719_468

  static func text(_ unixSeconds: Int64) -> String {
    let day = unixSeconds / 86_400
    let second = unixSeconds % 86_400
    let days = day + daysToEpoch
    let era = days / daysInEra
    let dayOfEra = days % daysInEra
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    let date = "\(year)-\(padded(month))-\(padded(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1))"
    return "\(date)T\(padded(second / 3600)):\(padded(second / 60 % 60)):\(padded(second % 60))Z"
  }

  /// Reads what `text` writes; nil: it is something else, or before 1970.
  static func unixSeconds(_ text: String) -> Int64? {
    let bytes = Array(text.utf8)
    let marks: [Int: Character] = [4: "-", 7: "-", 10: "T", 13: ":", 16: ":", 19: "Z"]
    guard bytes.count == 20, marks.allSatisfy({ bytes[$0.key] == $0.value.asciiValue }) else { return nil }
    func number(_ range: Range<Int>) -> Int64? {
      guard bytes[range].allSatisfy({ ASCII.isDigit($0) }) else { return nil }
      return bytes[range].reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }
    guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
      let minute = number(14..<16), let second = number(17..<19), year >= 1970, (1...12).contains(month),
      (1...31).contains(day), hour < 24, minute < 60, second < 60
    else { return nil }
    let marchYear = month <= 2 ? year - 1 : year
    let yearOfEra = marchYear % 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    let days = marchYear / 400 * daysInEra + dayOfEra - daysToEpoch
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second
    // A day that the month does not have is another day.
    return CalendarTime.text(seconds) == text ? seconds : nil
  }

  private static func padded(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
