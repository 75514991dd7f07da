/// A walk in slices over an `OrderedTree` of things with ids: in order, and as the tree was when the walk began, while it
/// changes.
///
/// What is about to change, go or come where the walk has not been is kept in `images` first, by its id: the element as it
/// was, or that there was none. The walk takes an image before what is in the tree.
struct OrderedWalk<Element: OrderedTreeElement>: BitwiseCopyable where Element.Key == StreamID {
  private(set) var isUnderway = false
  /// The greatest id that the walk has been at; nil: it has not begun.
  private var passed: StreamID?
  /// The greatest id when it began.
  private var last = StreamID.zero
  private var images = OrderedTree<WalkImage<Element>>()

  init() {}

  /// What is kept.
  var imageCount: Int { images.count }

  mutating func begin(_ tree: OrderedTree<Element>) {
    precondition(!isUnderway && images.isEmpty)
    guard let end = tree.last else { return }
    isUnderway = true
    passed = nil
    last = tree[end].key
  }

  /// Whether what is at `id` must be kept before it changes.
  @inline(__always)
  func needs(_ id: StreamID) -> Bool { isUnderway && isAhead(id) }

  @inline(never)
  private func isAhead(_ id: StreamID) -> Bool {
    id <= last && (passed.map { $0 < id } ?? true) && images.find(id) == nil
  }

  /// Keeps what is at `id`.
  /// - Parameter element: nil where nothing is. The walk owns what it owns from now on.
  mutating func keep(_ id: StreamID, _ element: Element?) {
    let isNew = images.insert(WalkImage(key: id, element: element))
    precondition(isNew)
  }

  enum Step {
    case element(Element)
    /// An element that is not the tree's any more: whoever gets it frees what it owns.
    case image(Element)
    /// There is none here, but there may be more.
    case nothing
    case end
  }

  /// The next element.
  mutating func next(in tree: OrderedTree<Element>) -> Step {
    guard isUnderway else { return .end }
    let image = images.first.map { images[$0] }
    var element: Element?
    if let position = passed.map({ id in id.next.flatMap { tree.seek(atLeast: $0) } }) ?? tree.first {
      element = tree[position]
    }
    if let found = element, last < found.key { element = nil }
    if let image, element.map({ image.key <= $0.key }) ?? true {
      images.remove(image.key)
      passed = image.key
      return image.element.map { .image($0) } ?? .nothing
    }
    guard let element else {
      isUnderway = false
      return .end
    }
    passed = element.key
    return .element(element)
  }

  /// Gives it up.
  /// - Parameter body: frees what an image owns.
  mutating func abandon(_ body: (Element) -> Void = { _ in }) {
    isUnderway = false
    images.free { if let element = $0.element { body(element) } }
  }
}

/// What was at an id when a walk began.
struct WalkImage<Element: OrderedTreeElement>: OrderedTreeElement where Element.Key == StreamID {
  let key: StreamID
  /// Nil: nothing.
  let element: Element?

  @inline(__always)
  func order(against key: StreamID) -> Int { self.key.order(against: key) }
}
