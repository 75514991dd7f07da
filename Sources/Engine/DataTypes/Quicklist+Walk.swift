// A walk in slices that sees the list as it was when the walk began, while it changes.
//
// It goes from head to tail. A node that is about to change where the walk has not been is copied first, and one that is
// taken out is kept: such *images* hang on the node before which the walk will write them, or on the list where none
// follows. Nodes never change their order, so images need no places of their own.
extension Quicklist {
  /// Begins a walk. While it is under way the list stays one of nodes.
  func beginWalk() {
    precondition(!isWalked)
    isWalked = true
    mark.toggle()
    walkNode = head
  }

  /// Keeps a node as it is, where the walk has not been: before its contents change.
  @inline(__always)
  func keep(_ node: QuicklistNode) { if isWalked, node.mark != mark { keepCopy(of: node) } }

  @inline(never)
  private func keepCopy(of node: QuicklistNode) {
    let copy = node.copy()
    imageBytes += copy.allocatedBytes
    copy.next = copy
    node.images = QuicklistNode.joined(node.images, copy)
    node.mark = mark
  }

  /// Frees a node that has been taken out of the chain, or keeps it for the walk.
  /// - Parameter next: what followed it.
  @inline(never)
  func discard(_ node: QuicklistNode, before next: QuicklistNode?) {
    guard isWalked else { return node.free() }
    if walkNode == node { walkNode = next }
    var images = node.images
    node.images = nil
    if node.mark != mark {
      imageBytes += node.allocatedBytes
      node.next = node
      images = QuicklistNode.joined(images, node)
    } else {
      node.free()
    }
    if let next {
      next.images = QuicklistNode.joined(images, next.images)
    } else {
      tailImages = QuicklistNode.joined(images, tailImages)
    }
  }

  /// Goes on: gives `body` nodes as they were when the walk began, in order.
  /// - Parameter limit: nodes to look at.
  /// - Returns: whether there is more; when there is not, the walk is over.
  func walk(limit: Int, _ body: (QuicklistNode) -> Void) -> Bool {
    precondition(isWalked)
    for _ in 0..<limit {
      guard let node = walkNode else {
        guard let image = popImage(of: nil) else {
          isWalked = false
          return false
        }
        body(image)
        image.free()
        continue
      }
      if let image = popImage(of: node) {
        body(image)
        image.free()
        continue
      }
      if node.mark != mark {
        body(node)
        node.mark = mark
      }
      walkNode = node.next
    }
    return true
  }

  /// Takes off the first of the images that hang on a node, or on the list.
  private func popImage(of node: QuicklistNode?) -> QuicklistNode? {
    guard let last = node.map({ $0.images }) ?? tailImages, let first = last.next else { return nil }
    let rest = first == last ? nil : last
    if let rest { rest.next = first.next }
    if let node { node.images = rest } else { tailImages = rest }
    imageBytes -= first.allocatedBytes
    return first
  }

  /// Gives a walk up.
  func abandonWalk() {
    while isWalked { _ = walk(limit: 64) { _ in } }
  }
}

extension QuicklistNode {
  /// Two rings of images as one, the first one's before the second's. A ring is named by its last node, whose next is its
  /// first.
  fileprivate static func joined(_ first: QuicklistNode?, _ second: QuicklistNode?) -> QuicklistNode? {
    guard let first, let second else { return first ?? second }
    let head = first.next
    first.next = second.next
    second.next = head
    return second
  }
}
