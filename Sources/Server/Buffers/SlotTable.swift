/// Elements at fixed addresses, found by a number: pages of slots that are handed out and come back.
///
/// A slot keeps its element when it comes back; the next tenant finds it as the former left it (which is how
/// generations survive). Pages are never freed and never move.
@safe
struct SlotTable<Element: ~Copyable>: ~Copyable {
  private static var pageShift: Int { 8 }
  private static var pageCount: Int { 1 << pageShift }

  // Each page holds `pageCount` elements, all initialised when the page was made; freed in `deinit`.
  private var pages: UnsafeMutablePointer<UnsafeMutablePointer<Element>>
  private var pagesHeld = 0
  private var pagesCapacity = 4
  private var vacant: [UInt32] = []
  private let make: (UInt32) -> Element

  /// - Parameter make: the element of a slot that never had a tenant.
  init(make: @escaping (UInt32) -> Element) {
    unsafe pages = .allocate(capacity: pagesCapacity)
    self.make = make
  }

  deinit {
    for index in 0..<pagesHeld {
      unsafe pages[index].deinitialize(count: SlotTable.pageCount)
      unsafe pages[index].deallocate()
    }
    unsafe pages.deallocate()
  }

  /// Slots that exist, vacant ones included.
  var capacity: Int { pagesHeld << SlotTable.pageShift }
  /// Slots in use.
  var count: Int { capacity - vacant.count }

  subscript(_ slot: UInt32) -> Element {
    @inline(__always) _read {
      precondition(slot < capacity)
      let index = Int(slot)
      // Every slot of a page is initialised, and the bound was just checked.
      yield unsafe pages[index >> SlotTable.pageShift][index & (SlotTable.pageCount - 1)]
    }
    @inline(__always) _modify {
      precondition(slot < capacity)
      let index = Int(slot)
      yield unsafe &pages[index >> SlotTable.pageShift][index & (SlotTable.pageCount - 1)]
    }
  }

  /// A slot for a new tenant, the lowest free in its page first.
  mutating func take() -> UInt32 {
    if vacant.isEmpty { addPage() }
    return vacant.removeLast()
  }

  /// The slot is free again.
  mutating func giveBack(_ slot: UInt32) { vacant.append(slot) }

  private mutating func addPage() {
    if pagesHeld == pagesCapacity {
      let larger = UnsafeMutablePointer<UnsafeMutablePointer<Element>>.allocate(capacity: pagesCapacity * 2)
      unsafe larger.moveInitialize(from: pages, count: pagesHeld)
      unsafe pages.deallocate()
      unsafe pages = larger
      pagesCapacity *= 2
    }
    let first = UInt32(capacity)
    let page = UnsafeMutablePointer<Element>.allocate(capacity: SlotTable.pageCount)
    for index in 0..<SlotTable.pageCount { unsafe (page + index).initialize(to: make(first + UInt32(index))) }
    unsafe (pages + pagesHeld).initialize(to: page)
    pagesHeld += 1
    for index in (0..<UInt32(SlotTable.pageCount)).reversed() { vacant.append(first + index) }
  }
}
