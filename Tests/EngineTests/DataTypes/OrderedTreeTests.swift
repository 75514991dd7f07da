import Testing

@testable import Engine

@Suite struct OrderedTreeTests {
  private func identifier(_ number: Int) -> StreamID {
    StreamID(milliseconds: UInt64(number / 4), sequence: UInt64(number % 4))
  }

  private func contents(_ tree: OrderedTree<StreamID>) -> [StreamID] {
    var all: [StreamID] = []
    tree.forEach { all.append($0) }
    return all
  }

  /// Every order of inserting and removing a few ids, so few that every shape of one leaf is met.
  @Test func everyOrderOfAFew() {
    func permutations(_ rest: [Int]) -> [[Int]] {
      rest.isEmpty ? [[]] : rest.flatMap { first in permutations(rest.filter { $0 != first }).map { [first] + $0 } }
    }
    let orders = permutations([0, 1, 2, 3, 4])
    for order in orders {
      for removal in orders {
        var tree = OrderedTree<StreamID>()
        for number in order { #expect(tree.insert(identifier(number)) == true) }
        tree.checkInvariants()
        #expect(contents(tree) == (0..<5).map(identifier))
        for number in removal { #expect(tree.remove(identifier(number)) == identifier(number)) }
        tree.checkInvariants()
        #expect(tree.allocatedBytes == 0)
      }
    }
  }

  @Test(arguments: [1, 2, 3]) func randomChangesAgainstASortedList(seed: UInt64) {
    var random = RandomGenerator(seed: seed)
    var tree = OrderedTree<StreamID>()
    var model: Set<Int> = []
    // Growing, then in balance, then shrinking.
    for (share, steps) in [(80, 6000), (50, 6000), (15, 9000)] {
      for step in 0..<steps {
        let number = Int(random.next(below: 5000))
        if random.next(below: 100) < share {
          #expect(tree.insert(identifier(number)) == model.insert(number).inserted)
        } else {
          #expect((tree.remove(identifier(number)) != nil) == (model.remove(number) != nil))
        }
        if step % 500 == 0 { check(tree, model) }
      }
      check(tree, model)
    }
    tree.free()
    tree.checkInvariants()
    #expect(tree.isEmpty)
  }

  private func check(_ tree: OrderedTree<StreamID>, _ model: Set<Int>) {
    tree.checkInvariants()
    let sorted = model.sorted()
    #expect(contents(tree) == sorted.map(identifier))
    for number in stride(from: 0, to: 5000, by: 37) {
      let least = sorted.first { $0 >= number }.map(identifier)
      let greatest = sorted.last { $0 <= number }.map(identifier)
      #expect(tree.seek(atLeast: identifier(number)).map { tree[$0] } == least)
      #expect(tree.seek(atMost: identifier(number)).map { tree[$0] } == greatest)
      #expect((tree.find(identifier(number)) != nil) == model.contains(number))
    }
    var backwards: [StreamID] = []
    var position = tree.last
    while let here = position {
      backwards.append(tree[here])
      position = tree.position(before: here)
    }
    #expect(backwards == sorted.reversed().map(identifier))
  }

  @Test func whatIsAppendedFillsItsNodes() {
    var tree = OrderedTree<StreamID>()
    for number in 0..<6400 { tree.insert(identifier(number)) }
    tree.checkInvariants()
    // A hundred full leaves and two nodes above them, with the one above those.
    #expect(tree.nodeCount == 103)
    // First in, first out leaves nothing behind.
    for number in 0..<6390 { tree.remove(identifier(number)) }
    tree.checkInvariants()
    #expect(tree.nodeCount <= 2)
    tree.free()
  }

  @Test func leavesAreFreedOneByOne() {
    var tree = OrderedTree<StreamID>()
    for number in 0..<1000 { tree.insert(identifier(number)) }
    var freed: [StreamID] = []
    var slices = 0
    while tree.removeLastLeaf({ freed.append($0) }) > 0 {
      slices += 1
      tree.checkInvariants()
    }
    #expect(Set(freed).count == 1000)
    #expect(slices == 16)
    #expect(tree.allocatedBytes == 0)
  }
}
