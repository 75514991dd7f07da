internal import BenchKit

enum CompareCommand { static func run(_ a: some Sequence<String>) throws {} }
