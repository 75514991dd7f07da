internal import Glibc

func logarithm(_ value: Double) -> Double { log(value) }
func exponential(_ value: Double) -> Double { exp(value) }
func logarithmOfOnePlus(_ value: Double) -> Double { log1p(value) }
func exponentialMinusOne(_ value: Double) -> Double { expm1(value) }

/// The middle of `values` (the mean of the two middle ones where their count is even); 0 for none.
public func median(_ values: [Double]) -> Double {
  guard !values.isEmpty else { return 0 }
  let sorted = values.sorted()
  let middle = sorted.count / 2
  return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
